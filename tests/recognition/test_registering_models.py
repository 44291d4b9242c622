"""Each model registers under the rulebook of its year, place and managing level."""

import pytest

from recognition.domain.errors import RecognitionError
from recognition.domain.registering import register, register_many
from tests.factories.recognition import make_ward
from tests.factories.units import make_organisation
from units.choices import ManagingLevel

pytestmark = pytest.mark.django_db


def test_one_list_of_organisations_goes_by_the_level_that_manages_each():
    ward = make_ward()
    own = make_organisation(ward.place, "Trường Tiểu học Hòa Hưng")
    province = make_organisation(ward.place, "Trường Trung học phổ thông Hòa Hưng", managed_by=ManagingLevel.PROVINCE)

    outcome = register_many(actor=ward.officer, registrant_ids=[own.pk, province.pk], model="UNIT", year=2025)

    assert sorted(outcome.done) == sorted([own.pk, province.pk]) and outcome.skipped == []
    assert own.registrations.get().rulebook.code == "UNIT-448"
    assert province.registrations.get().rulebook.code == "UNIT-TT24"


def test_a_district_managed_organisation_is_refused_after_districts_ended():
    ward = make_ward()
    school = make_organisation(ward.place, "Trường Trung học cơ sở Hòa Hưng", managed_by=ManagingLevel.DISTRICT)

    with pytest.raises(RecognitionError) as error:
        register(actor=ward.officer, registrant=school, model="UNIT", year=2025)

    assert str(error.value) == (
        "Cấp huyện kết thúc ngày 30/06/2025 nên năm 2025 không còn xét “Đơn vị học tập” của cấp huyện."
    )
    assert not school.registrations.exists()

"""Registrants entered twice and the yearly work: open dossiers stand in the way, past ones stay."""

import pytest

from recognition.choices import LearningModel, State
from recognition.domain import registering
from recognition.domain.integrity import check_all
from recognition.models import Award, Registration
from tests.factories.recognition import YEAR, make_registrations, make_ward
from tests.factories.units import make_household
from units.domain.duplicates.merging import merge_duplicates, undo_merge
from units.domain.errors import RegisterError
from units.models import RegistrantMerge

pytestmark = pytest.mark.django_db


@pytest.fixture
def ward():
    return make_ward()


def test_an_open_dossier_is_named_or_withdrawn(ward):
    make_registrations(ward, 2, state=State.REGISTERED, names=["Lê Văn A", "Lê Văn B"])
    mine, theirs = Registration.objects.select_related("registrant").order_by("pk")
    with pytest.raises(RegisterError) as refusal:
        merge_duplicates(actor=ward.officer, kept=mine.registrant, other=theirs.registrant)
    assert refusal.value.message == (
        f"“Lê Văn B” còn hồ sơ đang làm: {LearningModel.FAMILY.label}, năm {YEAR}. Hãy rút hồ sơ đó trước, đánh dấu"
        " “Rút hồ sơ đang làm”, hoặc giữ lại “Lê Văn B” thay cho “Lê Văn A”."
    )
    assert not RegistrantMerge.objects.exists()

    merge = merge_duplicates(actor=ward.officer, kept=mine.registrant, other=theirs.registrant, withdraw=True)

    assert list(Registration.objects.order_by("pk").values_list("state", "state_note")) == [
        ("REGISTERED", ""),
        ("WITHDRAWN", "Nhập trùng, đã gộp vào “Lê Văn A”"),
    ]
    assert merge.withdrawn == 1
    assert check_all() == []
    undo_merge(actor=ward.officer, merge=merge)
    assert list(Registration.objects.order_by("pk").values_list("state", flat=True)) == ["REGISTERED", "WITHDRAWN"]
    assert check_all() == []


def test_awards_of_both_stay(ward):
    make_registrations(ward, 2, state=State.RECOGNISED, names=["Lê Văn A", "Lê Văn B"])
    before = list(Award.objects.order_by("pk").values()), list(Registration.objects.order_by("pk").values())
    mine, theirs = Registration.objects.select_related("registrant").order_by("pk")
    merge_duplicates(actor=ward.officer, kept=mine.registrant, other=theirs.registrant)
    assert (list(Award.objects.order_by("pk").values()), list(Registration.objects.order_by("pk").values())) == before
    assert check_all() == []


def test_a_dossier_made_since_keeps_the_merge(ward):
    kept, other = make_household(ward.hamlet, "Lê Văn A"), make_household(ward.hamlet, "Lê Văn A")
    merge = merge_duplicates(actor=ward.officer, kept=kept, other=other)
    registering.register(actor=ward.officer, registrant=kept, model=LearningModel.FAMILY, year=YEAR)
    with pytest.raises(RegisterError, match="Không hoàn tác được: có 1 hồ sơ đăng ký đã lập sau đó."):
        undo_merge(actor=ward.officer, merge=merge)

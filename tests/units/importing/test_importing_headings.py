"""Headings matched by hand: said once, remembered for the ward, forgotten on demand."""

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories.units import CommuneFactory, HamletFactory, make_officer
from tests.units.import_files import xlsx
from units.choices import ImportState, Role
from units.domain.errors import NotAllowed
from units.domain.importing import ImportRefused, check, match_headings, receive
from units.models import HeadingAlias, ImportBatch

pytestmark = pytest.mark.django_db
STRANGE = [["Gia chủ", "Ngụ tại", "Khu phố", "Miệng ăn"], ["Lê An", "1 Hòa Hưng", "Khu phố 1", 4]]
HALF = [["Họ tên chủ hộ", "Địa chỉ", "Khu phố", "Miệng ăn"], ["Lê An", "1 Hòa Hưng", "Khu phố 1", 4]]


@pytest.fixture
def ward():
    place = CommuneFactory()
    HamletFactory(parent=place, name="Khu phố 1")
    return place


@pytest.fixture
def officer(ward):
    return make_officer(Role.WARD_OFFICER, ward)


def upload(ward, body, actor=None) -> ImportBatch:
    batch = receive(actor=actor, place=ward, year=2026, register=False, file_name="ds.xlsx", data=xlsx(body))
    return check(batch=batch)


def test_a_list_nobody_understands_is_read_after_its_headings_were_explained(ward, officer):
    batch = upload(ward, STRANGE)
    assert batch.state == ImportState.REJECTED
    assert batch.mapping == {"unknown": ["Gia chủ", "Ngụ tại", "Khu phố", "Miệng ăn"]}

    again = match_headings(
        actor=officer, batch=batch, meanings={"Gia chủ": "name", "Ngụ tại": "address", "Miệng ăn": "members"}
    )
    done = check(batch=again)

    assert done.state == ImportState.PREVIEW
    row = done.rows.get()
    assert (row.name, row.address, row.members, row.verdict) == ("Lê An", "1 Hòa Hưng", 4, "ADDED")
    assert upload(ward, STRANGE).state == ImportState.PREVIEW  # the next list of this ward is understood at once
    assert upload(CommuneFactory(), STRANGE).state == ImportState.REJECTED  # another ward's is not


def test_a_column_left_out_can_be_explained_or_always_ignored(ward, officer):
    batch = upload(ward, HALF)
    assert (batch.state, batch.mapping["unknown"]) == (ImportState.PREVIEW, ["Miệng ăn"])
    assert batch.rows.get().members is None

    again = check(batch=match_headings(actor=officer, batch=batch, meanings={"Miệng ăn": "members"}))
    assert again.rows.get().members == 4

    HeadingAlias.objects.update(field="ignored")
    ignored = upload(ward, HALF)
    assert ignored.mapping["unknown"] == []
    assert ignored.rows.get().members is None


@pytest.mark.parametrize(
    ("meanings", "sentence"),
    [
        ({}, "Hãy chọn ít nhất một cột."),
        ({"Cột lạ": "name"}, "Hãy chọn ít nhất một cột."),
        ({"Miệng ăn": "identity"}, "Có cột được chọn nghĩa không có trong danh sách."),
        ({"Miệng ăn": "name"}, "Mỗi nghĩa chỉ chọn cho một cột; danh sách đã có cột: Họ và tên chủ hộ."),
    ],
)
def test_meanings_that_cannot_be_are_refused(ward, officer, meanings, sentence):
    batch = upload(ward, HALF)
    with pytest.raises(ImportRefused) as refused:
        match_headings(actor=officer, batch=batch, meanings=meanings)
    assert refused.value.message == sentence
    assert not HeadingAlias.objects.exists()


def test_strangers_may_not_explain(ward):
    batch = upload(ward, HALF)
    with pytest.raises(NotAllowed):
        match_headings(
            actor=make_officer(Role.WARD_OFFICER, CommuneFactory()), batch=batch, meanings={"Miệng ăn": "members"}
        )


def test_on_screen_explained_then_forgotten(client, ward, officer):
    batch = upload(ward, HALF)
    client.force_login(officer)
    page = client.get(reverse("units:import-detail", args=[batch.pk])).content.decode()
    assert "Cột này là gì?" in page and "Miệng ăn" in page

    client.post(reverse("units:import-headings", args=[batch.pk]), {"h-0": "members"})
    batch.refresh_from_db()
    assert batch.state == ImportState.UPLOADED and batch.job is not None
    alias = HeadingAlias.objects.get()
    page = client.get(reverse("units:import-list")).content.decode()
    assert "mieng an" in page
    assert f'<td data-label="Người chọn nghĩa">{officer.get_full_name()}</td>' in page
    assert f'<td data-label="Lúc">{timezone.localtime(alias.taught_at):%H:%M %d/%m/%Y}</td>' in page
    assert "Ai đã học, ai đã bỏ" in page and "Bỏ cách hiểu cột" not in page
    other = make_officer(Role.WARD_OFFICER, ward)
    client.force_login(other)
    client.post(reverse("units:import-heading-forget", args=[alias.pk]))
    assert not HeadingAlias.objects.exists()

    steps = client.get(reverse("units:import-list")).context["steps"]
    assert [(step.title, step.actor, step.text) for step in steps] == [
        ("Bỏ cách hiểu cột “mieng an” → Số nhân khẩu", other.get_full_name(), f"{ward.name} · Hộ gia đình"),
        ("Học cột “mieng an” → Số nhân khẩu", officer.get_full_name(), f"{ward.name} · Hộ gia đình"),
    ]
    assert timezone.now() - steps[0].at < timezone.timedelta(minutes=5)
    client.force_login(make_officer(Role.WARD_OFFICER, CommuneFactory()))  # another ward's business
    assert client.get(reverse("units:import-list")).context["steps"] == []


def test_a_heading_learnt_for_clans_says_nothing_about_households(client, ward, officer):
    body = [["Tên dòng họ", "Nơi giỗ tổ"], ["Họ Lê", "9 Hòa Hưng"]]
    options = {"place": ward, "year": 2026, "register": False, "file_name": "ds.xlsx", "kind": "CLAN"}
    batch = check(batch=receive(actor=officer, data=xlsx(body), **options))
    assert batch.mapping["unknown"] == ["Nơi giỗ tổ"]
    client.force_login(officer)
    page = client.get(reverse("units:import-detail", args=[batch.pk])).content.decode()
    assert "Nhà thờ họ" in page and "Số nhân khẩu" not in page
    client.post(reverse("units:import-headings", args=[batch.pk]), {"h-0": "hall_address"})
    batch.refresh_from_db()
    assert check(batch=batch).rows.get().values["hall_address"] == "9 Hòa Hưng"
    assert HeadingAlias.objects.get().kind == "CLAN"
    homes = upload(ward, [["Họ tên chủ hộ", "Nơi giỗ tổ", "Khu phố"], ["Lê An", "9 Hòa Hưng", "Khu phố 1"]])
    assert (homes.state, homes.mapping["unknown"]) == (ImportState.PREVIEW, ["Nơi giỗ tổ"])

"""Registers carried from the old map: Quận 10 to Hòa Hưng, Diên Hồng and Vườn Lài; lists of successions."""

import datetime
import json

import pytest
from django.core.management import CommandError, call_command

from recognition.domain.integrity import register_tallies, stays
from tests.factories.units import (
    CommuneFactory,
    HamletFactory,
    make_citizen,
    make_household,
    make_officer,
    make_organisation,
)
from tests.units.test_reforms import snapshot, total
from units.choices import Role
from units.domain.errors import NotAllowed, RegisterError
from units.domain.reforms.undoing import undo_change
from units.domain.reforms.wards import Choice, carry_ward, waiting_wards
from units.models import Place, PlaceChange, RegisterTally, Succession

pytestmark = pytest.mark.django_db
REFORM = datetime.date(2025, 7, 1)
LAST = datetime.date(2025, 6, 30)


@pytest.fixture
def new():
    """The three wards of today."""
    province = CommuneFactory(code="27139", name="Phường Diên Hồng").parent
    CommuneFactory(code="27163", name="Phường Hòa Hưng", parent=province)
    CommuneFactory(code="27154", name="Phường Vườn Lài", parent=province)
    return {place.name: place for place in Place.objects.filter(level="commune")}


def old_ward(number, code, households):
    """A ward of Quận 10 with hamlets of so many households."""
    ward = CommuneFactory(code=code, name=f"Phường {number}", valid_from=None, valid_to=LAST)
    for hamlet, count in enumerate(households, start=1):
        place = HamletFactory(code=f"{code}-{hamlet:02d}", name=f"Khu phố {hamlet}", parent=ward, valid_to=LAST)
        for position in range(count):
            make_household(place, f"Hộ {position}", group_name=f"Tổ {position % 2 + 1}")
    return ward


def link(old, ward, partial=False):
    Succession.objects.create(from_place=old, to_place=ward, effective_on=REFORM, partial=partial)


def test_quan_10_goes_where_the_decrees_say(new):
    hoa_hung, dien_hong, vuon_lai = (new[f"Phường {name}"] for name in ("Hòa Hưng", "Diên Hồng", "Vườn Lài"))
    twelve, thirteen = old_ward(12, "27172", [3, 2]), old_ward(13, "27166", [4])
    six, one = old_ward(6, "27190", [2, 1]), old_ward(1, "27184", [5])
    fourteen = old_ward(14, "27169", [4, 3, 2])
    school = make_organisation(twelve)
    pupil = make_citizen(school)
    for old, ward in ((twelve, hoa_hung), (thirteen, hoa_hung), (six, dien_hong), (one, vuon_lai)):
        link(old, ward)
    link(fourteen, hoa_hung, partial=True)
    link(fourteen, dien_hong, partial=True)
    past = list(RegisterTally.objects.filter(year__lt=2025).order_by("pk").values_list("place", "kind", "came", "gone"))

    for old in (twelve, thirteen, six, one):
        carry_ward(actor=None, old=old)
    first, second, third = Place.objects.filter(parent=fourteen).order_by("code")
    carry_ward(
        actor=None,
        old=fourteen,
        choice=Choice(
            {first.pk: hoa_hung.pk}, {(second.pk, "Tổ 1"): hoa_hung.pk, (second.pk, "Tổ 2"): dien_hong.pk}, {}
        ),
    )

    assert [total(ward, 2025) for ward in (hoa_hung, dien_hong, vuon_lai)] == [3 + 2 + 4 + 4 + 2, 2 + 1 + 1, 5]
    assert [total(ward, 2025) for ward in (twelve, thirteen, six, one, fourteen)] == [0, 0, 0, 0, 2]
    assert [total(ward, 2024) for ward in (twelve, thirteen, six, one, fourteen)] == [5, 4, 3, 5, 9]
    assert [total(ward, 2024) for ward in (hoa_hung, dien_hong, vuon_lai)] == [0, 0, 0]
    names = {ward.name: list(Place.objects.filter(parent=ward).order_by("code").values_list("name", flat=True))
             for ward in (hoa_hung, dien_hong, vuon_lai)}  # fmt: skip
    assert names == {
        "Phường Hòa Hưng": ["Khu phố 1", "Khu phố 2", "Khu phố 3", "Khu phố 4", "Khu phố 5"],
        "Phường Diên Hồng": ["Khu phố 1", "Khu phố 2", "Khu phố 3"],
        "Phường Vườn Lài": ["Khu phố 1"],
    }
    for row in (school, pupil):
        row.refresh_from_db()
        assert (row.commune, row.hamlet) == (hoa_hung, None)
    partial = {(row.from_place.name, row.partial) for row in Succession.objects.filter(from_place__parent=fourteen)}
    assert partial == {("Khu phố 1", False), ("Khu phố 2", True)}
    kept = RegisterTally.objects.filter(year__lt=2025, place__valid_to=LAST)
    assert list(kept.order_by("pk").values_list("place", "kind", "came", "gone")) == past
    assert [place.name for place in waiting_wards(hoa_hung)] == ["Phường 14"]
    assert (register_tallies(), stays()) == ([], [])


def test_carrying_is_undone_exactly(new):
    twelve = old_ward(12, "27172", [3, 2])
    make_organisation(twelve)
    link(twelve, new["Phường Hòa Hưng"])
    before = snapshot()

    undo_change(actor=None, change=carry_ward(actor=None, old=twelve))

    assert snapshot() == before


def test_each_ward_takes_its_own_part(new):
    hoa_hung, dien_hong = new["Phường Hòa Hưng"], new["Phường Diên Hồng"]
    fourteen = old_ward(14, "27169", [2, 2])
    link(fourteen, hoa_hung, partial=True)
    link(fourteen, dien_hong, partial=True)
    first, second = Place.objects.filter(parent=fourteen).order_by("code")
    an = make_officer(Role.WARD_OFFICER, hoa_hung)

    with pytest.raises(NotAllowed) as refused:
        carry_ward(actor=an, old=fourteen, choice=Choice({first.pk: dien_hong.pk}, {}, {}))
    assert str(refused.value.message) == (
        "Bạn chỉ nhận được phần về phường, xã của mình; phần về Phường Diên Hồng do nơi đó nhận."
    )
    with pytest.raises(NotAllowed):
        carry_ward(actor=make_officer(Role.WARD_OFFICER, new["Phường Vườn Lài"]), old=fourteen)
    with pytest.raises(RegisterError) as refused:
        carry_ward(actor=an, old=fourteen)
    assert "Chưa chọn nơi đến nào." in str(refused.value.message)

    carry_ward(actor=an, old=fourteen, choice=Choice({first.pk: hoa_hung.pk}, {}, {}))
    carry_ward(actor=None, old=fourteen, choice=Choice({second.pk: dien_hong.pk}, {}, {}))
    assert [total(ward, 2025) for ward in (fourteen, hoa_hung, dien_hong)] == [0, 2, 2]


# --- Lists of successions

HEAD = "level,from_code,to_code,effective_on,partial\n"


def run(tmp_path, rows, **options):
    path = tmp_path / "list.csv"
    path.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    call_command("merge_places", str(path), **options)


def test_a_list_is_loaded_and_whole_registers_carried(new, tmp_path, capsys):
    twelve, fourteen = old_ward(12, "27172", [3]), old_ward(14, "27169", [2])
    rows = [
        "commune,27172,27163,2025-07-01,no",
        "commune,27169,27163,2025-07-01,yes",
        "commune,27169,27139,2025-07-01,yes",
    ]

    run(tmp_path, rows, dry_run=True)
    assert "Chỉ kiểm tra, chưa ghi gì." in capsys.readouterr().out
    assert (Succession.objects.count(), PlaceChange.objects.count()) == (0, 0)

    run(tmp_path, rows)
    assert capsys.readouterr().out.splitlines() == [
        "Quan hệ kế thừa: thêm 3, đã có 0.",
        "Đã chuyển sổ Phường 12: 3 đối tượng.",
        "Chờ phân: Phường 14 còn 2 hộ, đơn vị, dòng họ.",
    ]
    assert [total(place, 2025) for place in (twelve, fourteen, new["Phường Hòa Hưng"])] == [0, 2, 3]

    run(tmp_path, rows, json=True)
    again = json.loads(capsys.readouterr().out)
    assert (again["added"], again["unchanged"], again["carried"]) == (0, 3, [])
    assert again["waiting"] == [{"place": "27169", "name": "Phường 14", "count": 2}]


def test_a_list_of_hamlets(new, tmp_path, capsys):
    ward = new["Phường Hòa Hưng"]
    one, two = (HamletFactory(code=f"27163-{n:02d}", name=f"Khu phố {n}", parent=ward) for n in (1, 2))
    household = make_household(one)

    run(tmp_path, ["hamlet,27163-01,27163-02,2026-03-01,no"])

    household.refresh_from_db()
    one.refresh_from_db()
    assert (household.hamlet, one.valid_to) == (two, datetime.date(2026, 2, 28))
    assert capsys.readouterr().out.splitlines()[1] == "Đã chuyển sổ Khu phố 1, Phường Hòa Hưng: 1 đối tượng."


def test_bad_rows_are_told_and_nothing_written(new, tmp_path, capsys):
    old_ward(12, "27172", [3])
    ward = new["Phường Hòa Hưng"]
    for number in (1, 2):
        HamletFactory(code=f"27163-{number:02d}", name=f"Khu phố {number}", parent=ward)
    rows = [
        "commune,27172,99999,2025-07-01,no",
        "commune,27172,27163,01/07/2025,no",
        "hamlet,27163-01,27163-01,2026-01-01,no",
        "hamlet,27163-01,27163-02,2026-01-01,no",
        "hamlet,27163-02,27163-01,2026-01-01,no",
        "commune,27172,27163,2025-07-01,no",
        "commune,27172,27163,2025-07-01,no",
        "commune,27172,27139,2025-07-01,no",
        "phuong,27172,27139,2025-07-01,no",
    ]

    with pytest.raises(CommandError) as refused:
        run(tmp_path, rows)

    assert str(refused.value) == "9 dòng có lỗi; chưa ghi gì."
    assert capsys.readouterr().out.splitlines() == [
        "Dòng 2: Ngày 01/07/2025 không có phường, xã, đặc khu nào mang mã 99999.",
        "Dòng 3: Ngày “01/07/2025” không đọc được; hãy ghi dạng 2025-07-01.",
        "Dòng 4: Khu phố 1 không thể kế thừa chính nó.",
        "Dòng 5: Khu phố 1 → Khu phố 2 đi thành vòng: từ Khu phố 2 lại về Khu phố 1.",
        "Dòng 6: Khu phố 2 → Khu phố 1 đi thành vòng: từ Khu phố 1 lại về Khu phố 2.",
        "Dòng 7: Phường 12 đi về nhiều nơi nên mỗi dòng phải ghi partial là yes.",
        "Dòng 8: Trùng với dòng 7.",
        "Dòng 9: Phường 12 đi về nhiều nơi nên mỗi dòng phải ghi partial là yes.",
        "Dòng 10: Cấp “phuong” không có; hãy dùng province, district, commune, hamlet.",
    ]
    assert (Succession.objects.count(), PlaceChange.objects.count()) == (0, 0)


def test_a_list_that_touches_too_many_registers_is_to_be_divided(new, tmp_path, settings):
    """Places without people do not count; at the limit it is taken."""
    old_ward(12, "27172", [1])
    rows = ["commune,27172,27163,2025-07-01,no"]  # the old ward and the new one

    settings.MERGE_MAX_WARDS = 1
    with pytest.raises(CommandError) as refused:
        run(tmp_path, rows)
    assert str(refused.value) == (
        "Danh sách chạm đến sổ của 2 phường, xã; mỗi lần nhiều nhất 1. Hãy chia tệp theo tỉnh, chạy từng tệp. "
        "Chưa ghi gì."
    )
    assert PlaceChange.objects.count() == 0

    settings.MERGE_MAX_WARDS = 2
    run(tmp_path, rows)
    assert PlaceChange.objects.count() == 1


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"a,b\n1,2\n", "Tệp thiếu cột: level, from_code, to_code, effective_on, partial."),
        (b"", "Tệp rỗng, không có dữ liệu. Hãy chọn lại tệp danh sách."),
        (HEAD.encode(), "Tệp không có dòng nào."),
        (b"\x00" * 300, "Tệp này không phải danh sách Excel. Hãy chọn tệp .xlsx, .xls, .ods hoặc .csv."),
        (HEAD.encode() + b"x" * 140_000, "Tệp bị hỏng hoặc không phải tệp Excel."),
        (HEAD.encode() + b"commune,1,2,2025-07-01,no\n" * 120_001, "giới hạn 120.000 dòng"),
        (b"x" * (20 * 1024 * 1024 + 1), "20"),
    ],
    ids=["other", "empty", "head", "nul", "field", "rows", "bytes"],
)
def test_a_file_of_something_else(tmp_path, data, told):
    path = tmp_path / "x.csv"
    path.write_bytes(data)

    with pytest.raises(CommandError) as refused:
        call_command("merge_places", str(path))

    assert told in str(refused.value)


def test_a_list_that_went_through_excel(new, tmp_path, capsys):
    """Semicolons, UTF-16, capitals, codes without their zeros, a day nobody can be a day before."""
    old_ward(12, "00172", [1])
    path = tmp_path / "x.csv"
    rows = ["Commune;172;27163;2025-07-01;NO", "commune;172;27163;0001-01-01;no", "commune;172;27163;2025-07-01;có"]
    path.write_bytes("\n".join([HEAD.strip().replace(",", ";"), *rows]).encode("utf-16"))

    with pytest.raises(CommandError):
        call_command("merge_places", str(path))
    assert capsys.readouterr().out.splitlines() == [
        "Dòng 3: Ngày “0001-01-01” quá xa, hãy xem lại năm.",
        "Dòng 4: Cột partial phải là yes hoặc no, không phải “có”.",
    ]
    path.write_bytes("\n".join([HEAD.strip().replace(",", ";"), rows[0]]).encode("utf-16"))
    call_command("merge_places", str(path))
    assert capsys.readouterr().out.splitlines()[1] == "Đã chuyển sổ Phường 12: 1 đối tượng."

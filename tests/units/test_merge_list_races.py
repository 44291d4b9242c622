"""Real threads: a list of successions beside an import into the same ward, beside entries, and beside another list."""

import datetime
import io

import pytest
from django.core.management import CommandError, call_command

from recognition.domain.integrity import CHECKS
from tests.factories.units import CommuneFactory, HamletFactory, make_household
from tests.units.import_files import people
from tests.units.test_reforms_races import enter, one_after_the_other
from units.domain import importing
from units.domain.errors import PortalError
from units.domain.importing import pasting
from units.models import ImportBatch, Place, PlaceChange, Registrant, Succession

pytestmark = pytest.mark.django_db(transaction=True)
HEAD = "level,from_code,to_code,effective_on,partial\n"
WHOLE = "commune,27172,27163,2026-11-01,no\n"
LIST = people(["Lê Thị A", "1 Hồng Lĩnh", "Khu phố 1", 3], ["Lê Thị B", "2 Hồng Lĩnh", "Khu phố 1", 4])
ENDED = "Phường 12 chưa có hoặc không còn vào ngày 20/11/2026 nên không nhập được danh sách năm 2026."


@pytest.fixture(autouse=True)
def november(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args: datetime.date(2026, 11, 20))


@pytest.fixture
def old():
    """Phường 12 with a hamlet and nobody in it; on 1 November it went whole to Hòa Hưng, as no list says yet."""
    new = CommuneFactory(code="27163", name="Phường Hòa Hưng")
    ward = CommuneFactory(code="27172", name="Phường 12", parent=new.parent)
    HamletFactory(code="27172-01", name="Khu phố 1", parent=ward)
    return ward


def command(tmp_path, name, *args, rows=""):
    """A command as somebody types it: all it prints, and its refusal."""
    path = tmp_path / f"{len(list(tmp_path.iterdir()))}.csv"
    path.write_text(HEAD + rows, encoding="utf-8")

    def run():
        out = io.StringIO()
        try:
            call_command(name, *(args or [str(path)]), stdout=out)
        except CommandError as error:
            return [*out.getvalue().splitlines(), str(error)]
        return out.getvalue().splitlines()

    return run


def standing():
    faults = [fault for name in ("stays", "places", "register_tallies") for fault in CHECKS[name]()]
    return faults, sorted(Registrant.objects.open().values_list("name", "hamlet__name", "commune__name"))


def test_a_list_waits_for_an_import_and_carries_what_it_wrote(old, tmp_path):
    imported, told = one_after_the_other(
        lambda: importing.import_at_once(
            actor=None, place=old, year=2026, register=False, file_name="ho.xlsx", data=LIST
        ).counts["added"],
        command(tmp_path, "merge_places", rows=WHOLE),
    )

    assert imported == 2
    assert told == ["Quan hệ kế thừa: thêm 1, đã có 0.", "Đã chuyển sổ Phường 12: 2 đối tượng."]
    assert standing() == (
        [],
        [("Lê Thị A", "Khu phố 1", "Phường Hòa Hưng"), ("Lê Thị B", "Khu phố 1", "Phường Hòa Hưng")],
    )


def test_whatever_comes_after_the_list_is_told_that_the_ward_has_ended(old, tmp_path):
    """By command, confirmed on screen, pasted, entered by hand: nothing is written into the ended ward."""
    file = tmp_path / "ho.xlsx"
    file.write_bytes(LIST)
    batch = importing.receive(actor=None, place=old, year=2026, register=False, file_name="ho.xlsx", data=LIST)
    importing.request_confirmation(actor=None, batch=importing.check(batch=batch))
    ImportBatch.objects.update(state="PREVIEW")  # asked for again below: a list being written stops the reform
    before = standing()
    hamlet = Place.objects.get(code="27172-01")
    typed = ["import_register", str(file), "--place", "27172", "--year", "2026"]

    told, refused = one_after_the_other(command(tmp_path, "merge_places", rows=WHOLE), command(tmp_path, *typed))

    assert told == ["Quan hệ kế thừa: thêm 1, đã có 0."]
    assert refused[-1] == ENDED

    def confirm():
        importing.request_confirmation(actor=None, batch=batch)
        importing.confirm(actor=None, batch=batch)

    grid = [["Lê Thị A", "Khu phố 1"] + [""] * 9]
    paste = {"actor": None, "place": old, "year": 2026, "register": False, "rows": grid}
    for later, words in (
        (confirm, ENDED),
        (lambda: pasting.save(**paste), ENDED),
        (lambda: enter(hamlet), "Phường 12 không còn sau ngày 31/10/2026. Hãy chọn phường, xã hiện nay."),
    ):
        with pytest.raises(PortalError) as refusal:
            later()
        assert refusal.value.message == words
    assert standing() == before == ([], [])


def test_two_lists_follow_each_other(old, tmp_path):
    """The same list twice writes once; two that lead in a circle: the second is refused with its row."""
    make_household(Place.objects.get(code="27172-01"), "Lê Văn An")

    told = one_after_the_other(*(command(tmp_path, "merge_places", rows=WHOLE) for _ in range(2)))

    assert told == [
        ["Quan hệ kế thừa: thêm 1, đã có 0.", "Đã chuyển sổ Phường 12: 1 đối tượng."],
        ["Quan hệ kế thừa: thêm 0, đã có 1."],
    ]
    assert standing() == ([], [("Lê Văn An", "Khu phố 1", "Phường Hòa Hưng")])
    assert PlaceChange.objects.count() == 1

    one, two = (
        HamletFactory(code=f"27163-{n}", name=f"Ấp {n}", parent=Place.objects.get(code="27163")) for n in (91, 92)
    )
    told = one_after_the_other(
        command(tmp_path, "merge_places", rows=f"hamlet,{one.code},{two.code},2026-11-02,no\n"),
        command(tmp_path, "merge_places", rows=f"hamlet,{two.code},{one.code},2026-11-02,no\n"),
    )

    assert told == [
        ["Quan hệ kế thừa: thêm 1, đã có 0."],
        ["Dòng 2: Ấp 92 → Ấp 91 đi thành vòng: từ Ấp 91 lại về Ấp 92.", "1 dòng có lỗi; chưa ghi gì."],
    ]
    assert Succession.objects.filter(from_place__in=[one, two]).count() == 1

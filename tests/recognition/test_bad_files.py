"""Every door a file comes in by, with every file that should not come: a sentence each time, never a crash."""

import datetime
import io
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils.html import escape

from portal import jobs
from portal.jobs.models import Job
from tests.bad_files import EVERYWHERE, FILES
from tests.factories.recognition import YEAR, make_registrations, make_ward
from tests.factories.units import CommuneFactory, HamletFactory, make_household, make_officer
from tests.units.import_files import people
from units.choices import Role
from units.domain.importing.kinds import KINDS
from units.models import ImportBatch, Registrant, Succession

TEXT = ("empty", "noise", "word", "bomb", "another language")  # what the doors of plain text are tried with
FILE = object()  # stands in a command's arguments for the path
NAMES = {
    "../../../etc/passwd.xlsx": "passwd.xlsx",
    "C:\\Windows\\ds.xlsx": "ds.xlsx",
    unicodedata.normalize("NFD", "Danh sách hộ.xlsx"): "Danh sách hộ.xlsx",
    "a\u202egpj.xlsx": "agpj.xlsx",
    '"><b>.xlsx': '"><b>.xlsx',
}


@pytest.fixture
def ward(db):
    ward = make_ward()
    make_registrations(ward, 2, names=["Lê Văn An", "Lê Văn Bình"])
    return ward


@pytest.fixture
def ended(ward):
    """A ward that went to `ward` in part, with one household that waits to be assigned."""
    last = datetime.date(2025, 6, 30)
    old = CommuneFactory(code="99901", name="Phường 14", valid_from=None, valid_to=last, parent=ward.place.parent)
    make_household(HamletFactory(parent=old, name="Khu phố 9", valid_to=last), "Lê Văn Cũ")
    Succession.objects.create(from_place=old, to_place=ward.place, effective_on=datetime.date(2025, 7, 1), partial=True)
    return old


@dataclass
class Door:
    """`send(data, file name)` gives (status, text people read). `files`: what it is tried with. `words`: what it says
    that reads no spreadsheets."""

    send: Callable
    files: tuple[str, ...] = EVERYWHERE
    words: str = ""


def posting(client, url, user, **fields):
    def send(data, name="ds.xlsx"):
        if client.session.get("_auth_user_id") != str(user.pk):
            client.force_login(user)
        answer = client.post(url, {**fields, "file": SimpleUploadedFile(name, data)})
        return answer.status_code, answer.content.decode()

    return send


def importing(client, ward, kind):
    post = posting(
        client, f"{reverse('units:import-create')}?loai={kind}", ward.officer, place=ward.place.pk, year=YEAR
    )

    def send(data, name="ds.xlsx"):
        before = Job.objects.count()
        status, text = post(data, name)
        if Job.objects.count() > before:
            jobs.run_now(Job.objects.latest("pk"))
            answer = client.get(reverse("units:import-detail", args=[ImportBatch.objects.latest("pk").pk]))
            status, text = answer.status_code, answer.content.decode()
        return status, text

    return send


def typing(tmp_path, name, *args, **options):
    """A command as somebody types it; the file stands where FILE is."""

    def send(data, file_name="ds.xlsx"):
        path = str(tmp_path / file_name)
        if "\0" not in path:
            (tmp_path / file_name).write_bytes(data)
        out = io.StringIO()
        filled = {key: path if value == FILE else value for key, value in options.items()}
        try:
            call_command(name, *(path if one == FILE else one for one in args), **filled, stdout=out)
        except CommandError as error:
            return 422, out.getvalue() + str(error)
        return 200, out.getvalue()

    return send


def doors(client, ward, ended, tmp_path) -> dict[str, Door]:
    place, grid = ward.place, reverse("recognition:score-file", args=[ward.hamlet.pk])
    administrator = make_officer(Role.ADMINISTRATOR, None)
    found = {
        "scores": posting(client, f"{grid}?nam={YEAR}&model=FAMILY", ward.hamlet_officer),
        "declared": posting(
            client, f"{reverse('recognition:declared-import', args=[place.pk])}?nam={YEAR}", ward.officer
        ),
        "targets": posting(client, reverse("recognition:target-import", args=[place.pk]), ward.chair),
        "hamlets": posting(client, reverse("units:hamlet-create-many", args=[place.pk]), ward.officer, kind="khu phố"),
        "assigning": posting(client, reverse("units:ward-assign", args=[ended.pk]), ward.officer),
    }
    found["merge_places"] = typing(tmp_path, "merge_places", FILE)
    found = {name: Door(send) for name, send in found.items()}
    found["hamlets"].files = tuple(
        name for name in EVERYWHERE if name != "no table"
    )  # a list of names needs no heading
    for turn, kind in enumerate(KINDS):
        # One page and one command for all kinds: the others take turns, so that each meets each file at one of its two.
        first = ("empty", "no table")
        files, others = (
            (FILES, EVERYWHERE)
            if kind == "HOUSEHOLD"
            else (
                (*first, *EVERYWHERE[turn::4]),
                (*first, *(name for name in EVERYWHERE if name not in EVERYWHERE[turn::4])),
            )
        )
        found[kind.lower()] = Door(importing(client, ward, kind), tuple(dict.fromkeys(files)))
        found[f"import_register {kind.lower()}"] = Door(
            typing(tmp_path, "import_register", FILE, place=place.code, year=YEAR, kind=kind.lower(), dry_run=True),
            tuple(dict.fromkeys(others)),
        )
    found["check_figures"] = Door(
        typing(tmp_path, "check_figures", "--file", FILE),
        TEXT,
        "ds.xlsx: (tệp trống|không phải chữ UTF-8|không phải tệp CSV|cột không đúng)",
    )
    found["score"] = Door(
        typing(tmp_path, "score", rulebook="FAMILY-448", scores=FILE),
        TEXT,
        r"Tệp ds.xlsx (phải lưu bằng bảng mã UTF-8|không đúng dạng JSON)",
    )
    found["rulebook"] = Door(
        posting(client, reverse("recognition:rulebook-draft-import"), administrator),
        TEXT,
        "Tệp rỗng|Tệp phải lưu bằng bảng mã UTF-8|Dòng \\d+",
    )
    return found


def told(text):
    found = re.findall(r'class="(?:invalid-feedback|error-summary|notice)[^>]*>(.{0,300})', text, re.DOTALL)
    return found or text[-300:]


def test_each_bad_file_at_each_door_is_told_in_a_sentence(client, ward, ended, tmp_path):
    before, faults = Registrant.objects.count(), []
    for door, one in doors(client, ward, ended, tmp_path).items():
        for name in one.files:
            data, words = FILES[name]
            status, text = one.send(data)
            if status not in (200, 422) or not re.search(one.words or words, text):
                faults.append((door, name, status, told(text)))
    assert not faults, "\n".join(map(repr, faults))
    assert Registrant.objects.count() == before


def test_a_file_may_be_called_anything(client, ward):
    """What is kept and shown has no folders and no signs that turn the text around; NUL and endless names are told."""
    send = importing(client, ward, "HOUSEHOLD")
    for name, kept in NAMES.items():
        status, text = send(people(["Lê Văn An", "1 Hòa Hưng", "Khu phố 1"]), name)
        batch = ImportBatch.objects.latest("pk")
        assert (status, batch.file_name, batch.counts["refused"]) == (200, kept, 0), name
        assert escape(kept) in text and "<b>.xlsx" not in text
        refused = client.get(reverse("units:import-refused", args=[batch.pk]))
        assert re.fullmatch(r'attachment; filename="[a-z-]+-dong-khong-nhap\.xlsx"', refused["Content-Disposition"])
    before = ImportBatch.objects.count()
    status, text = send(people(["Lê Văn An"]), "d" * 300 + ".xlsx")
    assert (status, ImportBatch.objects.count()) == (200, before + 1)
    assert len(ImportBatch.objects.latest("pk").file_name) <= 255

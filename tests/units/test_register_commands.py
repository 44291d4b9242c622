"""export_register and undo_import: the screens' files and verbs from a shell."""

import json

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from tests.factories.units import (
    CommuneFactory,
    HamletFactory,
    make_citizen,
    make_clan,
    make_household,
    make_organisation,
)
from tests.units.import_files import people
from units.domain.importing import import_at_once
from units.models import Registrant

pytestmark = pytest.mark.django_db


@pytest.fixture
def ward():
    return CommuneFactory(code="27163")


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("household", ["Lê An", "Trần Bình"]),
        ("citizen", ["=Ngô Chi"]),
        ("clan", ["Họ Lê"]),
        ("organisation", ["Trường A"]),
    ],
)
def test_the_register_of_each_kind_is_written_with_its_hidden_keys(ward, tmp_path, capsys, kind, names):
    hamlet = HamletFactory(parent=ward)
    first = make_household(hamlet, "Lê An")
    make_household(hamlet, "Trần Bình")
    make_household(HamletFactory(), "Người nơi khác")
    make_citizen(first, "=Ngô Chi")
    make_clan(ward, "Họ Lê")
    make_organisation(ward, "Trường A")
    out = tmp_path / "so.xlsx"

    call_command("export_register", place=ward.code, kind=kind, out=out, json=True)

    assert json.loads(capsys.readouterr().out)["rows"] == len(names)
    sheet = openpyxl.load_workbook(out).active
    assert sheet.column_dimensions["A"].hidden
    keys = [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert [Registrant.objects.get(pk=key).name for key in keys] == names
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row if cell.value in names]
    assert len(cells) >= len(names)
    assert all(cell.data_type == "s" for cell in cells)  # never a formula


def test_what_cannot_be_exported_is_said(ward, tmp_path):
    with pytest.raises(CommandError):
        call_command("export_register", place="99999", out=tmp_path / "so.xlsx")
    with pytest.raises(CommandError, match=r"Không ghi được tệp .*\. Hãy xem lại thư mục và quyền ghi\."):
        call_command("export_register", place=ward.code, out=tmp_path / "khong" / "co" / "so.xlsx")


def test_an_import_is_taken_back_once(ward, capsys):
    HamletFactory(parent=ward, name="Khu phố 1")
    rows = people(["Lê An", "1 Hòa Hưng", "Khu phố 1"], ["Trần Bình", "2 Hòa Hưng", "Khu phố 1"])
    outcome = import_at_once(
        actor=None, place=ward, year=2026, register=False, file_name="a.xlsx", data=rows, dry_run=False
    )
    batch = outcome.batch
    assert Registrant.objects.open().count() == 2

    call_command("undo_import", batch.pk, json=True)
    first = json.loads(capsys.readouterr().out)
    call_command("undo_import", batch.pk)

    assert (first["undone"], first["changed"]) == (True, True)
    assert Registrant.objects.open().count() == 0
    assert capsys.readouterr().out == f"Lần nhập số {batch.pk} đã được hoàn tác từ trước.\n"
    with pytest.raises(CommandError, match="Không có lần nhập số 999999"):
        call_command("undo_import", 999999)

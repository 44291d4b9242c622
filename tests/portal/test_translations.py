"""The English interface: a complete catalogue, no Vietnamese in the frame of a page, papers that stay Vietnamese."""

import ast
import re
from decimal import Decimal
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import openpyxl
import polib
import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation.template import templatize

from portal.lib.language import in_official_language
from recognition.choices import LearningModel, Stage, State
from recognition.domain.assessing import EntriesRefused, Entry, record_scores
from recognition.models import Assessment, Award, Rulebook
from recognition.papers import title_of
from tests.factories.recognition import YEAR, make_registrations, make_ward
from units.choices import Role
from units.models import Household, Place, Registrant, User

ROOT = Path(settings.BASE_DIR)
CATALOGUE = ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"
CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
CALLS_WITH_CONTEXT = {"pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy"}
STRING = r"""u?('(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
IN_TEMPLATE = re.compile(rf"\b(?:n?gettext|_)\(\s*{STRING}", re.DOTALL)
WITH_CONTEXT = re.compile(rf"\bn?pgettext\(\s*{STRING}\s*,\s*{STRING}", re.DOTALL)
PLACEHOLDER = re.compile(r"%\(\w+\)[\d.]*[a-z]|%[sd]|</?\w+[^>]*>")
VIETNAMESE = re.compile(r"[à-ãè-êìíò-õùúýăđĩũơưạ-ỹ]", re.IGNORECASE)


def from_python(path: Path) -> set[tuple[str, str]]:
    """(context, text) of every call that marks a text for translation."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        given = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        if name in CALLS and given and isinstance(node.args[0], ast.Constant):
            found.add(("", given[0]))
        elif name in CALLS_WITH_CONTEXT and len(given) > 1:
            found.add((given[0], given[1]))
    return found


def from_template(path: Path) -> set[tuple[str, str]]:
    """Texts of {% translate %}, {% blocktranslate %} and _("…")."""
    code = templatize(path.read_text(encoding="utf-8"))
    plain = {("", ast.literal_eval(text)) for text in IN_TEMPLATE.findall(code)}
    return plain | {(ast.literal_eval(one), ast.literal_eval(two)) for one, two in WITH_CONTEXT.findall(code)}


@pytest.fixture(scope="module")
def catalogue():
    return polib.pofile(str(CATALOGUE))


def texts(entry) -> list[tuple[str, str]]:
    """(source, translation) of an entry, for each of its forms."""
    if entry.msgid_plural:
        return [(entry.msgid, entry.msgstr_plural[0]), (entry.msgid_plural, entry.msgstr_plural[1])]
    return [(entry.msgid, entry.msgstr)]


def test_every_text_of_the_sources_is_in_the_catalogue(catalogue):
    used = set()
    for package in ("portal", "units", "recognition"):
        for path in (ROOT / package).rglob("*.py"):
            used |= from_python(path)
    for path in (ROOT / "templates").rglob("*"):
        if path.suffix in {".html", ".txt"}:
            used |= from_template(path)

    missing = used - {(entry.msgctxt or "", entry.msgid) for entry in catalogue}
    assert len(used) > 1000
    assert sorted(missing) == [], "run `make messages`, then translate what it names"


def test_every_text_is_translated_with_the_same_placeholders(catalogue):
    empty = [source for entry in catalogue for source, english in texts(entry) if not english]
    unlike = [
        (source, english)
        for entry in catalogue
        for source, english in texts(entry)
        if sorted(PLACEHOLDER.findall(source)) != sorted(PLACEHOLDER.findall(english))
        or source.startswith(" ") != english.startswith(" ")
        or source.endswith(" ") != english.endswith(" ")
    ]

    assert empty == []
    assert unlike == []


def test_catalogue_holds_nothing_that_changes_by_itself(catalogue):
    assert catalogue.metadata["POT-Creation-Date"] == ""
    assert catalogue.metadata["Plural-Forms"] == "nplurals=2; plural=(n != 1);"
    assert [entry.msgid for entry in catalogue if entry.obsolete or entry.fuzzy or entry.occurrences] == []


def test_compiled_catalogue_equals_its_source(catalogue):
    compiled = polib.mofile(str(CATALOGUE.with_suffix(".mo")))

    assert {(entry.msgctxt, entry.msgid): texts(entry) for entry in compiled} == {
        (entry.msgctxt, entry.msgid): texts(entry) for entry in catalogue.translated_entries()
    }
    assert compiled.metadata["Plural-Forms"] == catalogue.metadata["Plural-Forms"]


class Visible(HTMLParser):
    """Text a person sees or hears, without what is marked as Vietnamese."""

    VOID = {"input", "br", "img", "link", "meta", "hr", "col", "use", "path"}
    SPOKEN = ("aria-label", "title", "placeholder", "alt", "data-label")

    def __init__(self, html: str):
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.parts: list[str] = []
        self.feed(html)

    @property
    def hidden(self) -> bool:
        return any(skip for _tag, skip in self.open)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag not in self.VOID:
            self.open.append((tag, tag in {"script", "style"} or given.get("lang") == "vi"))
        if not self.hidden:
            self.parts += [given[name] for name in self.SPOKEN if given.get(name)]

    def handle_endtag(self, tag):
        while self.open and tag in {name for name, _skip in self.open}:
            if self.open.pop()[0] == tag:
                break

    def handle_data(self, data):
        if not self.hidden and data.strip():
            self.parts.append(" ".join(data.split()))


def in_english(client) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"


def vietnamese_on(html: str, known: list[str]) -> list[str]:
    """Visible texts with Vietnamese letters, once what the records say and examples to type are taken out."""
    found = []
    for part in Visible(html).parts:
        rest = re.sub(r"example: .*", "", part, flags=re.IGNORECASE)
        for name in known:
            rest = rest.replace(name, "")
        if VIETNAMESE.search(rest):
            found.append(part)
    return found


@pytest.fixture
def ward(db):
    found = make_ward()
    make_registrations(found, 2, state=State.RECOGNISED, names=["Lê An", "Lê Bình"])
    make_registrations(found, 2, state=State.SELF_ASSESSED, names=["Lê Chi", "Lê Dũng"])
    return found


@pytest.mark.parametrize(
    "name",
    [
        "portal:home",
        "units:household-list",
        "units:household-create",
        "units:import-create",
        "units:place-search",
        "recognition:registration-list",
        "recognition:meeting-list",
        "recognition:dashboard",
        "recognition:report-list",
    ],
)
def test_page_is_english(name, client, ward):
    in_english(client)
    client.force_login(ward.officer)

    response = client.get(reverse(name), {"nam": YEAR}, follow=True)

    known = [name for model in (Place, Registrant) for name in model.objects.values_list("name", flat=True)]
    known += User.objects.values_list("full_name", flat=True)
    known += Household.objects.exclude(address="").values_list("address", flat=True)
    known += Rulebook.objects.values_list("title", flat=True)
    html = response.content.decode()
    assert '<html lang="en"' in html
    assert vietnamese_on(html, sorted(known, key=len, reverse=True)) == []


def test_rulebook_list_is_english_but_for_titles_of_rulebooks(client, ward):
    in_english(client)
    client.force_login(ward.officer)

    html = client.get(reverse("recognition:rulebook-list")).content.decode()

    assert "Each model has one rulebook per period." in html
    assert "Learning Family" in html
    frame = re.sub(r"<main\b.*?</main>", "", html, flags=re.DOTALL)
    assert vietnamese_on(frame, [ward.place.name, ward.officer.full_name]) == []


def test_sign_in_is_english(client, db):
    in_english(client)

    html = client.get(reverse("account_login")).content.decode()

    assert "Forgot password?" in html
    assert vietnamese_on(html, []) == []


def test_names_of_models_and_choices_follow_the_language():
    with translation.override("en"):
        assert str(LearningModel.FAMILY.label) == "Learning Family"
        assert str(Role.WARD_CHAIR.label) == "Chair of the ward Association"
        assert str(Registrant._meta.verbose_name) == "Registrant"
    with translation.override("vi"):
        assert str(LearningModel.FAMILY.label) == "Gia đình học tập"


def test_english_of_the_browser_changes_nothing(client, db):
    html = client.get(reverse("account_login"), headers={"accept-language": "en"}).content.decode()

    assert '<html lang="vi"' in html
    assert "Quên mật khẩu?" in html


def test_titles_on_papers_stay_vietnamese():
    with translation.override("en"):
        assert title_of(Award(model=LearningModel.FAMILY, year=2026)) == ("GIA ĐÌNH HỌC TẬP", "năm 2026")


def test_official_language_gives_back_the_language_of_the_screen():
    @in_official_language
    def label() -> str:
        return str(LearningModel.FAMILY.label)

    with translation.override("en"):
        assert label() == "Gia đình học tập"
        assert translation.get_language() == "en"


def test_excel_list_keeps_the_headings_the_import_reads(client, ward):
    in_english(client)
    client.force_login(ward.officer)

    response = client.get(reverse("units:household-export", args=[ward.place.pk]))

    sheet = openpyxl.load_workbook(BytesIO(b"".join(response.streaming_content))).active
    assert sheet.title == "Hộ gia đình"
    assert [cell.value for cell in sheet[1]][:4] == ["Mã hộ (không sửa)", "STT", "Họ và tên chủ hộ", "Địa chỉ"]


def test_report_file_is_vietnamese_while_its_page_is_english(client, ward):
    in_english(client)
    client.force_login(ward.officer)
    url = reverse("recognition:report", args=["TK-01", ward.place.pk])

    page = client.get(url, {"nam": YEAR}).content.decode()
    sheet = openpyxl.load_workbook(BytesIO(client.get(url, {"nam": YEAR, "dang": "xlsx"}).content)).active

    assert "Households registered" in page
    assert sheet["A1"].value == "Biểu TK-01"
    assert sheet["A2"].value == f"KẾT QUẢ CÔNG NHẬN GIA ĐÌNH HỌC TẬP NĂM {YEAR}"


def test_reasons_kept_with_a_score_are_vietnamese_and_its_faults_are_not(ward):
    row = make_registrations(ward, 1, names=["Lê Giang"])[0]
    with translation.override("en"):
        with pytest.raises(EntriesRefused) as refused:
            record_scores(actor=ward.officer, stage=Stage.SELF, entries=[Entry(row.pk, row.state, total=Decimal(101))])
        record_scores(actor=ward.officer, stage=Stage.SELF, entries=[Entry(row.pk, row.state, total=Decimal(90))])

    assert "above the maximum" in str(refused.value.faults)
    kept = Assessment.objects.get(registration=row)
    assert kept.reasons == ["Tổng điểm 90/100, đạt mức công nhận 80 điểm."]

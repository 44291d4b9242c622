"""Who inspects and decides where no rule was found: entered by the association for a province, from a day on.

A province's rules are a rulebook of its own, which `rulebook_for` prefers to the general one; so once the authority is
entered, steps, letters, decisions and certificates follow from it like from any other rulebook. What people enter stays
marked as provisional (confidence M) and names the paper they read (docs/decisions/0016).
"""

from __future__ import annotations

import copy
import datetime
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from recognition.choices import FINAL_STATES, RulebookOrigin, RulebookStatus, State
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.renewing import move_all
from recognition.domain.rulebooks import load_rulebooks
from recognition.models import Registration, Rulebook
from recognition.rule_keeping import may_set_authority
from recognition.rulebook_checks import parse_rulebook
from recognition.rulebook_reader import RulebookError
from recognition.rulebook_spec import RulebookSpec
from recognition.rules import reference_day
from units.choices import Level
from units.models import Place, User

BEYOND = (State.INSPECTED, State.RECOGNISED, State.REFUSED)


@dataclass(frozen=True)
class Authority:
    """What a paper says about who decides. `document`: number and title; `seen_at`: where it can be read."""

    from_day: datetime.date
    name: str
    symbol: str
    document: str
    issued_on: datetime.date
    seen_at: str


@dataclass(frozen=True)
class Entered:
    """The province's rulebook, how many waiting dossiers go on by it, and why others stay: (dossier, sentence)."""

    rulebook: Rulebook
    moved: int
    stayed: tuple[tuple[int, str], ...] = ()


def unknown_since(spec: RulebookSpec) -> datetime.date | None:
    """First day on which some step has no known performer; None when all are known to the end."""
    days = [place.span.first for step in spec.procedure for place in step.places if place.level is None]
    days += [authority.span.first for authority in spec.authorities if not authority.known]
    return max(days) if days and None not in days else None


def general_of(rulebook: Rulebook) -> Rulebook:
    """The version in use of the rulebook of the whole country; of the one a province's was made from."""
    code = rulebook.code
    if rulebook.province_codes:
        code = code.removesuffix(f"-{rulebook.province_codes[0]}")
    versions = Rulebook.objects.filter(code=code, province_codes=[])
    return versions.order_by("-is_active", "-version").first() or rulebook


def written_of(general: Rulebook, province: Place) -> Rulebook | None:
    """The newest variant of the province that people wrote themselves (rulebook_drafts), in use or not."""
    code = f"{general.code}-{province.code}"
    return Rulebook.objects.filter(code=code, made_from__isnull=False).order_by("-version").first()


def waiting(rulebook: Rulebook, province: Place, from_day: datetime.date) -> QuerySet[Registration]:
    """Dossiers of the province that go on by new rules: of a year they hold for, and not ended."""
    code = general_of(rulebook).code
    return Registration.objects.filter(
        rulebook__code__in=[code, f"{code}-{province.code}"], province=province, year__gte=first_year(from_day)
    ).exclude(state__in=FINAL_STATES)


def first_year(from_day: datetime.date) -> int:
    """First assessed year in which an authority of `from_day` decides."""
    return from_day.year if reference_day(from_day.year) >= from_day else from_day.year + 1


@transaction.atomic
def enter_authority(*, actor: User, rulebook: Rulebook, province: Place, authority: Authority) -> Entered:
    """Make the province's rulebook with the authority, and let its waiting dossiers go on by it.

    A dossier of an older version keeps the answers to criteria that ask the same, as when it is renewed. Entering again
    corrects: a new version replaces the one before. Raises NotPermitted outside the person's postings,
    RecognitionError when nothing is unknown, the day is before that, or the rules do not hold together.
    """
    if province.level != Level.PROVINCE or not may_set_authority(actor, province):
        raise NotPermitted(
            _("Bạn không được phân công ghi cơ quan có thẩm quyền của %(place)s.") % {"place": province.name}
        )
    general = Rulebook.objects.select_for_update().get(pk=general_of(rulebook).pk)
    base = written_of(general, province) or general
    since = unknown_since(base.spec)
    if since is None:
        raise RecognitionError(_("Bộ tiêu chí này đã rõ cơ quan thực hiện từng bước."))
    if authority.from_day < since:
        raise RecognitionError(
            _("Trước ngày %(day)s đã có quy định cơ quan quyết định; hãy ghi từ ngày đó trở đi.")
            % {"day": f"{since:%d/%m/%Y}"}
        )
    code = f"{general.code}-{province.code}"
    version = 1 + Rulebook.objects.filter(code=code).count()
    try:
        spec = parse_rulebook(_content(base.content, code, version, province, authority, actor), code)
    except RulebookError as error:
        raise RecognitionError(str(error)) from None
    (loaded,) = load_rulebooks(specs=[spec], origin=RulebookOrigin.ASSOCIATION)
    if loaded.outcome != "added":
        raise RecognitionError(loaded.message)
    made = Rulebook.objects.get(code=code, version=version)
    outcome = move_all(actor=actor, rows=waiting(general, province, authority.from_day), into=made)
    return Entered(made, len(outcome.done), tuple(outcome.skipped))


def _content(general: dict, code: str, version: int, province: Place, authority: Authority, actor: User) -> dict:
    """The general rules with the unknown spans filled from the day on."""
    content = copy.deepcopy(general)
    day = authority.from_day.isoformat()
    source = f"TQ{version}"
    note = _("%(who)s ghi cho %(place)s.") % {"who": actor.full_name, "place": province.name}
    fact = {"mark": "M", "sources": [source], "note": note}
    content |= {
        "code": code,
        "version": version,
        "status": str(RulebookStatus.PROVISIONAL),
        "provinces": [province.code],
        "valid_from_year": max(general["valid_from_year"], first_year(authority.from_day)),
    }
    content["sources"][source] = f"{authority.document}, {authority.issued_on:%d/%m/%Y}; {authority.seen_at}"
    basis = {"document": authority.document, "issued_on": authority.issued_on.isoformat(), "fact": fact}
    content["legal_basis"].append(basis)
    for step in content["procedure"]:
        step["places"] = _filled(step["places"], day, {"level": str(Level.PROVINCE)}, unknown="level")
    decided = {
        "authority": authority.name,
        "symbol": authority.symbol,
        "level": str(Level.PROVINCE),
        "fact": fact,
    }
    content["decision"] = _filled(content["decision"], day, decided, unknown="authority")
    return content


def _filled(spans: list[dict], day: str, known: dict, *, unknown: str) -> list[dict]:
    """Spans with the one that says nothing cut at `day`: as it was before, `known` from then on."""
    found = []
    for span in spans:
        if span.get(unknown):
            found.append(span)
            continue
        if span["from"] < day:
            before = datetime.date.fromisoformat(day) - datetime.timedelta(days=1)
            found.append(span | {"to": before.isoformat()})
        found.append(known | {"from": day})
    return found


@transaction.atomic
def take_back_authority(*, actor: User, rulebook: Rulebook) -> int:
    """Undo an entry nobody has decided by: its dossiers wait again by the general rules. Returns their number.

    Raises NotPermitted, or RecognitionError when dossiers were inspected or decided by it.
    """
    rulebook = Rulebook.objects.select_for_update().get(pk=rulebook.pk)
    province = Place.objects.coded(rulebook.province_codes[0]) if rulebook.province_codes else None
    if province is None or not may_set_authority(actor, province):
        raise NotPermitted(_("Bạn không được phân công bỏ cơ quan có thẩm quyền này."))
    general = general_of(rulebook)
    if general.pk == rulebook.pk or not rulebook.is_active:
        raise RecognitionError(_("Bộ tiêu chí này không còn dùng nên không có gì để bỏ."))
    written = written_of(general, province)
    if written is not None and written.version >= rulebook.version:
        raise RecognitionError(_("Cơ quan có thẩm quyền của bộ này do Hội ghi khi soạn; hãy sao chép rồi sửa bản sao."))
    versions = Rulebook.objects.filter(code=rulebook.code).filter(made_from__isnull=True)
    used = Registration.objects.filter(rulebook__in=versions, state__in=BEYOND).count()
    if used:
        raise RecognitionError(
            _(
                "%(count)d hồ sơ đã được kiểm tra hoặc quyết định theo cơ quan này nên không bỏ được; hãy ghi "
                "lại cho đúng."
            )
            % {"count": used}
        )
    back = written or general
    versions.update(is_active=False)
    Rulebook.objects.filter(pk=back.pk).update(is_active=True)
    rows = Registration.objects.filter(rulebook__in=versions).exclude(state__in=FINAL_STATES)
    return len(move_all(actor=actor, rows=rows, into=back).done)

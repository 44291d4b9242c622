"""A page of many dossiers is drawn by one version of the rules: points are kept in the order of its criteria."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from recognition.domain.renewing import same_codes
from recognition.models import Registration, Rulebook
from recognition.rulebook_criteria import DerivedSpec
from recognition.rulebook_spec import RulebookSpec

ASKED, DRAWN = "ban", "rulebook"  # in the address; in the posted form
LONGEST = {"s": 12, "k": 12, "m": 500}  # what a sheet's field of each kind may hold
MOST_LEFT = 30  # dossiers of which a page says what was typed but not saved


def drawn_by(request) -> int | None:
    """The version the posted page was drawn by; None when it does not say."""
    text = request.POST.get(DRAWN, "")
    return int(text) if text.isdecimal() and len(text) < 18 else None


# --- One dossier: its fields are named by position, so they mean nothing without the version


@dataclass
class Retyped:
    """What was typed on a sheet of another version: `initial` for the fields of criteria and questions that ask the
    same now, `left` for people to read: (code, what it asked, what was typed).
    """

    initial: dict[str, str] = field(default_factory=dict)
    left: list[tuple[str, str, str]] = field(default_factory=list)


def moved_away(request, row: Registration) -> bool:
    """Was the posted page drawn by another version than the dossier stands under? A page that does not say so is of
    the present one where the dossier never moved."""
    if request.method != "POST":
        return False
    version = drawn_by(request)
    return row.renewals.exists() if version is None else version != row.rulebook_id


def retyped(request, row: Registration, kinds: str = "skm") -> Retyped:
    """Carry a posted sheet over to the version the dossier has gone to."""
    version = drawn_by(request)
    if version is None:  # a page of before the field was there: positions are those of now where nothing was moved
        posted = None if row.renewals.exists() else row.rulebook
    else:
        posted = Rulebook.objects.filter(pk=version, model=row.model).first()
    return retyped_from(request.POST, posted.spec, row.rulebook.spec, kinds) if posted else Retyped()


def retyped_from(post: Mapping[str, str], old: RulebookSpec, new: RulebookSpec, kinds: str = "skm") -> Retyped:
    """What was typed under the old rules, for the form under the new ones: the same items filled in, the rest named."""
    found, same = Retyped(), same_codes(old, new)
    for was, leaf in enumerate(old.leaves):
        typed = {kind: post.get(f"{kind}-{was}", "")[: LONGEST[kind]] for kind in kinds}
        if leaf.code in same:
            n = new.leaf_codes.index(leaf.code)
            found.initial |= {f"{kind}-{n}": text for kind, text in typed.items()}
        elif any(typed.values()):
            typed["k"] = _("không áp dụng") if typed.get("k") else ""
            found.left.append((leaf.code, leaf.title, "; ".join(filter(None, typed.values()))))
    answers = {(knock.condition, knock.title): post.get(f"d-{n}", "")[:1] for n, knock in enumerate(old.conditions)}
    for n, knock in enumerate(new.conditions):
        found.initial[f"d-{n}"] = answers.get((knock.condition, knock.title), "")
    return found


def asks_the_same(request, row: Registration, code: str) -> bool:
    """Does a criterion still ask what the posted page said it asks?"""
    if not moved_away(request, row):
        return True
    posted = Rulebook.objects.filter(pk=drawn_by(request), model=row.model).first()
    return posted is not None and code in same_codes(posted.spec, row.rulebook.spec)


def counts_the_same(request, row: Registration, derived: DerivedSpec) -> bool:
    """Is a share of the dossier's rules what the posted page said it is?"""
    if not moved_away(request, row):
        return True
    posted = Rulebook.objects.filter(pk=drawn_by(request), model=row.model).first()
    before = next((one for one in posted.spec.derived if one.code == derived.code), None) if posted else None
    return before is not None and (before.measure, before.title) == (derived.measure, derived.title)


# --- Many dossiers


def version_of(request, rows: Sequence[Registration]) -> Rulebook | None:
    """The version a page of `rows` is drawn by: the one it was drawn by when it is posted, the asked one, else the one
    most dossiers stand under. None without rows, or when no dossier stands under the posted one any more.
    """
    counts = Counter(row.rulebook_id for row in rows)
    if not counts:
        return None
    drawn = drawn_by(request)
    if drawn is not None:
        return Rulebook.objects.get(pk=drawn) if drawn in counts else None
    return _chosen(request, counts)


def version_instead(request, rows: Sequence[Registration]) -> Rulebook:
    """The version to go on with when no dossier stands under the posted one any more."""
    return _chosen(request, Counter(row.rulebook_id for row in rows))


def _chosen(request, counts: Counter) -> Rulebook:
    asked = request.GET.get(ASKED, "")
    if asked.isdecimal() and len(asked) < 19 and int(asked) in counts:
        return Rulebook.objects.get(pk=int(asked))
    return Rulebook.objects.get(pk=max(counts, key=lambda pk: (counts[pk], pk)))


def rows_of(rulebook: Rulebook | None, rows: Sequence[Registration]) -> list[Registration]:
    """The dossiers that stand under the version; none without one."""
    return [row for row in rows if rulebook is not None and row.rulebook_id == rulebook.pk]


def version_tabs(request, rows: Sequence[Registration], chosen: Rulebook) -> list[dict]:
    """Tabs to the other versions; none where all dossiers stand under one."""
    counts = Counter(row.rulebook_id for row in rows)
    if len(counts) < 2:
        return []
    query = request.GET.copy()
    tabs = []
    for one in Rulebook.objects.filter(pk__in=list(counts)).defer("content").order_by("version"):
        query[ASKED] = str(one.pk)
        tabs.append(
            {
                "label": _("Phiên bản %(version)d") % {"version": one.version},
                "count": counts[one.pk],
                "url": f"{request.path}?{query.urlencode()}",
                "active": one.pk == chosen.pk,
            }
        )
    return tabs


def left_behind(request, rows: Sequence[Registration], rulebook: Rulebook) -> list[Registration]:
    """Dossiers of the posted page that have gone to another version than `rulebook` since it was drawn."""
    return [row for row in rows if row.rulebook_id != rulebook.pk and f"shown-{row.pk}" in request.POST]


def told_behind(
    request, rows: Sequence[Registration], titles: Sequence[str], names: Sequence[str]
) -> list[tuple[str, str]]:
    """(name, what was typed) of dossiers that moved: nothing of it was saved, and nothing of it is lost.

    `names`: the posted fields of one dossier, with {pk} for it, in the order of `titles`.
    """
    found = []
    for row in rows[:MOST_LEFT]:
        typed = [request.POST.get(name.format(pk=row.pk), "").strip()[:20] for name in names]
        said = [f"{title}: {text}" for title, text in zip(titles, typed, strict=False) if text]
        found.append((row.registrant.name, " · ".join(said)))
    return found


def gone() -> str:
    """For somebody whose page was drawn by a version no dossier stands under any more."""
    return _("Các hồ sơ này vừa chuyển sang phiên bản khác của bộ tiêu chí nên chưa lưu gì. Hãy nhập lại ở đây.")

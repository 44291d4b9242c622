"""Pages that show the rules: every person signed in may read them; they are written in views/rulebook_drafts."""

import re
from collections.abc import Iterable

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from recognition.choices import LearningModel, RulebookStatus, Step
from recognition.domain.authorities import unknown_since
from recognition.domain.rulebook_drafts import province_of
from recognition.models import Registration, Rulebook, RulebookDraft
from recognition.rule_keeping import may_keep_rulebooks, may_set_authority, may_write_rulebook
from recognition.rulebook_procedure import CONFIDENCE_LABELS
from units.choices import AreaClass, Level, Role
from units.models import Place


def province_names(codes: Iterable[str]) -> dict[str, str]:
    """Official code → the newest name it stands for; the code itself where no such province is known."""
    names = {str(code): str(code) for code in codes}
    rows = Place.objects.filter(level=Level.PROVINCE, code__in=names).order_by("valid_from") if names else ()
    return names | {row.code: row.name for row in rows}


@require_safe
def rulebook_list(request):
    """All rulebooks by model; the ones no longer or not yet used are marked."""
    rows = list(Rulebook.objects.defer("content"))
    names = province_names(code for row in rows for code in row.province_codes)
    for row in rows:
        row.own_to = ", ".join(names[code] for code in row.province_codes)
    order = list(LearningModel)
    groups = [
        {"model": model, "rulebooks": [row for row in rows if row.model == model]}
        for model in order
        if any(row.model == model for row in rows)
    ]
    context = {"groups": groups, "count": len(rows), "keeps": may_keep_rulebooks(request.user)}
    return render(request, "recognition/rulebook_list.html", context)


@require_safe
def rulebook_detail(request, pk):
    """One rulebook in full: criteria, points, marks, ranks, procedure, sources."""
    rulebook = get_object_or_404(Rulebook, pk=pk)
    spec = rulebook.spec
    context = {
        "rulebook": rulebook,
        "spec": spec,
        "own_to": ", ".join(province_names(spec.provinces).values()),
        "criteria": [{"item": item, "depth": depth} for depth, item in spec.walk()],
        "marks": [
            {"area": AreaClass(area).label, "mark": spec.pass_marks[area]}
            for area in AreaClass.values
            if area in spec.pass_marks
        ],
        "ranks": [
            {"rank": rank, "below": above.floor if above else None}
            for above, rank in zip((None, *spec.ranks), spec.ranks, strict=False)
        ],
        "steps": [_step_row(step) for step in spec.procedure],
        "authorities": [
            {"item": item, "level": Level(item.level).label if item.level else ""} for item in spec.authorities
        ],
        **_authority_context(request.user, rulebook),
        **_writing_context(request.user, rulebook),
        "alone": RulebookDraft.objects.filter(activated=rulebook).exclude(alone_reason="").defer("content").first(),
        "legend": CONFIDENCE_LABELS.items(),
        "sources": sorted(spec.sources.items(), key=_natural),
        "other_versions": Rulebook.objects.filter(code=rulebook.code).exclude(pk=pk).defer("content"),
    }
    return render(request, "recognition/rulebook_detail.html", context)


def _writing_context(user, rulebook) -> dict:
    """What those who keep rules may do with this one."""
    may_write = may_keep_rulebooks(user) and bool(may_write_rulebook(user, province_of(rulebook)))
    return {
        "keeps": may_keep_rulebooks(user),
        "may_write": may_write,
        "made_here": may_write and RulebookDraft.objects.filter(activated=rulebook).exists(),
        "used": Registration.objects.filter(rulebook=rulebook).count() if may_write else 0,
    }


def _authority_context(user, rulebook) -> dict:
    """Rules of provinces that found out who decides, and what the person may do about it."""
    since = unknown_since(rulebook.spec)
    provinces = {place.code: place.name for place in Place.objects.current().filter(level=Level.PROVINCE)}
    made = Rulebook.objects.filter(code__startswith=f"{rulebook.code}-", is_active=True, model=rulebook.model)
    return {
        "unknown_since": since if rulebook.is_active and rulebook.status != RulebookStatus.DRAFT else None,
        "may_enter": may_set_authority(user),
        "of_provinces": [
            {"rulebook": one, "name": provinces.get(one.province_codes[0], one.province_codes[0])}
            for one in made.exclude(province_codes=[]).defer("content").order_by("code")
        ]
        if since
        else [],
        "may_take_back": bool(rulebook.province_codes)
        and rulebook.is_active
        and may_set_authority(user)
        and not RulebookDraft.objects.filter(activated=rulebook).exists(),
    }


def _natural(pair):
    """S4 before S10 before S13a; a JSON column does not keep the order of the file."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", pair[0])]


def _step_row(step):
    """A step with the words people read instead of codes."""
    return {
        "item": step,
        "roles": [Role(role).label for role in step.roles],
        "places": [
            {"level": Level(place.level).label if place.level else "", "span": place.span, "note": place.note}
            for place in step.places
        ],
        "differs_from": [Step(name).label for name in step.differs_from],
    }

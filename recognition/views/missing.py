"""Who is missing: the page that says which families lack what for a hamlet, a ward or a clan to reach its mark."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.lib.numbers import number
from portal.lib.text import fold
from recognition.choices import LearningModel
from recognition.domain.extents import extent_of
from recognition.domain.measures import computing, missing
from recognition.domain.measures.missing import FAMILY_SHARE, Lack
from recognition.domain.rulebooks import rulebook_for
from recognition.exports import XLSX_TYPE
from recognition.missing_exports import families_xlsx, hamlets_xlsx
from recognition.models import Registration
from recognition.rules import may_register
from recognition.shares import DENOMINATOR_OF, gap_of, noun_of
from recognition.views.measures import member_page
from recognition.views.scope import WITH_NAMES, own_places, own_tabs, place_or_404, year_of
from units.choices import Level, RegistrantKind
from units.models import Place, Registrant
from units.rules import scope_of


@require_safe
def missing_own(request):
    """The page of the person's own place."""
    places = own_places(request.user, *WITH_NAMES)
    if not places:
        return render(request, "recognition/missing_nowhere.html")
    return redirect(f"{reverse('recognition:missing-place', args=[places[0].pk])}?nam={year_of(request)}")


@require_safe
def missing_place(request, pk):
    """A hamlet: its families by what they lack. A ward: its hamlets, with how many lack what."""
    place = place_or_404(request.user, pk, *WITH_NAMES)
    year = year_of(request)
    if place.level == Level.HAMLET:
        return _hamlet(request, place, year)
    return _ward(request, place, year)


def _url(place, year: int, **more) -> str:
    return f"{reverse('recognition:missing-place', args=[place.pk])}?{urlencode({'nam': year, **more})}"


def _groups(found: list[missing.Family]) -> list[dict]:
    """The families by what they lack, easiest to help first; each group with its words."""
    by_lack: dict[str, list] = {}
    for family in found:
        by_lack.setdefault(family.lack, []).append(family)
    return [{"lack": lack, "label": lack.label, "rows": by_lack[lack]} for lack in Lack if lack in by_lack]


def _families(mark, found) -> dict:
    """Families by what they lack, and how far the place would be if those that only wait went through."""
    groups = _groups(found)
    waiting = sum(len(group["rows"]) for group in groups if group["lack"] == Lack.WAITING)
    return {
        "mark": mark,
        "groups": groups,
        "waiting": waiting,
        "hopeful": mark.with_more(waiting) if waiting else None,
    }


def _hamlet(request, place: Place, year: int):
    mark = missing.hamlet_mark(place, year)
    measure = FAMILY_SHARE[Level.HAMLET]
    found = missing.families(request.user, measure, computing.places([place.pk], year))
    noun = noun_of(measure)
    title = _("Còn thiếu ai: %(place)s") % {"place": place.name}
    lead = missing.summary(mark, noun)
    if request.GET.get("tep") == "xlsx":
        data = families_xlsx(title=title, year=year, lead=lead, found=found)
        return _file(data, f"con-thieu-{fold(place.name)}-{year}")
    own = (
        Registration.objects.visible_to(request.user)
        .live()
        .filter(registrant__community__place=place, model=LearningModel.COMMUNITY_HAMLET, year=year)
        .first()
    )
    rulebook = rulebook_for(LearningModel.FAMILY, year, place.province)
    context = {
        **_families(mark, found),
        "title": title,
        "place": place,
        "year": year,
        "lead": lead,
        "noun": noun,
        "own": own,
        "may_register": rulebook is not None and bool(may_register(request.user, rulebook, year, place)),
        "list_url": _members_url(place, measure, year),
        "xlsx_url": _url(place, year, tep="xlsx"),
        "back_url": _url(place.commune, year) if scope_of(request.user).covers(place.commune) else "",
        "tabs": own_tabs(request.user, place, lambda one: _url(one, year), *WITH_NAMES),
        "notices": extent_of(place, year).notices(),
    }
    return render(request, "recognition/missing_hamlet.html", context)


def _ward(request, place: Place, year: int):
    rows = missing.hamlet_rows(place, year)
    measure = FAMILY_SHARE[Level.COMMUNE]
    title = _("Còn thiếu ai: %(place)s") % {"place": place.name}
    short = [row for row in rows if not row.mark.met]
    lead = _("%(met)d trong %(all)d khu phố, thôn đã đủ tỷ lệ Gia đình học tập của mình.") % {
        "met": len(rows) - len(short),
        "all": len(rows),
    }
    if request.GET.get("tep") == "xlsx":
        found = missing.families(request.user, measure, computing.places([place.pk], year))
        data = hamlets_xlsx(title=title, year=year, lead=lead, rows=rows, found=found)
        return _file(data, f"con-thieu-{fold(place.name)}-{year}")
    for row in rows:
        row.url = _url(row.place, year)
        row.list_url = _members_url(row.place, FAMILY_SHARE[Level.HAMLET], year)
    figures = [
        {
            "title": label,
            "text": one.share.text() if one else _declared_text(place, year, name),
            "open": one.still_open if one else 0,
            "url": _members_url(place, name, year) if one else "",
            "gap": gap_of(name),
        }
        for name, label, one in missing.programme(place, year)
    ]
    context = {
        "title": title,
        "place": place,
        "year": year,
        "lead": lead,
        "rows": rows,
        "lacks": missing.SHORT.values(),
        "sums": [(label, sum(row.cells[n] for row in rows)) for n, label in enumerate(missing.SHORT.values())],
        "required": rows[0].mark if rows else None,
        "figures": figures,
        "clans": _clans(request.user, place),
        "xlsx_url": _url(place, year, tep="xlsx"),
        "tabs": own_tabs(request.user, place, lambda one: _url(one, year), *WITH_NAMES),
        "notices": extent_of(place, year).notices(),
    }
    return render(request, "recognition/missing_ward.html", context)


def _declared_text(place, year, measure) -> str:
    """What the register knows of a share that has to be declared."""
    whole = computing.denominator(measure, computing.places([place.pk], year))
    if whole is None:
        return _("chưa có số liệu")
    return _("chưa khai / %(count)s %(noun)s") % {"count": number(whole), "noun": noun_of(measure)}


def _clans(user, place: Place) -> list[Registrant]:
    rows = Registrant.objects.visible_to(user).open().filter(kind=RegistrantKind.CLAN, commune=place)
    return list(rows.order_by("sort_key", "pk")[:200])


def _members_url(place: Place, measure: str, year: int) -> str:
    return f"{reverse('recognition:measure-place', args=[place.pk, measure])}?{urlencode({'nam': year})}"


@require_safe
def measure_place(request, pk, measure):
    """The list behind a share of a hamlet or a ward."""
    place = place_or_404(request.user, pk, *WITH_NAMES)
    allowed = (
        (FAMILY_SHARE[Level.HAMLET],)
        if place.level == Level.HAMLET
        else tuple(name for name, _title in missing.PROGRAMME if name not in DENOMINATOR_OF)
    )
    if measure not in allowed:
        raise Http404
    year = year_of(request)
    titles = dict(missing.PROGRAMME) | {FAMILY_SHARE[Level.HAMLET]: dict(missing.PROGRAMME)["commune_family_share"]}
    context = member_page(request, measure, computing.places([place.pk], year), query={"nam": year})
    context |= {
        "title": titles[measure],
        "place": place,
        "lead": _("%(name)s, năm %(year)s") % {"name": place.name, "year": year},
        "back_url": _url(place, year),
        "back_label": _("Còn thiếu ai"),
    }
    return render(request, "recognition/measure_members.html", context)


@require_safe
def missing_clan(request, pk):
    """A clan: its families that are not recognised, by what they lack."""
    clan = get_object_or_404(
        Registrant.objects.visible_to(request.user).select_related("commune__province", "hamlet", "clan"),
        pk=pk,
        kind=RegistrantKind.CLAN,
    )
    year = year_of(request)
    mark, within = missing.clan_mark(clan, year)
    found = missing.families(
        request.user, "clan_family_share", computing.registrant_in(clan.pk, year, clan.commune), within=within
    )
    noun = noun_of("clan_family_share")
    title = _("Còn thiếu ai: %(place)s") % {"place": clan.name}
    lead = missing.summary(mark, noun)
    if request.GET.get("tep") == "xlsx":
        data = families_xlsx(title=title, year=year, lead=lead, found=found)
        return _file(data, f"con-thieu-{fold(clan.name)}-{year}")
    own = Registration.objects.visible_to(request.user).live().filter(registrant=clan, model="CLAN", year=year).first()
    context = {
        **_families(mark, found),
        "title": title,
        "place": clan.place,
        "clan": clan,
        "year": year,
        "lead": lead,
        "noun": noun,
        "own": own,
        "may_register": False,
        "within_commune": within == "commune",
        "xlsx_url": f"{request.path}?{urlencode({'nam': year, 'tep': 'xlsx'})}",
        "back_url": reverse("units:clan-detail", args=[clan.pk]),
        "notices": [],
    }
    return render(request, "recognition/missing_hamlet.html", context)


def _file(data: bytes, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type=XLSX_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{name.replace(" ", "-")}.xlsx"'
    return response

"""Shares of a dossier: what counts, what it would be today, the list behind each, and numbers typed with a reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.lib.numbers import number
from recognition.choices import LearningModel
from recognition.domain.errors import NotPermitted, RecognitionError, VersionMoved
from recognition.domain.measures import computing
from recognition.domain.measures.freezing import count_again, count_all_again, take_back_typed, type_share
from recognition.domain.measures.showing import MeasureLine, lines_of
from recognition.domain.rulebooks import rulebook_for
from recognition.forms.measures import TypedShareForm
from recognition.models import Registration
from recognition.rules import is_submitted, may_change_measures
from recognition.shares import noun_of
from recognition.views.assessments import area_of
from recognition.views.outcome import tell
from recognition.views.scope import model_of, place_or_404, registration_or_404, year_of
from recognition.views.versions import counts_the_same
from units.choices import Level

PAGE_SIZE = 100
LAST_PAGE = 1000


def measure_context(row: Registration, user=None) -> dict:
    """What the panel of shares needs, for every page that shows it. No query for rules without shares."""
    lines = lines_of(row, area_of(row))
    return {
        "measures": lines,
        "measures_submitted": is_submitted(row),
        "may_change_measures": bool(lines and user is not None and may_change_measures(user, row)),
        "missing_url": _missing_url(row) if lines else "",
    }


def _missing_url(row: Registration) -> str:
    """The page that says who is missing, for the models that have one."""
    place = {LearningModel.COMMUNITY_HAMLET: row.hamlet_id, LearningModel.COMMUNITY_COMMUNE: row.commune_id}.get(
        row.model
    )
    if place:
        return f"{reverse('recognition:missing-place', args=[place])}?nam={row.year}"
    if row.model == LearningModel.CLAN:
        return f"{reverse('recognition:missing-clan', args=[row.registrant_id])}?nam={row.year}"
    return ""


@require_safe
def measure_list(request, pk):
    """Every share of a dossier with its history."""
    row = registration_or_404(request, pk)
    context = measure_context(row, request.user)
    if not context["measures"]:
        raise Http404
    return render(
        request,
        "recognition/measure_list.html",
        {"row": row, "spec": row.rulebook.spec, "history": _history(row), **context},
    )


def _history(row: Registration) -> list[dict]:
    """Every version of the kept shares, newest first: counted or typed, by whom and why. One query."""
    events = [event for one in row.measures.prefetch_related("events") for event in one.events.all()]
    entries, before = [], {}
    for event in sorted(events, key=lambda one: one.pgh_id):
        old = before.get(event.code)
        before[event.code] = event
        if event.typed_numerator is not None and (
            old is None
            or (old.typed_numerator, old.typed_denominator, old.typed_reason)
            != (event.typed_numerator, event.typed_denominator, event.typed_reason)
        ):
            title = _("%(code)s: khai %(numerator)s/%(denominator)s") % {
                "code": event.code,
                "numerator": number(event.typed_numerator),
                "denominator": number(event.typed_denominator),
            }
            entry = {"at": event.typed_at, "actor": event.typed_by_name, "text": event.typed_reason, "tone": "warning"}
        elif old is not None and old.typed_numerator is not None and event.typed_numerator is None:
            title = _("%(code)s: bỏ số khai, dùng lại số máy tính") % {"code": event.code}
            entry = {"at": event.pgh_created_at, "actor": "", "text": "", "tone": "neutral"}
        elif old is None or old.list_hash != event.list_hash or old.denominator != event.denominator:
            title = _("%(code)s: máy tính %(numerator)s/%(denominator)s") % {
                "code": event.code,
                "numerator": number(event.numerator),
                "denominator": number(event.denominator),
            }
            entry = {"at": event.computed_at, "actor": "", "text": "", "tone": "info"}
        else:
            continue  # counted again with the same result
        entries.append({"title": title, "changes": [], **entry})
    return entries[::-1]


def _line(row: Registration, code: str) -> MeasureLine:
    line = next((one for one in lines_of(row, area_of(row)) if one.derived.code == code), None)
    if line is None:
        raise Http404
    return line


@require_POST
def measure_count(request, pk):
    """Count the shares of a dossier again and judge it by them."""
    row = registration_or_404(request, pk)
    try:
        count_again(actor=request.user, registration=row)
    except NotPermitted as error:
        raise PermissionDenied(error.message) from error
    messages.success(request, _("Đã tính lại các tỷ lệ và xét lại kết quả theo số mới."))
    return redirect("recognition:measure-list", row.pk)


@require_POST
def measure_count_place(request, place_pk):
    """Count the shares of every scored dossier of a ward again, before they are proposed."""
    place = place_or_404(request.user, place_pk, Level.COMMUNE)
    year, model = year_of(request), model_of(request)
    rulebook = rulebook_for(model, year, place.province)
    if rulebook is None:
        raise Http404
    try:
        counted, passed, failed = count_all_again(actor=request.user, rulebook=rulebook, place=place, year=year)
    except NotPermitted as error:
        raise PermissionDenied(error.message) from error
    messages.success(
        request,
        _("Đã tính lại tỷ lệ của %(counted)d hồ sơ: %(passed)d hồ sơ nay đạt, %(failed)d hồ sơ nay chưa đạt.")
        % {"counted": counted, "passed": passed, "failed": failed},
    )
    return redirect(f"{reverse('recognition:proposal-create', args=[place.pk])}?nam={year}&model={model}")


@require_http_methods(["GET", "HEAD", "POST"])
def measure_type(request, pk, code):
    """Type a share with a reason; the counted one stays beside it."""
    row = registration_or_404(request, pk)
    answer = may_change_measures(request.user, row)
    if not answer:
        raise PermissionDenied(answer.reason)
    line = _line(row, code)
    initial = {"numerator": line.share.numerator, "denominator": line.share.denominator} if line.share else {}
    whole = computing.denominator(line.derived.measure, computing.dossiers([row.pk])) if line.share is None else None
    initial |= {"denominator": whole} if whole is not None else {}
    form = TypedShareForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            if not counts_the_same(request, row, line.derived):
                raise VersionMoved
            type_share(actor=request.user, registration=row, code=code, **form.cleaned_data)
        except NotPermitted as error:  # submitted by somebody else meanwhile
            messages.error(request, error.message)
            return redirect("recognition:measure-list", row.pk)
        except RecognitionError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Đã lưu số khai cùng lý do và xét lại kết quả của hồ sơ."))
            return redirect("recognition:measure-list", row.pk)
    context = {"row": row, "line": line, "form": form}
    return render(request, "recognition/measure_type.html", context, status=422 if form.errors else 200)


@require_POST
def measure_take_back(request, pk, code):
    """Go back from typed numbers to the counted ones."""
    row = registration_or_404(request, pk)
    tell(request, _("Đã bỏ số khai; hồ sơ dùng lại số máy tính."), take_back_typed, registration=row, code=code)
    return redirect("recognition:measure-list", row.pk)


# --- The list behind a share


@dataclass
class MemberPage:
    """One page of a list, with what the pagination component reads."""

    rows: list
    page: int
    total: int
    path: str
    query: dict = field(default_factory=dict)
    page_links: tuple = ()

    @property
    def first_row(self) -> int:
        return (self.page - 1) * PAGE_SIZE + 1

    @property
    def last_row(self) -> int:
        return self.first_row + len(self.rows) - 1

    def _url(self, page: int) -> str:
        return f"{self.path}?{urlencode({**self.query, 'trang': page})}"

    @property
    def previous_url(self) -> str:
        return self._url(self.page - 1) if self.page > 1 else ""

    @property
    def next_url(self) -> str:
        return self._url(self.page + 1) if self.last_row < self.total else ""


def member_page(request, measure: str, subjects, *, within: str = "commune", query: dict | None = None) -> dict:
    """The asked page of a list with its tabs: everybody, those counted, those not."""
    counted = next(iter(computing.count(measure, subjects, within=within).values()), None)
    share, listed = (counted.share, counted.listed) if counted else (None, 0)
    recognised = share.numerator if share else 0
    only = request.GET.get("loc", "")
    only = only if only in (computing.COUNTED, computing.NOT_COUNTED) else computing.ALL
    asked = request.GET.get("trang", "1")
    page = min(max(int(asked), 1), LAST_PAGE) if asked.isdecimal() and len(asked) < 6 else 1
    totals = {
        computing.ALL: listed,
        computing.COUNTED: recognised,
        computing.NOT_COUNTED: listed - recognised,
    }
    rows = computing.members(
        request.user,
        measure,
        subjects,
        within=within,
        only=only,
        limit=PAGE_SIZE,
        offset=(page - 1) * PAGE_SIZE,
    )
    labels = {
        computing.ALL: _("Tất cả"),
        computing.COUNTED: _("Được công nhận"),
        computing.NOT_COUNTED: _("Chưa được công nhận"),
    }
    query = query or {}
    tabs = [
        {
            "label": f"{label} ({number(totals[key])})",
            "url": f"{request.path}?{urlencode({**query, **({'loc': key} if key else {})})}",
            "active": key == only,
        }
        for key, label in labels.items()
    ]
    for one in rows:
        one.__dict__["url"] = _member_url(one)
    reported = bool(share and share.denominator is not None and share.denominator != listed)
    return {
        "share": share,
        "noun": noun_of(measure),
        "tabs": tabs,
        "listing": MemberPage(rows, page, totals[only], request.path, {**query, **({"loc": only} if only else {})}),
        "reported": reported,
    }


def _member_url(one) -> str:
    if one.dossier_id:
        return reverse("recognition:registration-detail", args=[one.dossier_id])
    if one.registrant_id and one.name and one.kind:
        return reverse(f"units:{one.kind.lower()}-detail", args=[one.registrant_id])
    return ""


@require_safe
def measure_members(request, pk, code):
    """The list a share of a dossier counts, as the records stand now."""
    row = registration_or_404(request, pk)
    derived = next((one for one in row.rulebook.spec.derived if one.code == code), None)
    if derived is None:
        raise Http404
    context = member_page(request, derived.measure, computing.dossiers([row.pk]), within=derived.within)
    context |= {
        "title": derived.title,
        "place": row.place,
        "lead": _("%(name)s, năm %(year)s") % {"name": row.registrant.name, "year": row.year},
        "back_url": reverse("recognition:measure-list", args=[row.pk]),
        "back_label": _("Các tỷ lệ của hồ sơ"),
        "derived": derived,
        "affiliations_url": reverse("recognition:affiliations", args=[row.registrant_id])
        if row.model == LearningModel.UNIT
        else "",
    }
    return render(request, "recognition/measure_members.html", context)

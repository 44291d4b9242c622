"""Review meetings: what waits, recording one with its families, reading and printing its minutes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from portal.lib.text import fold
from recognition.choices import HAMLET_MODELS, Action, Attending, LearningModel, Stage, State
from recognition.domain.assessing import EntriesRefused, Entry, hold_meeting
from recognition.domain.correcting_minutes import FIELDS, MinutesChanged, correct_minutes, may_correct
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.kept_lists import is_kept, left_since, minutes_list, with_counts
from recognition.domain.measures.freezing import answers_kept
from recognition.domain.rulebooks import rulebook_for
from recognition.domain.tallies import children_figures, figures_for
from recognition.forms.assessing import condition_columns
from recognition.forms.meetings import CorrectionForm, MeetingForm, meeting_lines
from recognition.models import Assessment, MeetingCorrection, Registration, ReviewMeeting, Rulebook
from recognition.papers import minutes_paper
from recognition.rules import acting_scope
from recognition.scoring import ScoreError, from_half_points
from recognition.views.assessments import area_of
from recognition.views.paper_files import paper_response
from recognition.views.scope import WITH_NAMES, model_of, own_places, own_tabs, place_or_404, year_of
from recognition.views.versions import (
    drawn_by,
    gone,
    left_behind,
    rows_of,
    told_behind,
    version_instead,
    version_of,
    version_tabs,
)
from units.choices import Level

AS_BEFORE = "theo"  # in an address: fill the minutes in as those of this meeting
# These may also stand in no hamlet: then a meeting of the ward reviews them.
OF_WARD = tuple(model for model in HAMLET_MODELS if model != LearningModel.FAMILY)


@require_safe
def meeting_list(request):
    """Meetings of the year and model, and places whose dossiers wait for one."""
    year, model = year_of(request), model_of(request)
    places = own_places(request.user, *WITH_NAMES)
    asked = request.GET.get("place")
    place = place_or_404(request.user, asked, *WITH_NAMES) if asked else (places[0] if places else None)
    meetings = ReviewMeeting.objects.visible_to(request.user).filter(year=year, model=model)
    if place is not None:
        inside = Q(place=place) | Q(place__commune=place) if place.level == Level.COMMUNE else Q(place=place)
        meetings = meetings.filter(inside)
    meetings = with_counts(meetings.select_related("place"))
    context = {
        "place": place,
        "year": year,
        "meetings": meetings.order_by("-held_on", "-pk")[:200],
        "model": model,
        "waiting": _waiting(request.user, place, year, model),
        "model_tabs": [
            {"label": one.label, "url": _list_url(place, year, one), "active": one == model} for one in HAMLET_MODELS
        ],
        "tabs": own_tabs(
            request.user,
            place,
            lambda one: _list_url(one, year, model),
            *WITH_NAMES,
        ),
    }
    return render(request, "recognition/meeting_list.html", context)


def _list_url(place, year, model) -> str:
    where = f"&place={place.pk}" if place else ""
    return f"{reverse('recognition:meeting-list')}?nam={year}&model={model}{where}"


def _waiting(user, place, year, model) -> list[dict]:
    """Places with self-scored dossiers, from the tallies; a link only for somebody who may record the meeting."""
    if place is None:
        return []
    rulebook = rulebook_for(model, year, place.province)
    may_record = rulebook is not None and acting_scope(user, rulebook, Action.REVIEW, year).covers(place)
    if place.level == Level.HAMLET:
        found = [(place, figures_for(place, year, model))]
    else:
        found = [(row.place, row.figures) for row in children_figures(place, year, model)]
        if model in OF_WARD:
            found.insert(0, (place, figures_for(place, year, model)))

    def address(one) -> str:
        return f"{reverse('recognition:meeting-create', args=[one.pk])}?nam={year}&model={model}"

    return [
        {"place": one, "count": figures.at_self_assessed, "url": address(one) if may_record else ""}
        for one, figures in found
        if figures.at_self_assessed
    ]


@dataclass(frozen=True)
class ToReview:
    """The dossiers a meeting is held on, all of one version of the rules, and what the page says of the others.

    `gone`: nothing of what the page was drawn with has its rules any more; `behind`: what stands elsewhere now.
    """

    rulebook: Rulebook | None
    rows: list[Registration]
    behind: list[Registration]
    tabs: list
    gone: bool


@require_http_methods(["GET", "HEAD", "POST"])
def meeting_create(request, place_pk):
    """Record a meeting: minutes data above, the families of the hamlet below."""
    model = model_of(request)
    levels = WITH_NAMES if model in OF_WARD else (Level.HAMLET,)
    place = place_or_404(request.user, place_pk, *levels)
    year = year_of(request)
    listed = _to_review(request, place, year, model)
    rows, rulebook = listed.rows, listed.rulebook or rulebook_for(model, year, place.province)
    if rulebook is None or not acting_scope(request.user, rulebook, Action.REVIEW, year).covers(place):
        raise PermissionDenied(_("Bạn không được phân công ghi biên bản họp của %(place)s.") % {"place": place.name})
    instance = ReviewMeeting(place=place, model=model, year=year)
    before = _meeting_before(request, place)
    initial = MeetingForm.initial_of(before) if before and request.GET.get(AS_BEFORE) == str(before.pk) else None
    form = MeetingForm(
        request.POST if request.method == "POST" else None, instance=instance, place=place, year=year, initial=initial
    )
    columns = condition_columns(rulebook.spec)
    lines = meeting_lines(
        rows,
        _typed(request, rulebook) if request.method == "POST" else None,
        columns=columns,
        kept=answers_kept([row.pk for row in rows], {row.pk: rulebook.spec for row in rows}),
    )
    context = {
        "place": place,
        "year": year,
        "form": form,
        "lines": lines,
        "columns": columns,
        "spec": rulebook.spec,
        "rulebook": rulebook,
        "version_tabs": listed.tabs,
        "pass_mark": rulebook.spec.pass_mark((place.commune or place).area_class),
        "model": model,
        "is_family": model == LearningModel.FAMILY,
        "before": before if initial is None else None,
        "before_url": f"?nam={year}&model={model}&{AS_BEFORE}={before.pk}" if before else "",
        "behind": told_behind(
            request,
            [row for row in listed.behind if f"x-{row.pk}" in request.POST],
            [_("Điểm thống nhất"), _("Đồng ý"), _("Không đồng ý")],
            ["d-{pk}", "y-{pk}", "n-{pk}"],
        ),
    }
    if listed.gone:  # what was typed stays on the page, to be looked at again under the other rules
        messages.error(request, gone())
    elif context["behind"]:
        # One meeting is of one version: whoever records it looks at what is left of the list before saving it.
        messages.error(request, _("Biên bản chưa lưu. Hãy xem lại danh sách còn lại rồi lưu."))
    elif request.method == "POST":
        done = _record(request, form, lines, rulebook)
        if done is not None:
            return redirect("recognition:meeting-detail", done.pk)
        context["wrong"] = sum(bool(line.error) for line in lines)
    moved = listed.gone or context["behind"]
    status = 409 if moved else 422 if request.method == "POST" else 200
    return render(request, "recognition/meeting_create.html", context, status=status)


def _to_review(request, place, year, model) -> ToReview:
    """What waits for a meeting of the place, by the version the page is drawn with."""
    found = list(
        Registration.objects.visible_to(request.user)
        .within(place)
        .filter(year=year, model=model, state=State.SELF_ASSESSED)
        .select_related("registrant__household", "commune")
        .order_by("registrant__sort_key", "pk")
    )
    rulebook = version_of(request, found)
    gone_from_here = bool(found) and rulebook is None
    if gone_from_here:
        rulebook = version_instead(request, found)
    return ToReview(
        rulebook=rulebook,
        rows=rows_of(rulebook, found),
        behind=left_behind(request, found, rulebook) if rulebook and not gone_from_here else [],
        tabs=version_tabs(request, found, rulebook) if rulebook else [],
        gone=gone_from_here,
    )


def _meeting_before(request, place) -> ReviewMeeting | None:
    """The last meeting held there, whose people mostly come again."""
    return ReviewMeeting.objects.visible_to(request.user).filter(place=place).order_by("-held_on", "-pk").first()


def _typed(request, rulebook) -> dict:
    """What was posted; without the answers to declared conditions, which are named by position, where those differ."""
    drawn = Rulebook.objects.filter(pk=drawn_by(request)).first()
    if drawn is None or drawn.spec.conditions == rulebook.spec.conditions:
        return request.POST
    return {name: value for name, value in request.POST.items() if not name.startswith("k-")}


def _record(request, form, lines, rulebook) -> ReviewMeeting | None:
    """The saved meeting, or None with the errors beside what was typed."""
    valid = form.is_valid()
    present = form.cleaned_data.get("present")
    spec, entries = rulebook.spec, []
    chosen = [line for line in lines if line.chosen]
    sheets = {
        one.registration_id: one
        for one in Assessment.objects.filter(registration__in=[line.pk for line in chosen], stage=Stage.SELF)
    }
    for line in chosen:
        kept = sheets.get(line.pk)
        own_sheet = kept is not None and bool(kept.scores)
        found = line.read(spec, area_of(line.registration), present, own_sheet=own_sheet)
        if found is None:
            continue
        shown = request.POST.get(f"shown-{line.pk}", "")[:40]
        total = found.pop("total")
        scores, na = _same_sheet(spec, kept, total)
        sheet = {"scores": scores, "na": na} if scores else {"total": total}
        entries.append(Entry(line.pk, shown, **sheet, **found))
    if not lines:  # somebody was faster; what was typed stays on the page
        form.add_error(
            None,
            _(
                "Không còn hồ sơ nào chờ bình xét: có người vừa ghi kết quả các hồ sơ này ở một biên bản khác. "
                "Hãy xem danh sách các cuộc họp trước khi ghi thêm."
            ),
        )
    elif not chosen:
        form.add_error(None, _("Hãy chọn ít nhất một hồ sơ đã xét tại cuộc họp."))
    if not valid or not chosen or any(line.error for line in lines):
        return None
    try:
        outcome = hold_meeting(actor=request.user, meeting=form.instance, entries=entries, attendees=form.attendees())
    except EntriesRefused as error:
        for line in chosen:
            line.error = " ".join(error.faults.get(line.pk, {}).values())
        return None
    except NotPermitted as error:
        raise PermissionDenied(error.message) from error
    except ValidationError as error:
        form.add_error(None, error)
        return None
    except RecognitionError as error:
        form.add_error(None, error.message)
        return None
    messages.success(
        request,
        ngettext("Đã lưu biên bản với %d hồ sơ.", "Đã lưu biên bản với %d hồ sơ.", len(outcome.done))
        % len(outcome.done),
    )
    for _pk, text in outcome.skipped[:5]:
        messages.warning(request, text)
    return form.instance


def _same_sheet(spec, kept, total):
    """When the meeting keeps the family's own total, it keeps its criteria too; otherwise only the total is agreed."""
    if kept is None or not kept.scores or Decimal(kept.total_half) / 2 != total:
        return None, frozenset()
    try:
        scores, na = from_half_points(spec, kept.scores)
    except ScoreError:
        return None, frozenset()
    return scores, frozenset(na)


def _meeting(request, pk) -> ReviewMeeting:
    rows = ReviewMeeting.objects.visible_to(request.user).select_related(
        "place__province", "place__district", "place__commune"
    )
    return get_object_or_404(rows, pk=pk)


@require_safe
def meeting_detail(request, pk):
    """One meeting: minutes data and the agreed result of every family."""
    meeting = _meeting(request, pk)
    results, attendees = minutes_list(meeting), list(meeting.attendees.all())
    lists = [
        {"title": standing.label, "people": [one for one in attendees if one.standing == standing]}
        for standing in Attending
    ]
    context = {
        "meeting": meeting,
        "attendance": [one for one in lists if one["people"]],
        "results": results,
        "proposed": [one for one in results if one.passed],
        "not_proposed": [one for one in results if not one.passed],
        "list_kept": is_kept(meeting),
        "left": {row.pk for row in left_since(results, Registration.objects.all(), meeting=meeting)},
        "corrections": list(meeting.corrections.all()),
        "may_correct": may_correct(request.user, meeting, results),
    }
    return render(request, "recognition/meeting_detail.html", context)


@require_safe
def meeting_minutes(request, pk):
    """The minutes as they are printed and signed: a page, or a file (?tep=docx, ?tep=pdf)."""
    meeting = _meeting(request, pk)
    paper = minutes_paper(
        meeting, minutes_list(meeting), list(meeting.attendees.all()), list(meeting.corrections.all())
    )
    if request.GET.get("tep"):
        name = f"bien-ban-binh-xet-{fold(meeting.place.name).replace(' ', '-')}-{meeting.held_on:%Y-%m-%d}"
        return paper_response(request, paper, name=name)
    context = {"meeting": meeting, "paper": paper, "list_kept": is_kept(meeting)}
    return render(request, "recognition/meeting_minutes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def meeting_correct(request, pk):
    """Correct saved minutes: who came, where, when, what was said. What the meeting agreed on stays."""
    seen = MeetingCorrection.objects.filter(meeting=pk).count()  # before what they changed is read
    meeting = _meeting(request, pk)
    allowed = may_correct(request.user, meeting, minutes_list(meeting))
    if not allowed:
        raise PermissionDenied(allowed.reason)
    form = CorrectionForm(request.POST or None, instance=meeting, place=meeting.place, year=meeting.year)
    seen, told = _count(request, "seen", seen), _count(request, "told", 0)
    if request.method == "POST" and form.is_valid():
        try:
            done = correct_minutes(
                actor=request.user,
                meeting=meeting,
                reason=form.cleaned_data["reason"],
                values={name: form.cleaned_data[name] for name in FIELDS},
                attendees=form.attendees(),
                seen=seen,
                told=told,
            )
        except NotPermitted as error:
            raise PermissionDenied(error.message) from error
        except ValidationError as error:
            form.add_error(None, error)
        except RecognitionError as error:
            form.add_error(None, error.message)
            if isinstance(error, MinutesChanged):  # saved once more, it is meant
                told = error.told
        else:
            if done is None:
                messages.info(request, _("Không có gì thay đổi."))
            else:
                messages.success(request, _("Đã sửa biên bản; lý do và nội dung cũ được giữ lại."))
            return redirect("recognition:meeting-detail", pk)
    saved = ReviewMeeting.objects.select_related("place").get(pk=pk)
    context = {"meeting": saved, "form": form, "seen": seen, "told": told}
    return render(request, "recognition/meeting_correct.html", context, status=422 if form.errors else 200)


def _count(request, name: str, default: int) -> int:
    """A number of corrections as the page sent it."""
    sent = request.POST.get(name, "")
    return int(sent) if sent.isdecimal() and len(sent) < 9 else default

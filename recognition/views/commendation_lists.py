"""Lists of commendation: choose, add by name, send, return, decide, papers."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.lib.listing import Listing
from recognition.domain.association import officers_of
from recognition.domain.errors import RecognitionError, RowsRefused
from recognition.domain.honours import deciding, lists
from recognition.domain.honours.forms import authority_of, forms_for, may_decide, may_keep_lists
from recognition.forms.honours import (
    ByNameListForm,
    CommendationDecisionForm,
    NameForm,
    RollFilterForm,
    SignatureForm,
)
from recognition.honour_choices import (
    COMMENDATION_TONE,
    LIST_TONE,
    CommendationState,
    ListState,
)
from recognition.models import CommendationList
from recognition.papers.commendations import list_paper
from recognition.views.commendation_candidates import LEVELS
from recognition.views.outcome import tell
from recognition.views.paper_files import paper_response
from recognition.views.printing import SHOWN_BATCHES, batches_of
from recognition.views.scope import own_places, place_or_404, year_of

form_methods = require_http_methods(["GET", "HEAD", "POST"])
SHOWN_REFUSALS = 200


@require_safe
def commendation_rolls(request):
    """Lists of the person's places and those sent to them."""
    rows = CommendationList.objects.visible_to(request.user).select_related("form", "place", "to_place", "decision")
    listing = Listing(
        request,
        rows,
        form_class=RollFilterForm,
        apply=lambda query, data: query.filter(state=data["state"]) if data.get("state") else query,
    )
    context = {
        "listing": listing,
        "rows": [(one, LIST_TONE[one.state], may_decide(request.user, one.form, one.to_place)) for one in listing.rows],
        "own": [place for place in own_places(request.user, *LEVELS) if may_keep_lists(request.user, place)],
    }
    return render(request, "recognition/commendation_rolls.html", context)


@form_methods
def commendation_create(request, place_pk):
    """A list whose names are typed: branches, committees, officers."""
    place = place_or_404(request.user, place_pk, *LEVELS)
    if not may_keep_lists(request.user, place):
        raise PermissionDenied(_("Bạn không được phân công lập danh sách khen của %(place)s.") % {"place": place.name})
    year = year_of(request)
    form = ByNameListForm(
        request.POST or None, forms_of_place=forms_for(place), initial={"year_from": year, "year_to": year}
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            roll = lists.create_list(
                actor=request.user,
                place=place,
                draft=form.draft(year_from=data["year_from"], year_to=data["year_to"]),
            )
        except RecognitionError as error:
            form.add_error(None, error.message)
        else:
            return redirect("recognition:commendation-roll", roll.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "recognition/commendation_create.html", {"place": place, "form": form}, status=status)


def _roll(request, pk) -> CommendationList:
    rows = CommendationList.objects.visible_to(request.user).select_related(
        "form", "place__province", "place__district", "place__commune", "place__parent", "to_place", "decision"
    )
    return get_object_or_404(rows, pk=pk)


@require_safe
def commendation_roll(request, pk):
    """One list: its names, what can be done with it."""
    return _roll_page(request, _roll(request, pk))


def _roll_page(request, roll: CommendationList, *, name_form=None, sign_form=None, status: int = 200):
    keeper = may_keep_lists(request.user, roll.place) and roll.is_open
    listing = Listing(
        request,
        roll.items.select_related("registrant", "hamlet", "commune", "district", "province").order_by("honouree", "pk"),
        total=roll.items.count(),
        page_size=200,
    )
    lost = deciding.lost_years(roll, listing.rows) if roll.state != ListState.DECIDED else {}
    sent = roll.state == ListState.SENT
    decider = sent and may_decide(request.user, roll.form, roll.to_place)
    outside = sent and may_keep_lists(request.user, roll.place) and deciding.stands_alone(roll)
    decision = getattr(roll, "decision", None)
    criterion = lists.criterion_of(roll)
    initial = {"signer": request.user.full_name}
    context = {
        "roll": roll,
        "decision": decision,
        "batches": batches_of(deciding.printable(decision).count()) if decision and decision.number else [],
        "prints": decision.prints.batches()[:SHOWN_BATCHES] if decision else [],
        "tone": LIST_TONE[roll.state],
        "authority": authority_of(roll.form, roll.to_place),
        "listing": listing,
        "rows": [
            {"item": one, "tone": COMMENDATION_TONE[one.state], "lost": lost.get(one.pk, [])} for one in listing.rows
        ],
        "lost": len(lost),
        "facts": [
            (_("Hình thức khen"), roll.form.name),
            (_("Cơ quan khen"), authority_of(roll.form, roll.to_place)),
            (_("Dịp khen"), f"{roll.get_occasion_display()}, {roll.years}"),
            (_("Nội dung khen"), roll.title),
            (_("Tiêu chuẩn"), criterion.words() if criterion else _("Chọn theo tên")),
            (_("Căn cứ"), roll.form.legal_basis),
            (_("Tờ trình"), f"{roll}, {roll.signed_on:%d/%m/%Y}" if roll.number else ""),
            (_("Người lập"), roll.created_by_name),
            (_("Quyết định"), f"{decision}, {decision.signed_on:%d/%m/%Y}" if decision else ""),
        ],
        "keeper": keeper,
        "decider": decider,
        "outside": outside,
        "more_url": _more_url(roll) if keeper and criterion else "",
        "name_form": name_form or (NameForm(officers=officers_of(roll.place)) if keeper else None),
        "sign_form": sign_form or (SignatureForm(initial=initial) if keeper and listing.total else None),
    }
    return render(request, "recognition/commendation_roll.html", context, status=status)


def _more_url(roll: CommendationList) -> str:
    criterion = lists.criterion_of(roll)
    url = reverse("recognition:commendation-candidates", args=[roll.place_id])
    return (
        f"{url}?model={criterion.model}&rule={criterion.rule}&k={criterion.k}"
        f"&first={criterion.first}&last={criterion.last}&short=on"
    )


@require_POST
def commendation_add(request, pk):
    """Put somebody on the list by name."""
    roll = _roll(request, pk)
    form = NameForm(request.POST, officers=officers_of(roll.place))
    if not may_keep_lists(request.user, roll.place):
        raise PermissionDenied(_("Bạn không được phân công lập danh sách khen của %(place)s.") % {"place": roll.place})
    if form.is_valid():
        data = form.cleaned_data
        try:
            item = lists.add_name(
                actor=request.user,
                roll=roll,
                honouree=data["honouree"],
                name=data["name"],
                position=data["position"],
                achievement=data["achievement"],
                user=data["officer"],
            )
        except RecognitionError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Đã thêm %(name)s.") % {"name": item.name})
            return redirect("recognition:commendation-roll", roll.pk)
    return _roll_page(request, roll, name_form=form, status=422)


def _act(request, roll, verb, done: str, **options):
    """One verb on a list, its refusal as a message, back to the list."""
    tell(request, done, verb, roll=roll, **options)
    return redirect("recognition:commendation-roll", roll.pk)


@require_POST
def commendation_remove(request, pk):
    """Take ticked names off a list that is being written."""
    ids = [int(pk) for pk in request.POST.getlist("item")[:5000] if pk.isdecimal() and len(pk) < 19]
    return _act(request, _roll(request, pk), lists.remove_items, _("Đã bỏ ra khỏi danh sách."), ids=ids)


@require_POST
def commendation_send(request, pk):
    """Send the list to the giving body."""
    roll = _roll(request, pk)
    form = SignatureForm(request.POST)
    if not form.is_valid() and may_keep_lists(request.user, roll.place):
        return _roll_page(request, roll, sign_form=form, status=422)
    return _act(request, roll, lists.send, _("Đã trình danh sách."), **form.cleaned_data)


@require_POST
def commendation_return(request, pk):
    """The giving body sends the list back."""
    note = request.POST.get("note", "")
    return _act(request, _roll(request, pk), deciding.send_back, _("Đã trả lại danh sách."), note=note)


@form_methods
def commendation_decide(request, pk):
    """Answer a sent list: give or decline each name, one numbered decision; or write down the decision received."""
    roll = _roll(request, pk)
    outside = deciding.stands_alone(roll)
    allowed = (
        may_keep_lists(request.user, roll.place) if outside else may_decide(request.user, roll.form, roll.to_place)
    )
    if not allowed:
        raise PermissionDenied
    if roll.state != ListState.SENT:
        messages.error(request, _("Danh sách này không chờ quyết định."))
        return redirect("recognition:commendation-roll", roll.pk)
    items = list(roll.items.select_related("hamlet", "commune", "district", "province").order_by("honouree", "pk"))
    initial = {
        "grounds": "\n".join(deciding.standard_grounds(roll)),
        "signer": "" if outside else request.user.full_name,
    }
    form = CommendationDecisionForm(request.POST or None, received=outside, initial=initial)
    decline = _declined(request, items)
    skipped: list = []
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        paper = deciding.DecisionPaper(
            data["signed_on"], data["signer"], data["signer_title"], data["grounds"], data.get("number")
        )
        shown = {int(pk) for pk in request.POST.getlist("item")[:5000] if pk.isdecimal() and len(pk) < 19}
        options = {"actor": request.user, "roll": roll, "give": shown - set(decline), "decline": decline}
        try:
            if outside:
                decision = deciding.record_received(**options, paper=paper, received=data["received"])
            else:
                decision = deciding.decide(**options, paper=paper)
        except RecognitionError as error:
            form.add_error(None, error.message)
            skipped = error.skipped if isinstance(error, RowsRefused) else []
        else:
            messages.success(request, _("Đã ghi quyết định %(number)s.") % {"number": decision})
            return redirect("recognition:commendation-roll", roll.pk)
    lost = deciding.lost_years(roll, items)
    names = {one.pk: one.name for one in items}
    context = {
        "roll": roll,
        "outside": outside,
        "authority": authority_of(roll.form, roll.to_place),
        "form": form,
        "rows": [
            {"item": one, "declined": one.pk in decline, "reason": decline.get(one.pk, ""), "lost": lost.get(one.pk)}
            for one in items
        ],
        "skipped": [(names.get(pk, "–"), text) for pk, text in skipped[:SHOWN_REFUSALS]],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "recognition/commendation_decide.html", context, status=status)


def _declined(request, items) -> dict[int, str]:
    """Item id → reason, of the rows that say "not given"."""
    posted = request.POST
    return {
        one.pk: posted.get(f"reason-{one.pk}", "")[:500]
        for one in items
        if posted.get(f"choice-{one.pk}") == CommendationState.DECLINED
    }


@require_safe
def commendation_roll_paper(request, pk):
    """The letter with its list as PDF, or as DOCX (?tep=docx)."""
    roll = _roll(request, pk)
    proposed = roll.items.filter(replaces=None)  # a paper given later in place of another is not on the letter
    items = proposed.select_related("hamlet", "commune", "district", "province").order_by("honouree", "pk")
    return paper_response(request, list_paper(roll, list(items)), name=f"de-nghi-khen-{roll.pk}")

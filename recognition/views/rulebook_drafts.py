"""Writing rules on screen: drafts, their parts, putting them into use, ending a rulebook. One small form a page."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from recognition.choices import DraftState
from recognition.domain import rulebook_drafts as verbs
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.forms import rulebook_parts as parts
from recognition.forms.rulebook_drafts import CopyForm, EndForm
from recognition.models import Registration, Rulebook, RulebookDraft
from recognition.rule_keeping import (
    acts_alone,
    may_activate,
    may_keep_rulebooks,
    may_write_rulebook,
    other_keepers,
    rulebook_scope,
)
from recognition.rulebook_compare import compare, counts, criteria_of
from recognition.rulebook_edit import (
    DOWN,
    REMOVE,
    UP,
    find_criterion,
    find_step,
)
from recognition.rulebook_words import field_label, shown
from units.choices import Level, Role
from units.models import Place


def keeper_or_403(user):
    """Only people who keep rules come here."""
    if not may_keep_rulebooks(user):
        raise PermissionDenied(_("Chỉ quản trị, lãnh đạo Trung ương Hội và lãnh đạo cấp tỉnh soạn bộ tiêu chí."))


def draft_or_404(request, pk) -> RulebookDraft:
    """A draft the person may keep; 403 for who keeps no rules, 404 for a draft of others."""
    keeper_or_403(request.user)
    drafts = RulebookDraft.objects.visible_to(request.user).select_related("province", "base", "activated")
    return get_object_or_404(drafts, pk=pk)


def place_choices(user) -> dict:
    """Arguments of CopyForm: provinces the person keeps rules for, and whether for the whole country."""
    scope = rulebook_scope(user)
    provinces = Place.objects.current().filter(level=Level.PROVINCE).filter(scope.q(own=True)).order_by("sort_key")
    return {"provinces": provinces, "nation": scope.everything}


@require_safe
def draft_list(request):
    """Drafts the person may see: those being written first, then what became of the others."""
    keeper_or_403(request.user)
    rows = list(
        RulebookDraft.objects.visible_to(request.user).defer("content").select_related("province", "activated")[:200]
    )
    groups = [
        {"title": state.label, "state": state, "drafts": [row for row in rows if row.state == state]}
        for state in DraftState
    ]
    return render(request, "recognition/rulebook_drafts.html", {"groups": groups, "count": len(rows)})


@require_http_methods(["GET", "HEAD", "POST"])
def rulebook_copy(request, pk):
    """Ask for whom, then make a draft."""
    rulebook = get_object_or_404(Rulebook, pk=pk)
    keeper_or_403(request.user)
    form = CopyForm(request.POST or None, **place_choices(request.user))
    if request.method == "POST" and form.is_valid():
        try:
            draft = verbs.copy_rulebook(actor=request.user, rulebook=rulebook, province=form.cleaned_data["province"])
        except NotPermitted as error:
            raise PermissionDenied(error.message) from None
        except RecognitionError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Đã sao chép. Hãy sửa từng phần; mỗi lần lưu được giữ lại ngay."))
            return redirect("recognition:rulebook-draft", draft.pk)
    context = {"rulebook": rulebook, "form": form}
    return render(request, "recognition/rulebook_copy.html", context, status=422 if form.errors else 200)


@require_safe
def draft_detail(request, pk):
    """The whole draft: what is still wrong, every part with its link, history, putting into use."""
    return _draft_page(request, draft_or_404(request, pk), parts.ReasonForm())


def _draft_page(request, draft, reason):
    """The page of a draft; `reason`: why somebody acts alone, as typed when putting into use was refused."""
    content, is_open = draft.content, draft.state == DraftState.OPEN
    found = verbs.findings(draft) if is_open else []
    before = draft.base.content if draft.base else {}
    context = {
        "draft": draft,
        "is_open": is_open,
        "content": content,
        "findings": [_finding_row(draft, one) for one in found],
        "may_activate": may_activate(request.user, draft),
        "others": other_keepers(draft) if is_open and not found else [],
        "alone": is_open and not found and acts_alone(request.user, draft),
        "reason": reason,
        "criteria": _criteria_rows(draft),
        "by_levels": content.get("evaluation") == "levels",
        "total": _total(content),
        "steps": [
            {
                "name": step.get("step", ""),
                "label": shown(step.get("step"), "step"),
                "roles": "; ".join(str(Role(role).label) for role in step.get("roles", ()) if role in Role.values),
                "deadline": _deadline(step),
            }
            for step in content.get("procedure") or ()
        ],
        "pages": [{"page": page, "text": _page_text(content, page)} for page in parts.PAGES],
        "counts": counts(compare(before, content)) if draft.base else None,
        "history": [
            {"title": event.last_change, "at": event.pgh_created_at, "actor": event.changed_by_name}
            for event in draft.events.order_by("-pgh_id")[:100]
        ],
        "up": UP,
        "down": DOWN,
        "remove": REMOVE,
    }
    return render(request, "recognition/rulebook_draft.html", context, status=422 if reason.errors else 200)


def _finding_row(draft, finding) -> dict:
    """Where it is in words, the sentence, and the page to put it right."""
    path = finding.path
    key = path[0] if path else ""
    page = parts.page_of(key)
    url, where = reverse("recognition:rulebook-draft", args=[draft.pk]), [str(page.title)] if page else []
    if key == "criteria":
        code = next((one for one in path[1:] if find_criterion(draft.content, one)), "")
        where = [_("Tiêu chí %(code)s") % {"code": code}] if code else [_("Tiêu chí")]
        if code:
            url = reverse("recognition:rulebook-draft-criterion", args=[draft.pk, code])
        path = path[path.index(code) :] if code else path
    elif key == "procedure":
        where = [_("Quy trình")]
        if len(path) > 1 and find_step(draft.content, path[1]):
            where.append(shown(path[1], "step"))
            url = reverse("recognition:rulebook-draft-step", args=[draft.pk, path[1]])
            path = path[1:]
    elif page:
        url = reverse("recognition:rulebook-draft-part", args=[draft.pk, page.slug])
        path = path if len(path) > 1 else (key, key)
    where += [field_label(one) for one in path[1:] if one not in ("children", key)]
    return {"where": " › ".join(dict.fromkeys(where)), "sentence": finding.sentence, "url": url}


def _criteria_rows(draft) -> list[dict]:
    rows = []
    for parent, item in criteria_of(draft.content):
        fact = item.get("title_fact") if isinstance(item.get("title_fact"), dict) else {}
        children = [child for child in item.get("children") or () if isinstance(child, dict)]
        below = sum(child.get("max") or 0 for child in children)
        rows.append(
            {
                "code": str(item.get("code", "")),
                "item": item,
                "depth": 1 if parent else 0,
                "is_group": bool(children),
                "max": shown(item.get("max")),
                "below": shown(below) if children and below != item.get("max") else "",
                "levels": shown(item.get("levels")),
                "mark": fact.get("mark", ""),
            }
        )
    return rows


def _total(content) -> str:
    tops = [item.get("max") or 0 for parent, item in criteria_of(content) if not parent]
    return shown(sum(tops)) or "0"


def _deadline(step) -> str:
    deadline = step.get("deadline")
    if not isinstance(deadline, dict):
        return ""
    later = deadline.get("year_offset") or 0
    words = [_("của năm đánh giá"), _("của năm sau"), _("của hai năm sau")]
    return f"{deadline.get('day')}/{deadline.get('month')} {words[min(later, 2)]}"


def _page_text(content, page) -> str:
    """A few words about what a part holds."""
    if page.slug == "thong-tin":
        last = content.get("valid_to_year")
        first = content.get("valid_from_year")
        return f"{first}–{last}" if last else _("từ %(year)s") % {"year": first}
    found = [content.get(key) for key in page.keys if content.get(key)]
    if page.slug in ("muc-dat", "hieu-luc"):
        numbers = []
        for one in (part for part in found if isinstance(part, dict)):
            numbers += [shown(part["value"], "value") for part in [one, *_dicts(one)] if part.get("value")]
            if one.get("years"):
                numbers.append(_("%(years)s năm") % {"years": one["years"]})
        return "; ".join(numbers)
    sizes = [len(one) for one in found if isinstance(one, (list, dict))]
    return _("%(count)d mục") % {"count": sum(sizes)} if sizes else ""


def _dicts(value) -> list[dict]:
    return [one for one in value.values() if isinstance(one, dict) and "mark" not in one]


# --- Putting into use, taking back, ending


def _act(request, verb, **arguments):
    """Run a verb; None and a message when it refuses."""
    try:
        return verb(actor=request.user, **arguments)
    except NotPermitted as error:
        raise PermissionDenied(error.message) from None
    except RecognitionError as error:
        messages.error(request, error.message)
        return None


def _revision(request) -> int:
    form = parts.RevisionForm(request.POST)
    return form.cleaned_data["revision"] if form.is_valid() else 0


@require_POST
def draft_activate(request, pk):
    """Put a clean draft into use; a refusal stands beside the reason that was typed."""
    draft = draft_or_404(request, pk)
    form = parts.ReasonForm(request.POST)
    if not form.is_valid():
        return _draft_page(request, draft, form)
    try:
        made = verbs.activate_draft(
            actor=request.user, draft=draft, revision=_revision(request), reason=form.cleaned_data["reason"]
        )
    except NotPermitted as error:
        raise PermissionDenied(error.message) from None
    except RecognitionError as error:
        draft.refresh_from_db()
        form.add_error("reason", error.message)
        return _draft_page(request, draft, form)
    messages.success(
        request,
        _("Đã đưa vào dùng: %(code)s, phiên bản %(version)d. Hồ sơ đăng ký từ bây giờ theo bộ này.")
        % {"code": made.code, "version": made.version},
    )
    return redirect("recognition:rulebook-detail", made.pk)


@require_POST
def draft_offer(request, pk):
    """Ask those who may to put the draft into use."""
    draft = draft_or_404(request, pk)
    asked = _act(request, verbs.offer_draft, draft=draft, revision=_revision(request))
    if asked:
        names = ", ".join(one.full_name for one in asked)
        messages.success(request, _("Đã đề nghị và nhắc việc: %(names)s.") % {"names": names})
    return redirect("recognition:rulebook-draft", draft.pk)


@require_POST
def draft_discard(request, pk):
    """Close a draft nobody needs."""
    draft = draft_or_404(request, pk)
    before = draft.state
    _act(request, verbs.discard_draft, draft=draft, revision=_revision(request))
    draft.refresh_from_db()
    if draft.state != before:
        messages.success(request, _("Đã bỏ dự thảo; nội dung và lịch sử vẫn xem được."))
        return redirect("recognition:rulebook-drafts")
    return redirect("recognition:rulebook-draft", draft.pk)


@require_POST
def rulebook_reopen(request, pk):
    """Write on in a rulebook nobody has registered under."""
    rulebook = get_object_or_404(Rulebook, pk=pk)
    keeper_or_403(request.user)
    draft = _act(request, verbs.reopen_rulebook, rulebook=rulebook)
    return redirect("recognition:rulebook-draft", draft.pk) if draft else redirect("recognition:rulebook-detail", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def rulebook_end(request, pk):
    """Name the last year of a rulebook in use."""
    rulebook = get_object_or_404(Rulebook, pk=pk)
    keeper_or_403(request.user)
    answer = may_write_rulebook(request.user, verbs.province_of(rulebook))
    if not answer:
        raise PermissionDenied(answer.reason)
    form = EndForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            verbs.end_rulebook(actor=request.user, rulebook=rulebook, year=form.cleaned_data["year"])
        except RecognitionError as error:
            form.add_error("year", error.message)
        else:
            messages.success(
                request, _("Bộ tiêu chí áp dụng đến hết năm %(year)d.") % {"year": form.cleaned_data["year"]}
            )
            return redirect("recognition:rulebook-detail", pk)
    used = Registration.objects.filter(rulebook=rulebook).order_by("-year").values_list("year", flat=True).first()
    context = {"rulebook": rulebook, "form": form, "last_used": used}
    return render(request, "recognition/rulebook_end.html", context, status=422 if form.errors else 200)

"""The parts of a rulebook being written, one small form a page; every saving keeps what was typed."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from recognition.choices import DraftState, LearningModel
from recognition.domain import rulebook_drafts as verbs
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.forms import rulebook_parts as parts
from recognition.rulebook_edit import (
    DOWN,
    REMOVE,
    UP,
    arrange_criterion,
    arrange_step,
    codes,
    find_criterion,
    find_step,
    parents,
    put_criterion,
    put_step,
)
from recognition.rulebook_words import shown
from recognition.views.rulebook_drafts import draft_or_404

NEW = "moi"


def _save(request, draft, content) -> bool:
    """Keep the content; on a refusal the sentence is shown and what was typed stays."""
    form = parts.RevisionForm(request.POST)
    try:
        verbs.save_draft(
            actor=request.user,
            draft=draft,
            content=content,
            revision=form.cleaned_data["revision"] if form.is_valid() else 0,
        )
    except NotPermitted as error:
        raise PermissionDenied(error.message) from None
    except RecognitionError as error:
        messages.error(request, error.message)
        return False
    messages.success(request, _("Đã lưu."))
    return True


def _part_page(request, draft, bound, title, *, refused=False, lead=""):
    wrong = any(one.errors for one in bound)
    context = {
        "draft": draft,
        "bound": bound,
        "title": title,
        "lead": lead,
        "wrong": wrong,
        "sources": sorted((draft.content.get("sources") or {}).items()),
    }
    status = 422 if wrong else 409 if refused else 200
    return render(request, "recognition/rulebook_draft_part.html", context, status=status)


def _open_or_back(request, draft):
    if draft.state == DraftState.OPEN:
        return None
    messages.info(request, _("Dự thảo này không sửa được nữa; hãy sao chép thành dự thảo mới."))
    return redirect("recognition:rulebook-draft", draft.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def draft_part(request, pk, slug):
    """One part that stands once in a rulebook: years, marks, validity, authority, sources …"""
    draft = draft_or_404(request, pk)
    page = parts.BY_SLUG.get(slug)
    if page is None:
        raise Http404
    if closed := _open_or_back(request, draft):
        return closed
    first = {"by_levels": draft.content.get("evaluation") == "levels"} if slug == "thong-tin" else {}
    data = request.POST if request.method == "POST" else None
    bound = parts.bind(page.blocks, draft.content, data, content=draft.content, **first)
    refused = False
    if data is not None and parts.is_valid(bound):
        if _save(request, draft, parts.written(bound, draft.content)):
            return redirect("recognition:rulebook-draft", draft.pk)
        draft.refresh_from_db()
        refused = True
    return _part_page(request, draft, bound, page.title, refused=refused)


@require_http_methods(["GET", "HEAD", "POST"])
def draft_criterion(request, pk, code):
    """One criterion, or a new one."""
    draft = draft_or_404(request, pk)
    if closed := _open_or_back(request, draft):
        return closed
    content, is_new = draft.content, code == NEW
    found = None if is_new else find_criterion(content, code)
    if found is None and not is_new:
        raise Http404
    parent, item = found or (request.GET.get("thuoc", ""), {})
    blocks = parts.CRITERION if draft.model == LearningModel.CITIZEN else parts.CRITERION[:1]
    first = {
        "by_levels": content.get("evaluation") == "levels",
        "of_units": draft.model == LearningModel.UNIT,
        # A criterion that holds others stays on the first level.
        "parents": [] if item.get("children") else parents(content, code),
        "taken": codes(content),
        "code": "" if is_new else code,
    }
    data = request.POST if request.method == "POST" else None
    bound = parts.bind(blocks, item, data, content=content, **first)
    bound[0].form.initial.setdefault("parent", parent)
    refused = False
    if data is not None and parts.is_valid(bound):
        changed = parts.written(bound, item)
        where = bound[0].form.cleaned_data["parent"]
        if _save(request, draft, put_criterion(content, first["code"], changed, where)):
            return redirect(f"{reverse('recognition:rulebook-draft', args=[draft.pk])}#tieu-chi")
        draft.refresh_from_db()
        refused = True
    title = _("Thêm tiêu chí") if is_new else _("Tiêu chí %(code)s") % {"code": code}
    return _part_page(request, draft, bound, title, refused=refused, lead=item.get("title", ""))


@require_http_methods(["GET", "HEAD", "POST"])
def draft_step(request, pk, name):
    """One step of the procedure, or a new one."""
    draft = draft_or_404(request, pk)
    if closed := _open_or_back(request, draft):
        return closed
    content, is_new = draft.content, name == NEW
    item = {} if is_new else find_step(content, name)
    if item is None:
        raise Http404
    taken = [step.get("step") for step in content.get("procedure") or ()]
    data = request.POST if request.method == "POST" else None
    bound = parts.bind(parts.STEP, item, data, content=content, taken=taken)
    refused = False
    if data is not None and parts.is_valid(bound):
        changed = parts.written(bound, item)
        if _save(request, draft, put_step(content, "" if is_new else name, changed)):
            return redirect(f"{reverse('recognition:rulebook-draft', args=[draft.pk])}#quy-trinh")
        draft.refresh_from_db()
        refused = True
    title = _("Thêm bước") if is_new else _("Bước “%(step)s”") % {"step": shown(name, "step")}
    return _part_page(request, draft, bound, title, refused=refused)


@require_POST
def draft_arrange(request, pk):
    """Move a criterion or step up or down, or take it out."""
    draft = draft_or_404(request, pk)
    what, key = request.POST.get("do", ""), request.POST.get("key", "")
    arrange, anchor = (
        (arrange_step, "quy-trinh") if request.POST.get("of") == "step" else (arrange_criterion, "tieu-chi")
    )
    if what in (UP, DOWN, REMOVE) and draft.state == DraftState.OPEN:
        _save(request, draft, arrange(draft.content, key, what))
    return redirect(f"{reverse('recognition:rulebook-draft', args=[draft.pk])}#{anchor}")

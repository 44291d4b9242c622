"""Rulebooks side by side, and as files."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from portal.lib.uploads import most_bytes, shown_name
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.rulebook_drafts import import_draft
from recognition.forms.rulebook_drafts import ImportDraftForm
from recognition.models import Rulebook
from recognition.rulebook_compare import compare, counts
from recognition.rulebook_files import MOST_BYTES, read_yaml, to_yaml
from recognition.rulebook_reader import RulebookError
from recognition.views.rulebook_drafts import draft_or_404, keeper_or_403, place_choices
from recognition.views.rulebooks import province_names

MOST_FAULTS = 100


@require_safe
def rulebook_compare(request, pk):
    """Two rulebooks of one model."""
    rulebook = get_object_or_404(Rulebook, pk=pk)
    others = _others(rulebook.model, rulebook.pk)
    other = _chosen(request, others)
    if other is None:
        other = next((one for one in others if one.code == rulebook.code), others[0] if others else None)
    before, after = (other, rulebook) if other else (None, rulebook)
    if other and (other.valid_from_year, other.version) > (rulebook.valid_from_year, rulebook.version):
        before, after = rulebook, other
    return _page(
        request, before, after.content, title=after.title, version=after, others=others, chosen=other, of=rulebook
    )


@require_safe
def draft_compare(request, pk):
    """A draft beside the rulebook it was made from, or any other of its model."""
    draft = draft_or_404(request, pk)
    others = _others(draft.model, draft.activated_id)
    before = _chosen(request, others) or draft.base
    return _page(request, before, draft.content, title=draft.title, draft=draft, others=others, chosen=before, of=draft)


def _others(model, pk) -> list[Rulebook]:
    return list(Rulebook.objects.filter(model=model).exclude(pk=pk).order_by("code", "-version").defer("content"))


def _chosen(request, others):
    wanted = request.GET.get("voi", "")
    return next((one for one in others if str(one.pk) == wanted), None)


def _page(request, before, content, **context):
    found = compare(*_with_names(before.content, content)) if before else []
    return render(
        request,
        "recognition/rulebook_compare.html",
        context
        | {
            "before": before,
            "parts": found,
            "counts": counts(found),
            "show_all": request.GET.get("tat-ca") == "1",
            "differs": any(part.differs for part in found),
        },
    )


def _with_names(*contents: dict) -> list[dict]:
    """The contents with the names of their provinces, which files tell by official code."""
    names = province_names(code for content in contents for code in content.get("provinces") or ())
    return [
        content | {"provinces": [names[str(code)] for code in content.get("provinces") or ()]} for content in contents
    ]


@require_safe
def rulebook_export(request, pk):
    """The rulebook as the shipped files look."""
    return _file(get_object_or_404(Rulebook, pk=pk).content, pk)


@require_safe
def draft_export(request, pk):
    """A draft as a file."""
    draft = draft_or_404(request, pk)
    return _file(draft.content, f"du-thao-{draft.pk}")


def _file(content, name) -> HttpResponse:
    code = "".join(ch for ch in str(content.get("code", "")) if ch.isalnum() or ch == "-") or str(name)
    answer = HttpResponse(to_yaml(content), content_type="application/yaml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{code.lower()}-v{content.get("version", 1)}.yaml"'
    return answer


@most_bytes(lambda: MOST_BYTES * 2)
@require_http_methods(["GET", "HEAD", "POST"])
def draft_import(request):
    """A file becomes a draft, or nothing does and every fault is told with its line."""
    keeper_or_403(request.user)
    data = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = ImportDraftForm(*data, **place_choices(request.user))
    faults = []
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            spec = read_yaml(file.read(MOST_BYTES + 1), shown_name(file.name))
            draft = import_draft(actor=request.user, spec=spec, province=form.cleaned_data["province"])
        except RulebookError as error:
            faults = error.faults
        except NotPermitted as error:
            raise PermissionDenied(error.message) from None
        except RecognitionError as error:
            faults = [error.message]
        else:
            messages.success(request, _("Đã đọc tệp thành dự thảo."))
            return redirect("recognition:rulebook-draft", draft.pk)
    context = {"form": form, "faults": faults[:MOST_FAULTS], "more": max(len(faults) - MOST_FAULTS, 0)}
    return render(request, "recognition/rulebook_import.html", context, status=422 if faults or form.errors else 200)

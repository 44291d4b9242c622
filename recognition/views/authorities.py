"""Enter who inspects and decides where no rule was found, and take an entry back."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from recognition.domain.authorities import enter_authority, general_of, take_back_authority, unknown_since, waiting
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.forms.rulebooks import AuthorityForm
from recognition.models import Rulebook
from recognition.rule_keeping import may_set_authority
from units.choices import Level
from units.rules import places_visible_to


@require_http_methods(["GET", "HEAD", "POST"])
def authority_create(request, pk):
    """Fill in, look once more with the number of dossiers that go on, enter."""
    rulebook = general_of(get_object_or_404(Rulebook, pk=pk))
    since = unknown_since(rulebook.spec)
    if not may_set_authority(request.user):
        raise PermissionDenied(_("Chỉ lãnh đạo cấp tỉnh và quản trị ghi cơ quan có thẩm quyền."))
    if since is None:
        messages.info(request, _("Bộ tiêu chí này đã rõ cơ quan thực hiện từng bước."))
        return redirect("recognition:rulebook-detail", rulebook.pk)
    provinces = places_visible_to(request.user).current().filter(level=Level.PROVINCE).order_by("sort_key")
    form = AuthorityForm(request.POST or None, provinces=provinces, since=since)
    context = {"rulebook": rulebook, "since": since, "form": form}
    if request.method == "POST" and form.is_valid() and request.POST.get("step") != "edit":
        authority, province = form.authority(), form.cleaned_data["province"]
        if request.POST.get("confirmed"):
            try:
                entered = enter_authority(actor=request.user, rulebook=rulebook, province=province, authority=authority)
            except NotPermitted as error:
                raise PermissionDenied(error.message) from None
            except RecognitionError as error:
                form.add_error(None, error.message)
            else:
                messages.success(
                    request,
                    _("Đã ghi cơ quan có thẩm quyền của %(place)s; %(count)d hồ sơ đang chờ đi tiếp theo bộ này.")
                    % {"place": province.name, "count": entered.moved},
                )
                if entered.stayed:
                    messages.warning(
                        request,
                        _("%(count)d hồ sơ chưa chuyển được: %(why)s")
                        % {"count": len(entered.stayed), "why": " ".join({text for _pk, text in entered.stayed})},
                    )
                return redirect("recognition:rulebook-detail", entered.rulebook.pk)
        elif authority.from_day < since:
            form.add_error(
                "from_day",
                _("Trước ngày %(day)s đã có quy định cơ quan quyết định; hãy ghi từ ngày đó trở đi.")
                % {"day": f"{since:%d/%m/%Y}"},
            )
        else:
            context |= {
                "authority": authority,
                "province": province,
                "waiting": waiting(rulebook, province, authority.from_day).count(),
                "fields": [(name, form.data.get(name, "")) for name in form.fields] + [("confirmed", "1")],
            }
            return render(request, "recognition/authority_create.html", context)
    return render(request, "recognition/authority_create.html", context, status=422 if form.errors else 200)


@require_POST
def authority_take_back(request, pk):
    """Undo an entry nobody has decided by."""
    rulebook = get_object_or_404(Rulebook, pk=pk)
    try:
        count = take_back_authority(actor=request.user, rulebook=rulebook)
    except NotPermitted as error:
        raise PermissionDenied(error.message) from None
    except RecognitionError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Đã bỏ; %(count)d hồ sơ trở lại chờ cơ quan có thẩm quyền.") % {"count": count})
    return redirect("recognition:rulebook-detail", general_of(rulebook).pk if not rulebook.is_active else pk)

"""Accounts and postings on screen, the invitation link, and one's own page."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.lib.listing import Listing
from units import rules
from units.domain import staff
from units.domain.errors import PortalError
from units.forms.staff import AccountForm, EndPostingForm, InviteForm, PasswordForm, PostingForm, StaffFilterForm
from units.models import Posting, User

BACKEND = "django.contrib.auth.backends.ModelBackend"
LINK_IN_SESSION = "invitation_link"


@require_GET
def staff_list(request: HttpRequest) -> HttpResponse:
    """Accounts: an administrator's whole area, a ward chair's own ward (reading only)."""
    _require_staff_reader(request)
    shown = Prefetch(
        "postings",
        staff.postings_visible_to(request.user).in_force().select_related("place__province", "place__commune"),
        to_attr="shown_postings",
    )
    listing = Listing(
        request,
        staff.staff_visible_to(request.user).prefetch_related(shown),
        form_class=StaffFilterForm,
        apply=_filtered,
        sorts={"username": ("username",), "name": ("full_name", "id"), "seen": ("last_login", "id")},
        default_sort="name",
        page_size=50,
    )
    return render(
        request,
        "units/staff_list.html",
        {"listing": listing, "may_manage": rules.may_manage_staff(request.user)},
    )


def _filtered(users, data: dict):
    if data["q"]:
        users = users.filter(
            Q(full_name__icontains=data["q"]) | Q(username__icontains=data["q"]) | Q(email__icontains=data["q"])
        )
    if data["role"]:
        users = users.filter(pk__in=Posting.objects.in_force().filter(role=data["role"]).values("user_id"))
    unset = Q(password__startswith=UNUSABLE_PASSWORD_PREFIX) | Q(password="")
    match data["status"]:
        case "active":
            users = users.filter(is_active=True).exclude(unset)
        case "invited":
            users = users.filter(unset, is_active=True)
        case "stopped":
            users = users.filter(is_active=False)
    return users


@require_http_methods(["GET", "POST"])
def staff_create(request: HttpRequest) -> HttpResponse:
    """Invite somebody: account, first posting, one-time link."""
    _require_administrator(request)
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            user = staff.invite(
                actor=request.user,
                username=data["username"],
                full_name=data["full_name"],
                email=data["email"],
                phone=data["phone"],
                postings=[form.posting()],
            )
            token = staff.invitation_token(actor=request.user, user=user)
        except PortalError as error:
            _show(form, error)
        else:
            _keep_link(request, user, token)
            messages.success(request, _("Đã tạo tài khoản của %(name)s.") % {"name": user.full_name})
            return redirect("units:staff-detail", pk=user.pk)
    return render(request, "units/staff_form.html", {"form": form, "person": None})


@never_cache
@require_GET
def staff_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: postings, what may be done, and a new invitation link the one time it is shown."""
    _require_staff_reader(request)
    person = get_object_or_404(staff.staff_visible_to(request.user), pk=pk)
    visible = staff.postings_visible_to(request.user)
    postings = visible.filter(user=person).select_related("place__province", "place__district", "place__commune")
    in_force = set(visible.filter(user=person).in_force().values_list("pk", flat=True))
    kept = request.session.get(LINK_IN_SESSION)
    link = kept["link"] if kept and kept["user"] == person.pk else ""
    if link:
        del request.session[LINK_IN_SESSION]
    return render(
        request,
        "units/staff_detail.html",
        {
            "person": person,
            "postings": [(posting, posting.pk in in_force) for posting in postings],
            "may_manage": staff.may_manage_account(request.user, person),
            "may_assign": rules.may_manage_staff(request.user),
            "awaits_password": staff.awaits_password(person),
            "link": link,
            "link_days": staff.INVITATION_DAYS,
        },
    )


@require_http_methods(["GET", "POST"])
def staff_update(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct a person's name, e-mail or phone."""
    person = _person_to_manage(request, pk)
    start = {name: getattr(person, name) for name in ("full_name", "email", "phone")}
    form = AccountForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            staff.correct_account(actor=request.user, user=person, **form.cleaned_data)
        except PortalError as error:
            person.refresh_from_db()
            _show(form, error)
        else:
            messages.success(request, _("Đã lưu."))
            return redirect("units:staff-detail", pk=person.pk)
    return render(request, "units/staff_form.html", {"form": form, "person": person})


@require_POST
def staff_link(request: HttpRequest, pk: int) -> HttpResponse:
    """A new one-time link; older links and the old password stop working."""
    person = _person_to_manage(request, pk)
    try:
        _keep_link(request, person, staff.invitation_token(actor=request.user, user=person))
    except PortalError as error:
        messages.error(request, error.message)
    return redirect("units:staff-detail", pk=pk)


@require_POST
def staff_stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop an account at once."""
    person = _person_to_manage(request, pk)
    try:
        staff.stop_account(actor=request.user, user=person)
    except PortalError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Tài khoản của %(name)s đã ngừng hoạt động.") % {"name": person.full_name})
    return redirect("units:staff-detail", pk=pk)


@require_POST
def staff_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a stopped account sign in again."""
    person = _person_to_manage(request, pk)
    staff.reopen_account(actor=request.user, user=person)
    messages.success(request, _("Tài khoản của %(name)s hoạt động trở lại.") % {"name": person.full_name})
    return redirect("units:staff-detail", pk=pk)


@require_http_methods(["GET", "POST"])
def posting_create(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a person one more posting."""
    _require_administrator(request)
    person = get_object_or_404(staff.staff_visible_to(request.user), pk=pk)
    form = PostingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            staff.assign(actor=request.user, user=person, posting=form.posting())
        except PortalError as error:
            _show(form, error)
        else:
            messages.success(request, _("Đã phân công. Có hiệu lực ngay từ ngày bắt đầu."))
            return redirect("units:staff-detail", pk=person.pk)
    return render(request, "units/staff_posting_form.html", {"form": form, "person": person})


@require_POST
def posting_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a posting, at once or after a day."""
    _require_administrator(request)
    posting = get_object_or_404(staff.postings_visible_to(request.user).select_related("user", "place"), pk=pk)
    form = EndPostingForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Ngày cuối cùng chưa đúng. Hãy ghi như 31/12/2026 hoặc bỏ trống."))
        return redirect("units:staff-detail", pk=posting.user_id)
    try:
        staff.end_posting(actor=request.user, posting=posting, last_day=form.cleaned_data["last_day"])
    except PortalError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Đã kết thúc phân công."))
    return redirect("units:staff-detail", pk=posting.user_id)


@require_GET
def my_account(request: HttpRequest) -> HttpResponse:
    """One's own page: who I am here, what I am posted to, change of password."""
    postings = request.user.postings.select_related("place__province", "place__district", "place__commune")
    in_force = {posting.pk for posting in request.user.active_postings()}
    return render(
        request, "units/staff_me.html", {"postings": [(posting, posting.pk in in_force) for posting in postings]}
    )


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Set one's own password through a one-time link, then be signed in."""
    user = staff.invited_user(token)
    if user is None:
        return render(request, "units/staff_invitation.html", {"person": None}, status=410)
    form = PasswordForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            user = staff.accept_invitation(token=token, password=form.cleaned_data["password1"])
        except PortalError:
            return render(request, "units/staff_invitation.html", {"person": None}, status=410)
        login(request, user, backend=BACKEND)
        messages.success(request, _("Đã đặt mật khẩu. Chào mừng %(name)s!") % {"name": user.full_name})
        return redirect("portal:home")
    return render(request, "units/staff_invitation.html", {"form": form, "person": user})


def _require_staff_reader(request: HttpRequest) -> None:
    if not staff.may_see_staff(request.user):
        raise PermissionDenied


def _require_administrator(request: HttpRequest) -> None:
    if not rules.may_manage_staff(request.user):
        raise PermissionDenied


def _person_to_manage(request: HttpRequest, pk: int) -> User:
    _require_administrator(request)
    person = get_object_or_404(staff.staff_visible_to(request.user), pk=pk)
    if not staff.may_manage_account(request.user, person):
        raise PermissionDenied
    return person


def _keep_link(request: HttpRequest, user: User, token: str) -> None:
    """The link is shown on the next page and then forgotten; it is stored nowhere else."""
    address = request.build_absolute_uri(reverse("units:invitation", args=[token]))
    request.session[LINK_IN_SESSION] = {"user": user.pk, "link": address}


def _show(form, error: PortalError) -> None:
    field = getattr(error, "field", "")
    form.add_error(field if field in form.fields else None, error.message)

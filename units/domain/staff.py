"""Accounts and postings. Administrators invite and assign; nobody but the person ever knows their password.

`actor` None is whoever holds the server's command line: somebody has to invite the first administrator.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from portal.lib.text import clean
from units import rules
from units.choices import Level, Role
from units.domain.errors import NotAllowed, RegisterError
from units.models import Place, Posting, User

INVITATION_DAYS = 7
_SALT = "units.invitation"

# The levels of place each role is held at. An empty place means the whole nation.
ROLE_LEVELS = {
    Role.HAMLET_OFFICER: (Level.HAMLET,),
    Role.WARD_OFFICER: (Level.COMMUNE,),
    Role.WARD_CHAIR: (Level.COMMUNE,),
    Role.INSPECTOR: (Level.PROVINCE, Level.DISTRICT, Level.COMMUNE),
    Role.DECIDER: (Level.PROVINCE, Level.DISTRICT, Level.COMMUNE),
    Role.LEADER: (None, Level.PROVINCE, Level.DISTRICT, Level.COMMUNE),
    Role.ADMINISTRATOR: (None, Level.PROVINCE, Level.DISTRICT, Level.COMMUNE),
}


@dataclass(frozen=True)
class NewPosting:
    """A posting somebody wants to give."""

    role: str
    place: Place | None
    starts_on: datetime.date | None = None
    ends_on: datetime.date | None = None


# --- Who sees and keeps which accounts


def staff_visible_to(user: User):
    """Accounts the person may look at: administrators those of their area, ward chairs those of their ward."""
    scope = rules.role_scope(user, (Role.ADMINISTRATOR, Role.WARD_CHAIR))
    if scope.everything:
        return User.objects.all()
    posted = Posting.objects.filter(place__isnull=False).filter(_place_filter(scope))
    return User.objects.filter(Q(pk__in=posted.values("user_id")))


def postings_visible_to(user: User):
    """Postings inside the area the person administers or chairs."""
    scope = rules.role_scope(user, (Role.ADMINISTRATOR, Role.WARD_CHAIR))
    return Posting.objects.all() if scope.everything else Posting.objects.filter(_place_filter(scope))


def may_see_staff(user: User) -> bool:
    """May the person open the staff pages at all?"""
    return user.has_role(Role.ADMINISTRATOR, Role.WARD_CHAIR)


def may_assign(actor: User | None, place: Place | None) -> bool:
    """May the person give or end postings at `place` (None: the whole nation)?"""
    if actor is None:
        return True
    scope = rules.role_scope(actor, (Role.ADMINISTRATOR,))
    return scope.everything or (place is not None and scope.covers(place))


def may_manage_account(actor: User | None, user: User) -> bool:
    """May the person change this account? Only when every posting it holds lies inside their own area.

    Otherwise the administrator of a ward could take over an account that administers the nation.
    """
    if actor is None:
        return True
    if not rules.may_manage_staff(actor) or not staff_visible_to(actor).filter(pk=user.pk).exists():
        return False
    held = user.postings.exclude(ends_on__lt=timezone.localdate()).select_related("place")  # also those still to begin
    return all(may_assign(actor, posting.place) for posting in held)


def _place_filter(scope) -> Q:
    return scope.q(prefix="place__", own=True)


# --- Accounts


@transaction.atomic
def invite(
    *, actor: User | None, username: str, full_name: str, postings: list[NewPosting], email: str = "", phone: str = ""
) -> User:
    """Create an account without a password, with its first postings. `invitation_token` then opens it once.

    Raises NotAllowed, and RegisterError when the name or address is taken or a posting does not fit.
    """
    if actor is not None and not rules.may_manage_staff(actor):
        raise NotAllowed(_("Chỉ người quản trị được tạo tài khoản."))
    if not postings:
        raise RegisterError(_("Cần ít nhất một phân công."), field="role")
    user = User(
        username=clean(username).lower(), full_name=clean(full_name), email=clean(email).lower(), phone=clean(phone)
    )
    user.set_unusable_password()
    _save_account(user)
    for posting in postings:
        assign(actor=actor, user=user, posting=posting)
    return user


@transaction.atomic
def correct_account(*, actor: User, user: User, full_name: str, email: str = "", phone: str = "") -> User:
    """Correct name, e-mail and phone. The sign-in name stays. Raises NotAllowed and RegisterError."""
    _check_manager(actor, user)
    user.full_name, user.email, user.phone = clean(full_name), clean(email).lower(), clean(phone)
    _save_account(user)
    return user


def stop_account(*, actor: User, user: User) -> None:
    """Stop an account at once: open sessions end with their next request. Raises NotAllowed and RegisterError."""
    _check_manager(actor, user)
    if user.pk == actor.pk:
        raise RegisterError(_("Bạn không thể tự ngừng tài khoản của mình. Hãy nhờ một người quản trị khác."))
    user.is_active = False
    user.save(update_fields=["is_active"])


def reopen_account(*, actor: User, user: User) -> None:
    """Let a stopped account sign in again, with its old password. Raises NotAllowed."""
    _check_manager(actor, user)
    user.is_active = True
    user.save(update_fields=["is_active"])


def _save_account(user: User) -> None:
    if user.email and User.objects.filter(email__iexact=user.email).exclude(pk=user.pk).exists():
        # The address signs in too, so two accounts cannot share it.
        raise RegisterError(_("E-mail %(email)s đã thuộc một tài khoản khác.") % {"email": user.email}, field="email")
    if User.objects.filter(username__iexact=user.username).exclude(pk=user.pk).exists():
        raise RegisterError(
            _("Tên đăng nhập %(name)s đã có người dùng. Hãy chọn tên khác.") % {"name": user.username},
            field="username",
        )
    try:
        user.full_clean(exclude=["password"])
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise RegisterError(messages[0], field="" if field == "__all__" else field) from error
    user.save()


# --- Invitation: a link that works once and for a week


def invitation_token(*, actor: User | None, user: User) -> str:
    """A new link for setting one's own password. Links given before, the old password and open sessions stop working.

    Raises NotAllowed, and RegisterError for a stopped account.
    """
    _check_manager(actor, user)
    if actor is not None and user.pk == actor.pk:
        raise RegisterError(_("Để đổi mật khẩu của mình, hãy dùng trang “Đổi mật khẩu”."))
    if not user.is_active:
        raise RegisterError(_("Tài khoản đang ngừng hoạt động. Hãy mở lại tài khoản trước khi cấp liên kết."))
    user.set_unusable_password()  # a fresh random mark: it ends what was signed with the one before
    user.save(update_fields=["password"])
    return signing.dumps({"u": user.pk, "k": _mark(user)}, salt=_SALT)


def invited_user(token: str) -> User | None:
    """The account a link opens, or None when it was used, replaced, altered or is older than a week."""
    try:
        data = signing.loads(token, salt=_SALT, max_age=datetime.timedelta(days=INVITATION_DAYS))
        user = User.objects.get(pk=data["u"], is_active=True)
    except (signing.BadSignature, User.DoesNotExist, KeyError, TypeError, ValueError):
        return None
    return user if constant_time_compare(data["k"], _mark(user)) else None


@transaction.atomic
def accept_invitation(*, token: str, password: str) -> User:
    """Set the first password through an invitation link; the link is used up. Raises RegisterError."""
    user = invited_user(token)
    # Two browsers with the same link: the second one waits here and finds the link used.
    user = user and User.objects.select_for_update().get(pk=user.pk)
    if user is None or invited_user(token) is None:
        raise RegisterError(_("Liên kết này không dùng được nữa. Hãy xin người quản trị cấp liên kết mới."))
    user.set_password(password)
    user.save(update_fields=["password"])
    return user


def awaits_password(user: User) -> bool:
    """True while the person has not yet set a password."""
    return user.password.startswith(UNUSABLE_PASSWORD_PREFIX) or not user.password


def _mark(user: User) -> str:
    return salted_hmac(_SALT, f"{user.pk}:{user.password}").hexdigest()[:32]


# --- Postings


@transaction.atomic
def assign(*, actor: User | None, user: User, posting: NewPosting) -> Posting:
    """Give a posting; it holds from its first day on. Raises NotAllowed and RegisterError."""
    if not may_assign(actor, posting.place):
        raise NotAllowed(_("Bạn không quản trị địa bàn này nên không phân công ở đây được."))
    role, place = Role(posting.role), posting.place
    if (place.level if place else None) not in ROLE_LEVELS[role]:
        raise RegisterError(_role_sentence(role), field="place")
    starts_on = posting.starts_on or timezone.localdate()
    if posting.ends_on and posting.ends_on < starts_on:
        raise RegisterError(_("Ngày kết thúc phải sau ngày bắt đầu."), field="ends_on")
    # Sent twice, or covered by one that runs on; open ones are kept apart by a constraint as well.
    User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    held = Posting.objects.filter(user=user, role=role, place=place, starts_on__lte=starts_on)
    if held.filter(Q(ends_on=None) | Q(ends_on__gte=posting.ends_on or datetime.date.max)).exists():
        raise RegisterError(_("Người này đang giữ vai trò đó tại địa bàn này."), field="place")
    new = Posting(user=user, role=role, place=place, starts_on=starts_on, ends_on=posting.ends_on)
    try:
        with transaction.atomic():
            new.save()
    except IntegrityError as error:
        raise RegisterError(_("Người này đang giữ vai trò đó tại địa bàn này."), field="place") from error
    return new


def end_posting(*, actor: User, posting: Posting, last_day: datetime.date | None = None) -> Posting:
    """End a posting after `last_day`, or at once: the person loses the role with the next request.

    A posting ended on the day it began counts as never held. Raises NotAllowed and RegisterError.
    """
    if not may_assign(actor, posting.place):
        raise NotAllowed(_("Bạn không quản trị địa bàn này nên không kết thúc phân công ở đây được."))
    if posting.user_id == actor.pk and posting.role == Role.ADMINISTRATOR:
        raise RegisterError(_("Bạn không thể tự bỏ quyền quản trị của mình. Hãy nhờ một người quản trị khác."))
    last_day = last_day or timezone.localdate() - datetime.timedelta(days=1)
    if last_day < posting.starts_on:
        posting.delete()  # its event rows stay in the history
        return posting
    posting.ends_on = last_day
    posting.save(update_fields=["ends_on"])
    return posting


def _check_manager(actor: User | None, user: User) -> None:
    if not may_manage_account(actor, user):
        raise NotAllowed(_("Bạn không quản trị tài khoản này."))


def _role_sentence(role: Role) -> str:
    words = {
        None: _("cả nước"),
        Level.PROVINCE: _("tỉnh, thành phố"),
        Level.DISTRICT: _("quận, huyện cũ"),
        Level.COMMUNE: _("phường, xã"),
        Level.HAMLET: _("khu phố, thôn"),
    }
    return _("Vai trò “%(role)s” gắn với: %(levels)s. Hãy chọn lại địa bàn.") % {
        "role": role.label,
        "levels": ", ".join(words[level] for level in ROLE_LEVELS[role]),
    }

"""Who may keep the rules themselves: rulebooks, who decides where no rule was found, feedback, public holidays."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext as _

from recognition.models import Rulebook, RulebookDraft
from recognition.rules import YES, Answer
from units.choices import Level, Role
from units.models import Place, Posting, Succession, User
from units.rules import Scope, role_scope

MOST_NAMES = 5  # named in a sentence; the rest are "…"


def may_set_authority(user: User, province: Place | None = None) -> bool:
    """May the person enter who decides in a province where no rule was found? Its leaders and administrators."""
    if province is None:
        return user.has_role(Role.LEADER, Role.ADMINISTRATOR)
    return rulebook_scope(user).covers(province)


def may_answer_feedback(user: User, rulebook: Rulebook) -> bool:
    """May the person answer feedback on a rulebook? National leaders and administrators; a province's on its own."""
    scope = rulebook_scope(user)
    if scope.everything:
        return True
    provinces = Place.objects.filter(pk__in=scope.places.get(Level.PROVINCE, ()))
    return bool(rulebook.province_codes) and provinces.filter(code__in=rulebook.province_codes).exists()


def feedback_readable(user: User) -> Q:
    """Feedback of others the person may read: on rulebooks they keep, and from places they lead."""
    return rulebook_scope(user).q(prefix="place__", own=True)


def rulebook_scope(user: User) -> Scope:
    """Where the person keeps rules: a province's leaders its own variants, the association's leaders and administrators
    of the whole country all of them."""
    return role_scope(user, (Role.LEADER, Role.ADMINISTRATOR))


def may_keep_rulebooks(user: User) -> bool:
    """Is there a province, or the country, whose rules the person keeps? Leaders of a ward or district keep none."""
    scope = rulebook_scope(user)
    return scope.everything or bool(scope.places.get(Level.PROVINCE))


def may_write_rulebook(user: User, province: Place | None) -> Answer:
    """May the person write rules for a province, or (None) for the whole country?"""
    scope = rulebook_scope(user)
    if scope.everything or (province is not None and scope.covers(province)):
        return YES
    if province is None:
        return Answer(False, _("Chỉ quản trị và lãnh đạo Trung ương Hội soạn bộ tiêu chí dùng cho cả nước."))
    return Answer(False, _("Bạn không được phân công soạn bộ tiêu chí của %(place)s.") % {"place": province.name})


def may_activate(user: User, draft: RulebookDraft) -> Answer:
    """May the person put the draft into use? Whoever may write it, but none of those who did while there are others."""
    answer = may_write_rulebook(user, draft.province)
    if answer and user.pk in draft.editors and (others := other_keepers(draft)):
        names = ", ".join(one.full_name for one in others[:MOST_NAMES])
        return Answer(
            False,
            _(
                "Người đưa bộ tiêu chí vào dùng phải khác người soạn. Hãy nhờ một người khác cùng quyền xem và đưa vào "
                "dùng: %(names)s."
            )
            % {"names": names + ("…" if len(others) > MOST_NAMES else "")},
        )
    return answer


def acts_alone(user: User, draft: RulebookDraft) -> bool:
    """Would the person put their own writing into use, because nobody else could? It asks for a reason."""
    return user.pk in draft.editors and not other_keepers(draft)


def other_keepers(draft: RulebookDraft) -> list[User]:
    """Active people who keep these rules today and wrote nothing in the draft, by name (docs/decisions/0022)."""
    places, wave = set(), {draft.province_id} - {None}
    while wave:  # the province and whatever it went into: as many rounds as there were reforms
        places |= wave
        found = Succession.objects.filter(from_place__in=wave, partial=False).values_list("to_place_id", flat=True)
        wave = set(found) - places
    held = Posting.objects.in_force().filter(
        Q(place__isnull=True) | Q(place__in=places), role__in=(Role.LEADER, Role.ADMINISTRATOR)
    )
    people = User.objects.filter(is_active=True, pk__in=held.values("user_id")).exclude(pk__in=draft.editors)
    return list(people.order_by("full_name", "pk"))


def may_keep_holidays(user: User) -> bool:
    """May the person enter public holidays? They hold for the whole country."""
    return rulebook_scope(user).everything

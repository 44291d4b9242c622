"""Verbs of the register of organisations. What every kind shares stands in registrants.py."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from units.choices import Level, RegistrantKind
from units.domain.errors import RegisterError
from units.domain.registrants import Book, check_may_correct, same_name
from units.models import Organisation, OrganisationYear, Registrant, User


def _check(registrant: Registrant, profile: Organisation) -> None:
    if profile.branch_chair and not profile.has_branch:
        raise RegisterError(_("Có chi hội trưởng thì đơn vị phải có chi hội khuyến học."), field="has_branch")


BOOK = Book(
    kind=RegistrantKind.ORGANISATION,
    profile=Organisation,
    fields=("type", "managed_by", "address", "has_branch", "branch_chair", "contact", "phone"),
    noun=gettext_lazy("đơn vị"),
    name_label=gettext_lazy("tên đơn vị"),
    levels=(Level.COMMUNE, Level.HAMLET),
    wrong_level=gettext_lazy("Đơn vị phải thuộc một phường, xã hoặc một khu phố, thôn."),
    check=_check,
    alike=lambda registrant, profile: same_name(registrant),
)


@transaction.atomic
def record_year(
    *, actor: User | None, organisation: Registrant, year: int, staff: int, learners: int | None = None
) -> OrganisationYear:
    """Write an organisation's staff and learners of a year; numbers already there are replaced and stay in the history.

    Raises NotAllowed, RegisterError.
    """
    registrant = Registrant.objects.select_for_update(of=("self",)).get(pk=organisation.pk)
    check_may_correct(actor=actor, registrant=registrant)
    if year > timezone.localdate().year:
        raise RegisterError(_("Năm %(year)s chưa đến.") % {"year": year}, field="year")
    row = OrganisationYear.objects.filter(organisation=registrant.pk, year=year).first() or OrganisationYear(
        organisation_id=registrant.pk, year=year
    )
    row.staff, row.learners = staff, learners
    try:
        row.clean_fields(exclude={"organisation"})
    except ValidationError as error:
        name, texts = next(iter(error.message_dict.items()))
        raise RegisterError(texts[0], field=name) from error
    row.save()
    return row


@transaction.atomic
def remove_year(*, actor: User | None, organisation: Registrant, year: int) -> None:
    """Take away the numbers of a year entered by mistake; the history keeps them. Raises NotAllowed, RegisterError."""
    registrant = Registrant.objects.select_for_update(of=("self",)).get(pk=organisation.pk)
    check_may_correct(actor=actor, registrant=registrant)
    gone, _models = OrganisationYear.objects.filter(organisation=registrant.pk, year=year).delete()
    if not gone:
        raise RegisterError(_("Đơn vị không có số liệu năm %(year)s.") % {"year": year})

"""Citizens as registrants. No ID number is stored: a keyed hash finds the same person, four digits serve the eye."""

from __future__ import annotations

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from units.choices import CitizenGroup, Sex
from units.models.history import tracked
from units.models.organisations import Organisation
from units.models.registrants import Household, Registrant

EARLIEST_BIRTH = 1900


@tracked(exclude=["id_hash", "active"], compare=False)
class Citizen(models.Model):
    """Profile of a citizen: counted once, at home or at work or school, where that household or organisation stands."""

    registrant = models.OneToOneField(Registrant, models.PROTECT, primary_key=True, related_name="citizen")
    household = models.ForeignKey(
        Household, models.PROTECT, null=True, blank=True, related_name="citizens", verbose_name=_("Hộ gia đình")
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="citizens", verbose_name=_("Đơn vị")
    )
    birth_year = models.PositiveSmallIntegerField(
        _("Năm sinh"), validators=[MinValueValidator(EARLIEST_BIRTH), MaxValueValidator(2100)]
    )
    sex = models.CharField(_("Giới tính"), max_length=6, choices=Sex.choices)
    group = models.PositiveSmallIntegerField(_("Nhóm"), choices=CitizenGroup.choices)
    id_hash = models.CharField(max_length=64, blank=True, editable=False)
    id_last4 = models.CharField(
        _("Bốn số cuối căn cước"), max_length=4, blank=True, validators=[RegexValidator(r"^\d{4}$")]
    )
    # Follows the registrant's closing by trigger, so the database itself keeps an ID number once among the open ones.
    active = models.BooleanField(default=True, editable=False)

    class Meta:
        verbose_name = _("Công dân")
        verbose_name_plural = _("Công dân")
        constraints = [
            models.UniqueConstraint(
                fields=["id_hash"],
                condition=Q(active=True) & ~Q(id_hash=""),
                name="%(app_label)s_%(class)s_id_once",
                violation_error_message=_("Người có số căn cước này đã có trong sổ."),
            ),
            models.CheckConstraint(
                condition=Q(household__isnull=True, organisation__isnull=False)
                | Q(household__isnull=False, organisation__isnull=True),
                name="%(app_label)s_%(class)s_counted_once",
                violation_error_message=_("Mỗi người được tính một nơi: ở hộ hoặc ở đơn vị."),
            ),
            models.CheckConstraint(
                condition=Q(birth_year__gte=EARLIEST_BIRTH, birth_year__lte=2100),
                name="%(app_label)s_%(class)s_birth_sensible",
                violation_error_message=_("Hãy xem lại năm sinh."),
            ),
            models.CheckConstraint(
                condition=Q(sex__in=Sex.values) & Q(group__in=CitizenGroup.values),
                name="%(app_label)s_%(class)s_sex_and_group_known",
            ),
            models.CheckConstraint(
                condition=Q(id_hash="", id_last4="") | ~Q(id_hash="") & Q(id_last4__regex=r"^[0-9]{4}$"),
                name="%(app_label)s_%(class)s_digits_of_hash",
            ),
        ]

    def __str__(self) -> str:
        return self.registrant.name


pgtrigger.register(
    pgtrigger.Trigger(
        name="citizen_active",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Update,
        referencing=pgtrigger.Referencing(old="old_values", new="new_values"),
        func=(
            # Most updates are of households: they stop at the first line.
            "IF EXISTS (SELECT 1 FROM new_values WHERE kind = 'CITIZEN') THEN"
            " UPDATE units_citizen c SET active = (n.closed_on IS NULL) FROM new_values n"
            " WHERE n.kind = 'CITIZEN' AND c.registrant_id = n.id AND c.active <> (n.closed_on IS NULL);"
            " END IF; RETURN NULL;"
        ),
    )
)(Registrant)

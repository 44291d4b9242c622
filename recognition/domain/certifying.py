"""What happens to a recognition after its decision: revoked with a reason, its certificate replaced or reprinted."""

from __future__ import annotations

import datetime
import secrets

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.language import in_official_language
from portal.lib.text import clean
from recognition.choices import AwardStatus, CheckOutcome, RevocationGround
from recognition.domain.deciding import CERTIFICATES
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.numbering import reserve
from recognition.domain.printing import note_print
from recognition.models import Award, Certificate, CertificateCheck, Decision
from recognition.rules import Answer, may_change_award
from units.models import User


@transaction.atomic
@in_official_language
def revoke(*, actor: User, award: Award, ground: str, reason: str, on: datetime.date, number: str = "") -> Award:
    """Take a recognition back. The record and its reason stay; the check page says so from this moment.

    `number` is the number of the revoking decision, when there is one. Raises RecognitionError for a missing reason, a
    day before the decision or in the future, and an award that no longer holds.
    """
    locked = (
        Award.objects.select_for_update(of=("self",)).select_related("decision__place", "registration").get(pk=award.pk)
    )
    _allowed(may_change_award(actor, locked))
    if locked.status != AwardStatus.VALID:
        raise RecognitionError(_("Công nhận này đã bị thu hồi hoặc thay thế từ trước; không có gì thay đổi."))
    reason = clean(reason)
    if not reason or ground not in RevocationGround.values:
        raise RecognitionError(_("Thu hồi phải ghi căn cứ và lý do."))
    if not locked.decision.signed_on <= on <= timezone.localdate():
        raise RecognitionError(
            _("Ngày thu hồi phải từ ngày quyết định công nhận (%(day)s) đến hôm nay.")
            % {"day": locked.decision.signed_on.strftime("%d/%m/%Y")}
        )
    parts = [f"{RevocationGround(ground).label}: {reason}"]
    if clean(number):
        parts.append(f"Quyết định thu hồi số {clean(number)}")
    locked.status, locked.status_on = AwardStatus.REVOKED, on
    locked.status_reason = ". ".join(parts)[:500]
    locked.save(update_fields=["status", "status_on", "status_reason"])
    return locked


@transaction.atomic
def replace(
    *, actor: User, certificate: Certificate, printed_name: str, printed_address: str, reason: str
) -> Certificate:
    """Give a new certificate in place of one that prints something wrong, or was lost. The old one never holds again.

    The new one takes the next number of the register; award and decision stay. Raises RecognitionError when the old one
    has been replaced already or the recognition no longer holds.
    """
    old = (
        Certificate.objects.select_for_update(of=("self",))
        .select_related("award__decision__place", "award__registration", "place")
        .get(pk=certificate.pk)
    )
    # Locked too: a recognition being revoked right now must not get a fresh paper.
    award = Award.objects.select_for_update().get(pk=old.award_id)
    _allowed(may_change_award(actor, old.award))
    if old.replaced_by_id:
        raise RecognitionError(_("Giấy này đã được thay bằng giấy khác; hãy mở giấy mới nhất."))
    if award.status != AwardStatus.VALID:
        raise RecognitionError(_("Công nhận này không còn hiệu lực nên không cấp lại giấy."))
    name, reason = clean(printed_name), clean(reason)
    if not name:
        raise RecognitionError(_("Hãy ghi tên in trên giấy."))
    if not reason:
        raise RecognitionError(_("Cấp giấy thay thế phải ghi lý do."))
    today = timezone.localdate()
    new = Certificate.objects.create(
        award=award,
        place=old.place,
        number_year=today.year,
        number=reserve(place=old.place, series=CERTIFICATES, year=today.year),
        token=secrets.token_urlsafe(24),
        printed_name=name[:200],
        printed_address=clean(printed_address)[:600],
        issued_on=today,
    )
    old.replaced_by = new
    old.save(update_fields=["replaced_by"])
    note_print(actor=actor, decision=old.award.decision, paper=new, count=0, reason=reason)
    return new


def printable(decision: Decision):
    """Certificates of a decision that are printed for people: neither revoked nor replaced, by number."""
    rows = Certificate.objects.filter(award__decision=decision, award__status=AwardStatus.VALID, replaced_by=None)
    return rows.order_by("number_year", "number")


def _allowed(answer: Answer) -> None:
    if not answer:
        raise NotPermitted(answer.reason)


def outcome_of(certificate: Certificate, on: datetime.date | None = None) -> CheckOutcome:
    """Whether a certificate holds on a day. Revoked is said first: "replaced" would promise a valid paper elsewhere."""
    award = certificate.award
    if award.status == AwardStatus.REVOKED:
        return CheckOutcome.REVOKED
    if certificate.replaced_by_id or award.status == AwardStatus.REPLACED:
        return CheckOutcome.REPLACED
    return CheckOutcome.EXPIRED if award.is_expired(on) else CheckOutcome.VALID


def count_check(outcome: str) -> None:
    """One more public check today with this outcome."""
    today = timezone.localdate()
    CertificateCheck.objects.bulk_create([CertificateCheck(day=today, outcome=outcome)], ignore_conflicts=True)
    CertificateCheck.objects.filter(day=today, outcome=outcome).update(count=F("count") + 1)

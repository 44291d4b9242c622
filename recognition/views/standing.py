"""Whether a certificate holds, in a word, a tone and a sentence; one answer for the register and the public page."""

from django.db.models import Case, CharField, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from recognition.choices import AwardStatus, CheckOutcome
from recognition.domain.certifying import outcome_of
from recognition.honour_choices import CommendationState
from recognition.models import Certificate, Commendation

TONES = {CheckOutcome.VALID: "success", CheckOutcome.REVOKED: "danger"}


def standing(certificate: Certificate) -> dict:
    """Word, tone and sentence for people."""
    outcome = outcome_of(certificate)
    sentences = {
        CheckOutcome.VALID: _("Giấy công nhận này có thật và còn hiệu lực."),
        CheckOutcome.REVOKED: _("Việc công nhận này đã bị thu hồi."),
        CheckOutcome.REPLACED: _("Giấy này đã được thay bằng giấy khác."),
        CheckOutcome.EXPIRED: "",
    }
    text = sentences[outcome]
    if outcome == CheckOutcome.EXPIRED:
        day = certificate.award.valid_until.strftime("%d/%m/%Y")
        text = _("Giấy là thật nhưng đã hết hạn ngày %(day)s.") % {"day": day}
    return {"outcome": outcome, "word": outcome.label, "tone": TONES.get(outcome, "warning"), "text": text}


def commendation_standing(item: Commendation) -> dict:
    """The same for a commendation, which does not expire. Revoked is said first, as for certificates."""
    last = item
    while last.state == CommendationState.REPLACED:  # as many steps as papers were replaced
        last = last.replaced_by
    if last.state == CommendationState.REVOKED:
        outcome = CheckOutcome.REVOKED
        text = _("Khen thưởng này đã bị thu hồi ngày %(day)s.") % {"day": last.state_on.strftime("%d/%m/%Y")}
    elif last is not item:
        outcome, text = CheckOutcome.REPLACED, _("Giấy này đã được thay bằng giấy khác.")
    else:
        outcome, text = CheckOutcome.VALID, _("Khen thưởng này có thật và còn hiệu lực.")
    return {"outcome": outcome, "word": outcome.label, "tone": TONES.get(outcome, "warning"), "text": text}


def with_outcome(rows):
    """The rows with `outcome`, worked out in SQL as `outcome_of` does it, to filter and count by."""
    return rows.annotate(
        outcome=Case(
            When(award__status=AwardStatus.REVOKED, then=Value(CheckOutcome.REVOKED.value)),
            When(
                Q(replaced_by__isnull=False) | Q(award__status=AwardStatus.REPLACED),
                then=Value(CheckOutcome.REPLACED.value),
            ),
            When(award__valid_until__lt=timezone.localdate(), then=Value(CheckOutcome.EXPIRED.value)),
            default=Value(CheckOutcome.VALID.value),
            output_field=CharField(),
        )
    )

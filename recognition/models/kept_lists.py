"""Lists of papers as they were sent or signed: what happens to a dossier later does not reach back into them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from recognition.models.meetings import ReviewMeeting
from recognition.models.proposals import Proposal


class KeptList(models.Model):
    """The list of one letter or of one meeting's minutes, written with it and never changed.

    `rows` is what `recognition.domain.kept_lists.Listed` holds, a list per dossier in the order of the paper: names,
    addresses and points of that day. One row a paper: a table of lines would be the largest of all.
    """

    proposal = models.OneToOneField(Proposal, models.PROTECT, null=True, related_name="kept_list")
    meeting = models.OneToOneField(ReviewMeeting, models.PROTECT, null=True, related_name="kept_list")
    rows = models.JSONField()

    class Meta:
        verbose_name = _("Danh sách kèm văn bản")
        constraints = [
            models.CheckConstraint(
                condition=Q(proposal__isnull=False, meeting__isnull=True)
                | Q(proposal__isnull=True, meeting__isnull=False),
                name="%(app_label)s_%(class)s_of_one_paper",
                violation_error_message=_("Danh sách phải thuộc đúng một tờ trình hoặc một biên bản."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.proposal or self.meeting}: {len(self.rows)}"

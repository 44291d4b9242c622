"""Fixed words of commendations and congresses. Top level, so model constraints can name them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CommendationKind(models.TextChoices):
    """What is given. Who may give which is data (`CommendationForm`), because it changes with law and with rules of
    the association."""

    MERIT = "MERIT", _("Giấy khen")
    HIGH_MERIT = "HIGH_MERIT", _("Bằng khen")
    MEDAL = "MEDAL", _("Kỷ niệm chương")
    OTHER = "OTHER", _("Hình thức khác")


class Honouree(models.TextChoices):
    """Who is commended."""

    COLLECTIVE = "COLLECTIVE", _("Tập thể")
    INDIVIDUAL = "INDIVIDUAL", _("Cá nhân")


class Occasion(models.TextChoices):
    """Why a list is made."""

    YEARLY = "YEARLY", _("Khen hằng năm")
    PERIOD = "PERIOD", _("Tổng kết giai đoạn (5 năm)")
    SPECIAL = "SPECIAL", _("Chuyên đề, đột xuất")


class CriterionRule(models.TextChoices):
    """How years of recognition are counted; `k` is the number of years asked for."""

    RUNNING = "RUNNING", _("Được công nhận k năm liền, tính đến năm cuối")
    EVERY = "EVERY", _("Được công nhận mọi năm của giai đoạn")
    AT_LEAST = "AT_LEAST", _("Được công nhận ít nhất k năm trong giai đoạn")


class ListState(models.TextChoices):
    """A list of commendations: written, sent to the giving body, answered by a decision or returned."""

    DRAFT = "DRAFT", _("Đang lập")
    SENT = "SENT", _("Đã trình")
    RETURNED = "RETURNED", _("Bị trả lại")
    DECIDED = "DECIDED", _("Đã có quyết định")


LIST_TONE = {
    ListState.DRAFT: "neutral",
    ListState.SENT: "info",
    ListState.RETURNED: "warning",
    ListState.DECIDED: "success",
}
LIST_OPEN = (ListState.DRAFT, ListState.RETURNED)  # its place may still write


class CommendationState(models.TextChoices):
    """One name of a list."""

    LISTED = "LISTED", _("Đề nghị")
    GIVEN = "GIVEN", _("Đã khen")
    DECLINED = "DECLINED", _("Không khen")
    REVOKED = "REVOKED", _("Đã thu hồi")
    REPLACED = "REPLACED", _("Đã thay thế")


# Given once, so in the register for good, whatever became of it.
IN_REGISTER = (CommendationState.GIVEN, CommendationState.REVOKED, CommendationState.REPLACED)
COMMENDATION_TONE = {
    CommendationState.LISTED: "info",
    CommendationState.GIVEN: "success",
    CommendationState.DECLINED: "neutral",
    CommendationState.REVOKED: "danger",
    CommendationState.REPLACED: "warning",
}


class CongressKind(models.TextChoices):
    """What delegates go to."""

    CONGRESS = "CONGRESS", _("Đại hội")
    HONOURS = "HONOURS", _("Hội nghị biểu dương, tổng kết")


class DelegateKind(models.TextChoices):
    """In which quality a delegate comes."""

    OFFICIAL = "OFFICIAL", _("Đại biểu chính thức")
    HONOURED = "HONOURED", _("Điển hình được biểu dương")
    INVITED = "INVITED", _("Khách mời")

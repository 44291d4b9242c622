"""How a dossier's result is said: rank, level, or met / not met. Pure."""

from django.utils.translation import gettext as _

from recognition.choices import Rank


def result_words(*, rank: str, level: int | None, passed: bool | None = None) -> str:
    """ "Tốt", "Mức độ 2", "Đạt", "Chưa đạt"; empty while nothing is decided."""
    if level:
        return _("Mức độ %(level)d") % {"level": level}
    if rank:
        return str(Rank(rank).label)
    if passed is None:
        return ""
    return _("Đạt") if passed else _("Chưa đạt")

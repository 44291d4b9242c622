"""Who may open the URLs of: work lists, who below has not sent, reminders."""

from recognition.choices import LearningModel
from tests.url_matrix.cast import Row, only


def _nudge(side):
    return {"place": side.hamlet.pk, "model": LearningModel.FAMILY}


ROWS = [
    Row("recognition:work-list"),
    Row("recognition:work-badge"),
    Row("recognition:below-home", own={"ba": 404, "*": 200}),
    Row(
        "recognition:below-nudge",
        lambda side: {"place_pk": side.ward.pk},
        method="post",
        data=_nudge,
        own=only("an", "chi", "em", ok=302) | {"ba": 404},
    ),
    Row(
        "recognition:below-nudge-nation",
        method="post",
        data={"model": LearningModel.FAMILY, "place": "0"},  # no place at all: there is nobody to refuse
        own={"quan": 302, "*": 403},
    ),
    Row(
        "recognition:below-nudge-nation",
        method="post",
        data=lambda side: {"model": LearningModel.FAMILY, "place": side.province.pk},
        own=403,
        foreign=403,
    ),
    Row("recognition:progress-home", own=302),
    Row("recognition:progress", lambda side: {"place_pk": side.hamlet.pk}, other_hamlet=404),
    Row("recognition:progress-picture", lambda side: {"place_pk": side.hamlet.pk}, other_hamlet=404),
    Row("recognition:reminder-list"),
    Row("recognition:reminder-read", method="post", data={"all": "1"}, own=302),
    Row("recognition:reminder-email", method="post", data={"by_email": "0"}, own=302),
    Row("recognition:below-list", lambda side: {"place_pk": side.ward.pk}, own={"ba": 404, "*": 200}),
]

"""Commendations: register, candidates, lists, decisions, forms."""

import datetime

from recognition.choices import IssuingBody
from recognition.domain.honours import deciding, lists
from recognition.domain.honours.deciding import DecisionPaper
from recognition.domain.honours.lists import Draft
from recognition.models import CommendationForm
from tests.factories.units import make_officer
from tests.url_matrix.cast import Row, only, per_side
from units.choices import Level, Role

DAY = datetime.date(2026, 1, 5)


def _form(side) -> CommendationForm:
    found, _new = CommendationForm.objects.get_or_create(
        kind="MERIT",
        name="Giấy khen của phường",
        body=IssuingBody.COMMITTEE,
        level=Level.COMMUNE,
        place=side.ward,
        defaults={"legal_basis": "Quy chế", "source": "Phường"},
    )
    return found


def _roll(side, title="Thành tích khuyến học"):
    draft = Draft(_form(side), "YEARLY", title, 2025, 2025)  # of one title only one is being made
    roll = lists.create_list(actor=side.officer, place=side.ward, draft=draft)
    lists.add_name(actor=side.officer, roll=roll, honouree="COLLECTIVE", name="Ban khuyến học chợ")
    return roll


@per_side
def written(side):
    return _roll(side)


def _sent(side, title):
    roll = _roll(side, title)
    return lists.send(actor=side.chair, roll=roll, signed_on=DAY, signer="A", signer_title="Chủ tịch Hội")


@per_side
def sent(side):
    return _sent(side, "Đã gửi cấp quyết định")


@per_side
def decided(side):
    roll = _sent(side, "Đã có quyết định")
    decider = make_officer(Role.DECIDER, side.ward, name="Lý Thị Khen")
    give = set(roll.items.values_list("pk", flat=True))
    paper = DecisionPaper(DAY, "A", "Chủ tịch", ["Căn cứ quy chế;"])
    return deciding.decide(actor=decider, roll=roll, give=give, decline={}, paper=paper)


def at_ward(side):
    return {"place_pk": side.ward.pk}


KEEPERS = only("an", "chi") | {"ba": 404}
ACTS = only("an", "chi", ok=302) | {"ba": 404}

ROWS = [
    Row("recognition:commendation-list"),
    Row(
        "recognition:commendation-detail",
        lambda side: {"pk": decided(side).roll.items.get().pk},
        own={"ba": 404, "*": 200},
    ),
    Row(
        "recognition:commendation-replace",
        lambda side: {"pk": decided(side).roll.items.get().pk},
        own=only("dao") | {"ba": 404},
    ),
    Row("recognition:commendation-candidates", at_ward, own=KEEPERS),
    Row("recognition:commendation-rolls"),
    Row("recognition:commendation-create", at_ward, own=KEEPERS),
    Row("recognition:commendation-roll", lambda side: {"pk": written(side).pk}, own={"ba": 404, "*": 200}),
    Row(
        "recognition:commendation-add",
        lambda side: {"pk": written(side).pk},
        method="post",
        data={"honouree": "COLLECTIVE", "name": "Chi hội khu phố 2"},
        own=ACTS,
    ),
    Row(
        "recognition:commendation-remove",
        lambda side: {"pk": written(side).pk},
        method="post",
        data=lambda side: {"item": written(side).items.get().pk},
        own=ACTS,
    ),
    Row(
        "recognition:commendation-send",
        lambda side: {"pk": written(side).pk},
        method="post",
        data={"signed_on": "05/01/2026", "signer": "A", "signer_title": "B"},
        own=ACTS,
    ),
    Row(
        "recognition:commendation-return",
        lambda side: {"pk": sent(side).pk},
        method="post",
        data={"note": "Thiếu thành tích"},
        own=only("dao", ok=302) | {"ba": 404},
    ),
    Row("recognition:commendation-decide", lambda side: {"pk": sent(side).pk}, own=only("dao") | {"ba": 404}),
    Row(
        "recognition:commendation-roll-paper",
        lambda side: {"pk": written(side).pk},
        query={"tep": "docx"},
        own={"ba": 404, "*": 200},
    ),
    Row(
        "recognition:commendation-decision-paper",
        lambda side: {"pk": decided(side).pk},
        query={"tep": "docx"},
        own={"ba": 404, "*": 200},
    ),
    Row(  # no such batch: back to the list, without typesetting
        "recognition:commendation-certificates",
        lambda side: {"pk": decided(side).pk, "batch": 9},
        method="post",
        own={"ba": 404, "*": 302},
    ),
    Row(
        "recognition:commendation-paper",
        lambda side: {"pk": decided(side).roll.items.get().pk},
        own={"ba": 404, "*": 200},
    ),
    Row("recognition:commendation-forms"),
    Row("recognition:commendation-form-create", own=only("chi", "dao", "em", "quan")),
    Row(
        "recognition:commendation-form-edit",
        lambda side: {"pk": _form(side).pk},
        own=only("chi", "dao", "quan"),
        foreign=only("quan"),
    ),
]

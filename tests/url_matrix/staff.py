"""Who may open the staff pages: administrators keep accounts and postings, ward chairs read those of their ward."""

import datetime

from tests.factories.units import PostingFactory
from tests.url_matrix.cast import Row, Side, only, per_side
from units.choices import Role
from units.domain.staff import invitation_token

READERS = ("chi", "quan")


def officer(side: Side) -> dict:
    return {"pk": side.officer.pk}


@per_side
def extra_posting(side: Side):
    """A second posting of the side's officer."""
    return PostingFactory(
        user=side.officer, role=Role.WARD_OFFICER, place=side.ward, ends_on=datetime.date(2099, 12, 31)
    )


@per_side
def token(side: Side) -> str:
    """An invitation of somebody who is not in the cast (a new link ends the sessions of its person)."""
    return invitation_token(actor=side.world.people["quan"], user=side.newcomer)


NEW_PERSON = {"full_name": "Lý Văn Khoa", "username": "khoa", "role": "LEADER", "place": ""}
PASSWORD = {"password1": "mot cau dai de nho", "password2": "mot cau dai de nho"}
ADMIN = only("quan")
ADMIN_ACTS = only("quan", ok=302)
HIDDEN = {"*": 403}

ROWS: list[Row] = [
    Row("units:staff-list", own=only(*READERS)),
    Row("units:staff-create", own=ADMIN),
    Row(
        "units:staff-create",
        method="post",
        data=lambda side: NEW_PERSON | {"role": "WARD_OFFICER", "place": side.ward.pk},
        own=ADMIN_ACTS,
        foreign=HIDDEN,
    ),
    Row("units:staff-detail", officer, own=only(*READERS), foreign={"chi": 404, "*": 403}),
    Row("units:staff-update", officer, own=ADMIN, foreign=HIDDEN),
    Row("units:staff-update", officer, method="post", data={"full_name": "Lê An"}, own=ADMIN_ACTS, foreign=HIDDEN),
    Row("units:staff-link", officer, method="post", own=ADMIN_ACTS, foreign=HIDDEN),
    Row("units:staff-stop", officer, method="post", own=ADMIN_ACTS, foreign=HIDDEN),
    Row("units:staff-reopen", officer, method="post", own=ADMIN_ACTS, foreign=HIDDEN),
    Row("units:posting-create", officer, own=ADMIN, foreign=HIDDEN),
    Row(
        "units:posting-create",
        officer,
        method="post",
        data=lambda side: {"role": "WARD_CHAIR", "place": side.ward.pk},
        own=ADMIN_ACTS,
        foreign=HIDDEN,
    ),
    Row(
        "units:posting-end", lambda side: {"pk": extra_posting(side).pk}, method="post", own=ADMIN_ACTS, foreign=HIDDEN
    ),
    Row("units:my-account"),
    Row("units:invitation", lambda side: {"token": token(side)}, foreign=200, anonymous=200),
    Row(
        "units:invitation",
        lambda side: {"token": token(side)},
        method="post",
        data=PASSWORD,
        own=302,
        foreign=302,
        anonymous=302,
    ),
    Row("units:invitation", {"token": "khong-co"}, own=410, anonymous=410),
]

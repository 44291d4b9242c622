"""Who may open the URLs of: self-scores by one-time link."""

import datetime

from django.utils import timezone

from recognition.choices import LearningModel
from recognition.domain import entry_links
from recognition.models import EntryLink
from tests.url_matrix.cast import Row, Side, only, per_side
from tests.url_matrix.chain import dossier, year

KEEPERS = ("an", "ba")


@per_side
def slip(side: Side) -> str:
    """The token of a link; the link itself is `EntryLink`'s newest of the side."""
    row = dossier(side, "Lê Thị Có Phiếu")
    made = entry_links.make_links(
        actor=side.officer,
        place=side.hamlet,
        year=year(),
        model=LearningModel.FAMILY,
        expires_on=timezone.localdate() + datetime.timedelta(days=7),
    )
    return next(one.token for one in made if one.registration.pk == row.pk)


def _link(side: Side) -> dict:
    return {"pk": EntryLink.objects.get(token_hash=entry_links.token_hash(slip(side))).pk}


def _hamlet(side: Side) -> dict:
    slip(side)
    return {"place_pk": side.hamlet.pk}


ROWS: list[Row] = [
    # Behind the QR code: no account is asked for.
    Row("recognition:entry", lambda side: {"token": slip(side)}, foreign=200, anonymous=200),
    Row("recognition:entry", {"token": "khong-co-lien-ket-nay"}, own=404, anonymous=404),
    Row("recognition:entry-links", _hamlet, own=only(*KEEPERS), foreign={"*": 404, "quan": 403}),
    Row(
        "recognition:entry-links-bulk",
        _hamlet,
        method="post",
        own=only(*KEEPERS, ok=302),
        foreign={"*": 404, "quan": 403},
    ),
    Row("recognition:entry-link-detail", _link, own=only(*KEEPERS), foreign={"*": 404, "quan": 403}),
]

"""Who may open the URLs of: public pages. Open to everybody once the ward's chair has opened them."""

from recognition.models import PublicPage
from tests.url_matrix.cast import Row, only, per_side


@per_side
def page(side):
    return PublicPage.objects.create(place=side.ward, is_open=True)


def _open(side):
    return {"place_pk": page(side).place_id}


ROWS = [
    Row("recognition:public-page", _open, foreign=200, anonymous=200),
    Row("recognition:public-csv", _open, foreign=200, anonymous=200),
    Row("recognition:public-json", _open, foreign=200, anonymous=200),
    Row("recognition:public-settings", lambda side: {"place_pk": side.ward.pk}, own=only("chi") | {"ba": 404}),
]

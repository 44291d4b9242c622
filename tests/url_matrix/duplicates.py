"""Probable duplicates: whoever reads a place sees its pairs; whoever keeps its register compares, judges and merges."""

from tests.factories.units import make_household
from tests.url_matrix.cast import Row, only, per_side
from units.domain.duplicates.merging import merge_duplicates
from units.models import Registrant, RegistrantMerge

KEEPERS = ("an", "ba", "chi")


@per_side
def twin(side) -> Registrant:
    return make_household(side.hamlet, "Nguyễn Văn Hòa")


@per_side
def merge(side) -> RegistrantMerge:
    kept, other = (make_household(side.hamlet, "Lê Văn Gộp") for _n in range(2))
    return merge_duplicates(actor=side.officer, kept=kept, other=other)


def _pair(side) -> dict:
    return {"first": side.household.pk, "second": twin(side).pk}


def _merge(side) -> dict:
    return {"pk": merge(side).pk}


ROWS: list[Row] = [
    Row("units:duplicate-list", own={"binh": 302, "em": 302, "quan": 302, "*": 302}),
    Row("units:duplicate-place", lambda side: {"place_pk": side.hamlet.pk}, other_hamlet=404),
    Row("units:duplicate-place", lambda side: {"place_pk": side.ward.pk}, own={"ba": 404, "*": 200}),
    Row("units:duplicate-of", lambda side: {"pk": side.household.pk}, own=only(*KEEPERS), other_hamlet=404),
    Row("units:duplicate-pair", _pair, own=only(*KEEPERS), other_hamlet=404),
    Row("units:duplicate-pair", _pair, method="post", data={"keep": ""}, own=only(*KEEPERS), other_hamlet=404),
    Row("units:duplicate-dismiss", _pair, method="post", own=only(*KEEPERS, ok=302), other_hamlet=404),
    Row("units:duplicate-take-back", _pair, method="post", own=only(*KEEPERS, ok=302), other_hamlet=404),
    Row("units:merge-detail", _merge, other_hamlet=404),
    Row("units:merge-undo", _merge, method="post", own=only(*KEEPERS, ok=302), other_hamlet=404),
]

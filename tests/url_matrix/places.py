"""Who may open the pages of places: everybody signed in reads, the ward's officers and administrators keep hamlets."""

from tests.url_matrix.cast import Row, only

KEEPERS = ("an", "chi", "quan")
NEW = {"name": "Khu phố 9", "kind": "khu phố", "area_class": "NORMAL"}

ROWS: list[Row] = [
    Row("units:place-search"),
    Row("units:place-options", query={"field": "place", "place_q": "hoa hung"}),
    Row("units:place-detail", lambda side: {"pk": side.ward.pk}, foreign=200),
    Row("units:place-detail", lambda side: {"pk": side.hamlet.pk}, foreign=200),
    Row("units:hamlet-create", lambda side: {"pk": side.ward.pk}, own=only(*KEEPERS)),
    Row("units:hamlet-create", lambda side: {"pk": side.ward.pk}, method="post", data=NEW, own=only(*KEEPERS, ok=302)),
    Row("units:hamlet-create-many", lambda side: {"pk": side.ward.pk}, own=only(*KEEPERS)),
    Row(
        "units:hamlet-create-many",
        lambda side: {"pk": side.ward.pk},
        method="post",
        data={"lines": "Khu phố 8\nKhu phố 9", "kind": "khu phố", "save": "1"},
        own=only(*KEEPERS, ok=302),
    ),
    Row("units:hamlet-update", lambda side: {"pk": side.hamlet.pk}, own=only(*KEEPERS), other_hamlet=403),
    Row(
        "units:hamlet-update", lambda side: {"pk": side.hamlet.pk}, method="post", data=NEW, own=only(*KEEPERS, ok=302)
    ),
]

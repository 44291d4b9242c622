"""Who may open which URL: one module per area, each with `ROWS: list[Row]`; tests/test_urls.py walks them all.

The cast (cast.py): An ward officer, Ba hamlet officer, Chi ward chair, Đào decider, Bình inspector of the province,
Em leader of the province, Quản administrator (whole nation); Dũng ward officer of a ward in another province; and
nobody (anonymous). `own` is the ward of An, Ba, Chi and Đào, in the province of Bình and Em. `foreign` is Dũng's ward
with the same objects. Each is a `Side` with `ward`, `province`, `hamlet`, `household`, `community` (of the hamlet),
`ward_community`, `officer`, `chair`.

A row says what everybody gets:

    from tests.url_matrix.cast import Row, only, per_side

    ROWS = [
        # every signed-in person 200, anonymous → sign-in
        Row("units:place-list"),
        # open to all
        Row("portal:health", anonymous=200),
        # these three 200, the other roles 403
        Row("units:household-create", own=only("an", "ba", "chi")),
        # own 200, foreign 404, Ba at another hamlet of her ward 404
        Row("units:household-detail", lambda side: {"pk": side.household.pk}, other_hamlet=404),
        # an action: those three are redirected, the other roles 403, foreign 404, and GET is refused by 405
        Row("units:household-close", lambda side: {"pk": side.household.pk}, method="post",
            data={"reason": "MISTAKE"}, own=only("an", "ba", "chi", ok=302)),
        # public facts
        Row("units:place-detail", lambda side: {"pk": side.ward.pk}, foreign=200),
    ]

* `kwargs`: a dict, or a function of the side. With a function the row is walked on both sides, otherwise once.
* `own`: a status for everybody, or a dict by cast name ("an", "ba", "chi", "dao", "binh", "em", "quan"; "*" for the
  rest). Without kwargs Dũng gets what An gets (or what `own["dung"]` says). `only(names, ok=200, others=403)` writes
  such a dict.
* `foreign` (default 404): the same for the foreign side, except that Quản gets what he gets on his own side and Dũng
  gets what An gets on hers (write "quan" into `foreign`, "dung" into `own` to say otherwise). Dũng on the own side
  gets what An gets on the foreign one.
* `anonymous` (default: the redirect to sign-in): a status.
* `query`: query string fields; `data`: posted fields; both a dict or a function of the side.
* `other_hamlet`: what Ba gets for the same object of `side.neighbour` (another hamlet of her ward).
* A URL whose rows are all `method="post"` must answer 405 to GET (put @require_POST on the outside).
* Objects an area needs beyond the side's own: `@per_side def proposal(side): …`, made at first use, once a side.
* Every request runs in a savepoint that is rolled back, so rows never see each other's writes.

Walk one area: pytest tests/test_urls.py -k "walk and register"
"""

"""What becomes of each row: judged by the database against the register and the other rows, all rows at once."""

from __future__ import annotations

from django.db import connection
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from units.choices import RowVerdict
from units.domain.importing.staging import NEW_IDS, SORT_MEMORY
from units.models import ImportBatch, Place

# Fields an import may change, with the expression of what the row says where it says something. Empty cells never
# erase what the register knows. Spelling: a list typed without marks or in other capitals corrects nothing.
_NOT_ASCII = "'[^ -~]'"
# As `rows.phone_of` writes it: what was entered with spaces or dots before it did is the same number.
_PLAIN_PHONE = r"regexp_replace(regexp_replace(s.phone, '[ ().\-]', '', 'g'), '^(\+84|(?=[0-9]{9}$))', '0')"
# As `rows.group_of` writes it: a bare number, as a form takes it, is the same group.
_PLAIN_GROUP = (
    "CASE WHEN s.group_name ~ '^[0-9]+$' THEN 'Tổ ' || coalesce(nullif(ltrim(s.group_name, '0'), ''), s.group_name) END"
)
_DIFFERS = {
    "name": "i.search_name <> s.search_name OR"
    f" lower(i.name) <> lower(s.name) AND (i.name ~ {_NOT_ASCII} OR s.name !~ {_NOT_ASCII})",
    "note": "i.note <> '' AND i.note <> s.note",
    "address": "i.address <> '' AND (i.address_key <> s.address_key OR"
    f" lower(i.address) <> lower(s.address) AND (i.address ~ {_NOT_ASCII} OR s.address !~ {_NOT_ASCII}))",
    "group_name": "i.group_name <> '' AND i.group_name <> s.group_name"
    f" AND i.group_name IS DISTINCT FROM {_PLAIN_GROUP}",
    "members": "i.members IS NOT NULL AND i.members IS DISTINCT FROM s.members",
    "adults": "i.adults IS NOT NULL AND i.adults IS DISTINCT FROM s.adults",
    "pupils": "i.pupils IS NOT NULL AND i.pupils IS DISTINCT FROM s.pupils",
    "poverty": "i.poverty <> '' AND i.poverty <> s.poverty",
    "phone": f"i.phone <> '' AND i.phone <> s.phone AND i.phone <> {_PLAIN_PHONE}",
}
REGISTRANT_FIELDS = ("name", "note")
PROFILE_FIELDS = tuple(name for name in _DIFFERS if name not in REGISTRANT_FIELDS)
# What is derived goes with its source, so that an undo can put all of it back.
FROM_NAME, FROM_ADDRESS = ("sort_key", "search_name", "bigrams"), ("address_key",)
_KEPT = {name: f"'{name}', s.{name}" for name in _DIFFERS}
_KEPT["name"] += "".join(f", '{name}', s.{name}" for name in FROM_NAME)
_KEPT["address"] += "".join(f", '{name}', s.{name}" for name in FROM_ADDRESS)
_BEFORE = " || ".join(
    f"CASE WHEN {test} THEN jsonb_build_object({_KEPT[name]}) ELSE '{{}}'::jsonb END" for name, test in _DIFFERS.items()
)
# The same household: the one whose key the row carries (a downloaded list), else same name and address without marks
# in the same hamlet. Open households only; one that an undone import had brought in counts as never entered.
_LIVE = """
    SELECT r.id, r.hamlet_id, r.search_name COLLATE "C" AS search_name, r.bigrams, r.sort_key,
           r.name, r.note, r.closed_on,
           h.address_key COLLATE "C" AS address_key, h.address, h.group_name,
           h.members, h.adults, h.pupils, h.poverty, h.phone
    FROM units_registrant r JOIN units_household h ON h.registrant_id = r.id
    WHERE r.commune_id = %(commune)s AND r.kind = 'HOUSEHOLD' AND r.close_reason <> 'IMPORT_UNDONE'
"""
# The register itself may have two of one name and address; their own downloaded rows are no mistake of the list.
_ANOTHER = "(i.identity IS NULL OR s.id IS NULL OR (s.search_name, s.address_key) <> (i.search_name, i.address_key))"
_JUDGED = f"""
    here AS (
        SELECT DISTINCT ON (hamlet_id, search_name, address_key) * FROM import_ward WHERE closed_on IS NULL
        ORDER BY hamlet_id, search_name, address_key, id
    ),
    same AS (
        SELECT i.key, l.*, p.name AS hamlet FROM judged_rows i
        JOIN import_ward l ON l.id = i.identity AND l.closed_on IS NULL JOIN units_place p ON p.id = l.hamlet_id
        UNION ALL
        SELECT i.key, h.*, NULL FROM judged_rows i
        JOIN here h ON h.hamlet_id = i.hamlet_id AND h.search_name = i.search_name AND h.address_key = i.address_key
        WHERE i.identity IS NULL AND NOT EXISTS (SELECT 1 FROM judged_rows o WHERE o.identity = h.id)
    ),
    elsewhere AS (
        SELECT DISTINCT ON (l.search_name, l.address_key)
               l.id, l.hamlet_id, l.search_name, l.address_key, p.name AS hamlet
        FROM import_ward l JOIN units_place p ON p.id = l.hamlet_id WHERE l.closed_on IS NULL AND l.address_key <> ''
        ORDER BY l.search_name, l.address_key, l.id
    ),
    gone AS (
        SELECT DISTINCT ON (hamlet_id, search_name, address_key) * FROM import_ward WHERE closed_on IS NOT NULL
        ORDER BY hamlet_id, search_name, address_key, closed_on DESC, id DESC
    ),
    alike AS (
        SELECT DISTINCT ON (l.hamlet_id, l.search_name) l.* FROM import_ward l
        WHERE l.closed_on IS NULL AND NOT EXISTS (
            SELECT 1 FROM judged_rows i WHERE i.hamlet_id = l.hamlet_id AND i.search_name = l.search_name
            AND i.address_key = l.address_key)
            AND NOT EXISTS (SELECT 1 FROM judged_rows i WHERE i.identity = l.id)
        ORDER BY l.hamlet_id, l.search_name, l.id
    ),
    twice AS (
        SELECT d.search_name, d.address_key, d.place, f.key, f.row_no, f.sheet
        FROM (SELECT search_name, address_key, CASE WHEN address_key = '' THEN hamlet_id ELSE 0 END AS place,
                     coalesce(min(key) FILTER (WHERE identity IS NOT NULL), min(key)) AS key
              FROM judged_rows GROUP BY 1, 2, 3 HAVING count(*) > 1) d
        JOIN judged_rows f ON f.key = d.key
    ),
    again AS (
        SELECT d.identity, f.key, f.row_no FROM (
            SELECT identity, min(key) AS key FROM judged_rows WHERE identity IS NOT NULL
            GROUP BY 1 HAVING count(*) > 1) d
        JOIN judged_rows f ON f.key = d.key
    ),
    named AS (
        SELECT hamlet_id, search_name, min(row_no) AS row_no FROM judged_rows
        WHERE address_key <> ''
            AND (hamlet_id, search_name) IN (SELECT hamlet_id, search_name FROM judged_rows WHERE address_key = '')
        GROUP BY hamlet_id, search_name
    ),
    matched AS (
        SELECT i.key, i.address_key,
               s.id AS same_id, e.id AS elsewhere_id, g.id AS gone_id, a.id AS alike_id,
               e.hamlet AS elsewhere_hamlet, g.closed_on AS gone_on, a.address AS alike_address,
               CASE WHEN {_ANOTHER} THEN t.row_no END AS twice_row, nullif(t.sheet, i.sheet) AS twice_sheet,
               n.row_no AS named_row, x.row_no AS again_row,
               i.identity IS NOT NULL AND s.id IS NULL AS lost, w.closed_on AS lost_on,
               CASE WHEN s.hamlet_id <> i.hamlet_id THEN s.hamlet END AS moved_from,
               i.identity IS NOT NULL AND o.id <> s.id
                   AND (s.search_name, s.address_key) <> (i.search_name, i.address_key) AS clash,
               CASE WHEN s.id IS NOT NULL THEN {_BEFORE} END AS before,
               coalesce(i.members, s.members) AS all_members,
               coalesce(i.adults, s.adults, 0) AS all_adults, coalesce(i.pupils, s.pupils, 0) AS all_pupils
        FROM judged_rows i
        LEFT JOIN twice t ON t.search_name = i.search_name AND t.address_key = i.address_key AND t.key <> i.key
            AND t.place = CASE WHEN i.address_key = '' THEN i.hamlet_id ELSE 0 END
        LEFT JOIN named n ON i.address_key = '' AND n.hamlet_id = i.hamlet_id AND n.search_name = i.search_name
        LEFT JOIN again x ON x.identity = i.identity AND x.key <> i.key
        LEFT JOIN same s ON s.key = i.key
        LEFT JOIN import_ward w ON w.id = i.identity
        LEFT JOIN here o ON i.identity IS NOT NULL AND o.hamlet_id = i.hamlet_id AND o.search_name = i.search_name
            AND o.address_key = i.address_key
        LEFT JOIN elsewhere e ON s.id IS NULL AND e.search_name = i.search_name AND e.address_key = i.address_key
        LEFT JOIN gone g ON s.id IS NULL AND g.hamlet_id = i.hamlet_id AND g.search_name = i.search_name
            AND g.address_key = i.address_key
        LEFT JOIN alike a ON s.id IS NULL AND a.hamlet_id = i.hamlet_id AND a.search_name = i.search_name
    ),
    judged AS (
        SELECT key, same_id, before, CASE
            WHEN coalesce(twice_row, again_row) IS NOT NULL OR lost OR moved_from IS NOT NULL OR clash THEN 'REFUSED'
            WHEN same_id IS NOT NULL AND all_adults + all_pupils > all_members THEN 'REFUSED'
            WHEN same_id IS NOT NULL AND before = '{{}}' THEN 'UNCHANGED'
            WHEN same_id IS NOT NULL THEN 'CHANGED'
            WHEN elsewhere_id IS NOT NULL THEN 'REFUSED'
            WHEN coalesce(gone_id, alike_id, named_row) IS NOT NULL THEN 'DUPLICATE'
            ELSE 'ADDED' END AS verdict, CASE
            WHEN twice_row IS NOT NULL AND twice_sheet IS NOT NULL THEN format(%(twice_sheet)s, twice_row, twice_sheet)
            WHEN twice_row IS NOT NULL AND address_key = '' THEN format(%(twice_bare)s, twice_row)
            WHEN twice_row IS NOT NULL THEN format(%(twice)s, twice_row)
            WHEN again_row IS NOT NULL THEN format(%(again)s, again_row)
            WHEN lost AND lost_on IS NOT NULL THEN format(%(lost_closed)s, to_char(lost_on, 'DD/MM/YYYY'))
            WHEN lost THEN %(lost)s
            WHEN moved_from IS NOT NULL THEN format(%(elsewhere)s, moved_from)
            WHEN clash THEN %(clash)s
            WHEN same_id IS NOT NULL AND all_adults + all_pupils > all_members
                THEN format(%(people)s, all_adults, all_pupils, all_members)
            WHEN same_id IS NOT NULL THEN NULL
            WHEN elsewhere_id IS NOT NULL THEN format(%(elsewhere)s, elsewhere_hamlet)
            WHEN gone_id IS NOT NULL THEN format(%(gone)s, to_char(gone_on, 'DD/MM/YYYY'))
            WHEN alike_id IS NOT NULL AND alike_address = '' THEN %(alike_bare)s
            WHEN alike_id IS NOT NULL THEN format(%(alike)s, alike_address)
            WHEN named_row IS NOT NULL THEN format(%(named)s, named_row) END AS reason,
            CASE WHEN twice_row IS NULL THEN coalesce(same_id, elsewhere_id, gone_id, alike_id) END AS like_id
        FROM matched
    )
"""


def _params(batch: ImportBatch) -> dict:
    return {
        "batch": batch.pk,
        "commune": batch.place.fact_ids["commune_id"],
        "twice": _("Trùng với dòng %s trong tệp (cùng họ tên chủ hộ, cùng địa chỉ)."),
        "twice_sheet": _("Trùng với dòng %s của trang tính “%s” (cùng họ tên chủ hộ, cùng địa chỉ)."),
        "twice_bare": _(
            "Trùng tên với dòng %s, cả hai dòng không ghi địa chỉ. Nếu là hai hộ, hãy ghi địa chỉ từng hộ."
        ),
        "people": _("Người lớn (%s) cộng học sinh (%s) nhiều hơn số nhân khẩu đang ghi trong sổ (%s)."),
        "elsewhere": _("Hộ này đã có ở %s. Nếu hộ đã chuyển đến, hãy chuyển hộ trong sổ thay vì nhập mới."),
        "again": _("Trùng mã hộ với dòng %s trong tệp. Nếu là hộ mới, hãy để trống ô mã hộ."),
        "lost": _("Không có hộ mang mã này trong sổ của phường, xã. Nếu là hộ mới, hãy để trống ô mã hộ."),
        "lost_closed": _("Hộ này đã ra khỏi sổ ngày %s. Nếu hộ quay lại, hãy mở lại hộ đó trong sổ."),
        "clash": _("Cùng khu phố đã có hộ khác trùng họ tên và địa chỉ này."),
        "gone": _("Hộ cùng tên, cùng địa chỉ đã ra khỏi sổ ngày %s. Nếu hộ quay lại, hãy mở lại hộ đó."),
        "alike": _("Cùng khu phố đã có hộ trùng tên ở địa chỉ “%s”."),
        "alike_bare": _("Cùng khu phố đã có hộ trùng tên, chưa ghi địa chỉ."),
        "named": _("Dòng %s trong tệp trùng tên và có địa chỉ; dòng này không ghi địa chỉ."),
        "moved_on": _("Sổ bộ đã thay đổi sau khi xem trước: %s"),
        "edited": _("Hộ này đã được người khác sửa sau khi xem trước. Hãy tải tệp lên lại."),
        "closed": _("Hộ này đã ra khỏi sổ sau khi xem trước. Hãy tải tệp lên lại."),
    }


# Rows that anything speaks against, with everything that is asked of them; nearly none of a list that is all new: they
# ask, name a household by its key or have no address, the ward knows their name in the hamlet or name and address
# anywhere, another row says the same, or one of the same name has no address. Each of these sets is hashed once.
# Keys are ASCII: bytes compare several times faster than a language's rules, and mean the same.
_KEYS = """
    WITH listed AS NOT MATERIALIZED (
        SELECT id AS key, sheet, row_no, hamlet_id, search_name COLLATE "C" AS search_name,
               address_key COLLATE "C" AS address_key, name, address, group_name, members, adults, pupils, poverty,
               phone, note, {}
        FROM units_importrow WHERE batch_id = %(batch)s AND verdict <> 'REFUSED'
    )
    SELECT * FROM listed WHERE asks OR identity IS NOT NULL OR address_key = ''
        OR (hamlet_id, search_name) IN (SELECT hamlet_id, search_name FROM import_ward)
        OR (search_name, address_key) IN (SELECT search_name, address_key FROM import_ward)
        OR (search_name, address_key) IN (
            SELECT search_name, address_key FROM listed GROUP BY search_name, address_key HAVING count(*) > 1)
        OR (hamlet_id, search_name) IN (SELECT hamlet_id, search_name FROM listed WHERE address_key = '')
"""
_NEW_ROWS = _KEYS.format("CASE WHEN verdict = '' THEN registrant_id END AS identity, false AS asks")
_KEPT_ROWS = _KEYS.format(
    "CASE WHEN verdict IN ('CHANGED', 'UNCHANGED') THEN registrant_id END AS identity, verdict = 'DUPLICATE' AS asks"
)
# Rows are staged as new households with their keys, so only those that are none are written once more.
_JUDGE_NEW = (
    f"WITH {_JUDGED}"
    + """
    UPDATE units_importrow r SET verdict = j.verdict,
        reasons = CASE WHEN j.reason IS NULL THEN '{}' ELSE ARRAY[j.reason] END,
        registrant_id = CASE WHEN j.verdict IN ('CHANGED', 'UNCHANGED') THEN j.same_id END,
        before = CASE WHEN j.verdict = 'CHANGED' THEN j.before
             WHEN j.verdict IN ('DUPLICATE', 'REFUSED') AND j.like_id IS NOT NULL
                THEN jsonb_build_object('like', j.like_id) END
    FROM judged j WHERE r.batch_id = %(batch)s AND j.key = r.id AND j.verdict <> 'ADDED'
    """
)
_JUDGE_AGAIN = (
    f"WITH {_JUDGED}"
    + f""",
    settled AS (
        SELECT r.id, CASE
            WHEN r.verdict = 'DUPLICATE' AND NOT coalesce((r.before ->> 'add')::boolean, false) THEN 'DUPLICATE'
            WHEN r.verdict = 'DUPLICATE' AND j.verdict IN ('ADDED', 'DUPLICATE') THEN 'ADDED'
            WHEN r.verdict = 'ADDED' AND j.verdict = 'ADDED' THEN 'ADDED'
            WHEN r.verdict IN ('ADDED', 'DUPLICATE') AND j.same_id IS NOT NULL AND j.verdict <> 'REFUSED'
                THEN 'UNCHANGED'
            WHEN r.verdict = 'CHANGED' AND j.verdict = 'CHANGED' AND j.same_id = r.registrant_id AND j.before = r.before
                THEN 'CHANGED'
            WHEN r.verdict = 'CHANGED' AND j.verdict = 'UNCHANGED' AND j.same_id = r.registrant_id THEN 'UNCHANGED'
            WHEN r.verdict = 'UNCHANGED' AND j.same_id = r.registrant_id THEN 'UNCHANGED'
            ELSE 'REFUSED' END AS verdict, j.same_id, j.reason
        FROM units_importrow r JOIN judged j ON j.key = r.id
        WHERE r.batch_id = %(batch)s
    )
    UPDATE units_importrow r SET verdict = s.verdict,
        registrant_id = CASE
            WHEN s.verdict = 'ADDED'
                THEN coalesce(r.registrant_id, {NEW_IDS})
            WHEN s.verdict = 'UNCHANGED' THEN s.same_id
            WHEN s.verdict = 'CHANGED' THEN r.registrant_id END,
        reasons = CASE
            WHEN s.verdict <> 'REFUSED' THEN r.reasons
            WHEN s.reason IS NOT NULL THEN ARRAY[format(%(moved_on)s, s.reason)]
            WHEN s.same_id IS NULL THEN ARRAY[%(closed)s] ELSE ARRAY[%(edited)s] END
    FROM settled s WHERE r.batch_id = %(batch)s AND s.id = r.id AND s.verdict <> r.verdict
    """
)
# A sample of three thousand rows tells the planner as much as one of thirty thousand, and costs a tenth.
SAMPLE = "SET LOCAL default_statistics_target = 10"
# Names of verdicts in figures and in the command's JSON.
FIGURES = {
    RowVerdict.ADDED: "added",
    RowVerdict.CHANGED: "changed",
    RowVerdict.UNCHANGED: "unchanged",
    RowVerdict.DUPLICATE: "duplicates",
    RowVerdict.REFUSED: "refused",
}


def judge_new(batch: ImportBatch) -> None:
    """Judge the rows that were staged."""
    _judge(_JUDGE_NEW, batch, _NEW_ROWS)


def judge_again(batch: ImportBatch) -> None:
    """Judge kept rows against the register of now. A row goes on only to what was shown for it, or to nothing."""
    _judge(_JUDGE_AGAIN, batch, _KEPT_ROWS)


def refuse_ended(batch: ImportBatch) -> None:
    """Nobody enters a hamlet that ended, while its ward goes on, since the list was shown."""
    ended = Place.objects.filter(
        pk__in=batch.rows.values("hamlet"), valid_to__lt=timezone.localdate(), commune__valid_to__isnull=True
    )
    for place in ended:  # as many as ended between the preview and now
        batch.rows.filter(hamlet=place, verdict__in=(RowVerdict.ADDED, RowVerdict.DUPLICATE)).update(
            verdict=RowVerdict.REFUSED,
            reasons=[
                _("%(place)s không còn sau ngày %(day)s. Hãy chọn %(today)s hiện nay.")
                % {
                    "place": place.name,
                    "day": date_format(place.valid_to, "SHORT_DATE_FORMAT"),
                    "today": _("khu phố, thôn"),
                }
            ],
        )


def _judge(statement: str, batch: ImportBatch, rows: str) -> None:
    """Run a judging statement over the rows and the ward's households.

    Both are set out in tables of their own with statistics first. Even so the planner takes some of the sets in between
    for nearly empty and would compare each row with each, for an hour: it may hash and sort only.
    """
    params = _params(batch)
    with connection.cursor() as cursor:
        # Sorting a large list on disk would take longer than everything else here; for this transaction only.
        # Compiling the statement takes longer than running it.
        settings = "set_config('jit', 'off', true), set_config('enable_nestloop', 'off', true)"
        cursor.execute(f"SELECT set_config('work_mem', %s, true), {settings}", [SORT_MEMORY])
        for table, source in (("import_ward", _LIVE), ("judged_rows", rows)):
            cursor.execute(
                f"DROP TABLE IF EXISTS pg_temp.{table};"
                f" CREATE TEMP TABLE {table} ON COMMIT DROP AS {source}; {SAMPLE}; ANALYZE {table}",
                params,
            )
        cursor.execute(statement, params)
        cursor.execute("SET LOCAL enable_nestloop TO DEFAULT")


def count_rows(batch: ImportBatch) -> dict[str, int]:
    """Rows by verdict, and `wanted`: rows ticked for registration among those that are or will be in the register."""
    counts = dict.fromkeys(FIGURES.values(), 0) | {"wanted": 0}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT verdict, count(*), count(*) FILTER (WHERE wants_registration) FROM units_importrow"
            " WHERE batch_id = %s GROUP BY verdict",
            [batch.pk],
        )
        for verdict, number, ticked in cursor.fetchall():
            counts[FIGURES[verdict]] = number
            if verdict in (RowVerdict.ADDED, RowVerdict.CHANGED, RowVerdict.UNCHANGED):
                counts["wanted"] += ticked
    return counts

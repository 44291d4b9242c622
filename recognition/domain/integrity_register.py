"""Proof of what the register stores twice: profiles, hosts of citizens, families of clans, places above places."""

from __future__ import annotations

from django.utils.translation import gettext as _

from recognition.domain.integrity_faults import Fault, faults, rows_of
from units.models.references import REFERENCES

PROFILES = {
    "HOUSEHOLD": "units_household",
    "CLAN": "units_clan",
    "ORGANISATION": "units_organisation",
    "CITIZEN": "units_citizen",
    "COMMUNITY": "units_community",
}
ABOVE = ("commune", "district", "province")


def profiles() -> list[Fault]:
    """Every registrant has exactly the profile of its kind."""
    has = " UNION ALL ".join(f"SELECT registrant_id, '{kind}' AS kind FROM {table}" for kind, table in PROFILES.items())
    rows = rows_of(
        f"SELECT coalesce(g.id, p.registrant_id), p.kind IS NULL FROM units_registrant g FULL JOIN ({has}) p"
        " ON p.registrant_id = g.id AND p.kind = g.kind WHERE g.id IS NULL OR p.kind IS NULL ORDER BY 1"
    )
    missing, foreign = (
        _("Đối tượng %(pk)d thiếu phần thông tin của loại mình."),
        _("Đối tượng %(pk)d có phần thông tin của loại khác."),
    )
    return faults("profiles", rows, lambda row: (missing if row[1] else foreign) % {"pk": row[0]})


def hosts() -> list[Fault]:
    """A citizen in the register is counted where an open household or organisation stands, and marked as active."""
    rows = rows_of(
        "SELECT g.id, CASE WHEN c.active <> (g.closed_on IS NULL) THEN 'active' WHEN h.kind <>"
        " CASE WHEN c.household_id IS NULL THEN 'ORGANISATION' ELSE 'HOUSEHOLD' END THEN 'kind'"
        " WHEN h.closed_on IS NOT NULL THEN 'closed' ELSE 'elsewhere' END, h.name"
        " FROM units_citizen c JOIN units_registrant g ON g.id = c.registrant_id"
        " JOIN units_registrant h ON h.id = coalesce(c.household_id, c.organisation_id)"
        " WHERE c.active <> (g.closed_on IS NULL) OR g.closed_on IS NULL AND (h.closed_on IS NOT NULL"
        " OR h.kind <> CASE WHEN c.household_id IS NULL THEN 'ORGANISATION' ELSE 'HOUSEHOLD' END"
        " OR (h.hamlet_id, h.commune_id) IS DISTINCT FROM (g.hamlet_id, g.commune_id)) ORDER BY 1"
    )
    sentences = {
        "active": _("Công dân %(pk)d có dấu còn trong sổ không khớp với sổ."),
        "kind": _("Công dân %(pk)d được tính ở “%(host)s” không phải hộ hay đơn vị."),
        "closed": _("Công dân %(pk)d còn trong sổ nhưng “%(host)s” nơi tính đã ra khỏi sổ."),
        "elsewhere": _("Công dân %(pk)d đứng khác địa bàn với “%(host)s” nơi tính."),
    }
    return faults("hosts", rows, lambda row: sentences[row[1]] % {"pk": row[0], "host": row[2]})


def clans() -> list[Fault]:
    """No household is of two clans on one day; nobody is of a clan before it or the household was in the register."""
    rows = rows_of(
        "SELECT a.household_id, g.name FROM units_clanmembership a JOIN units_clanmembership b"
        " ON b.household_id = a.household_id AND b.id > a.id"
        " AND daterange(a.since, a.until) && daterange(b.since, b.until)"
        " JOIN units_registrant g ON g.id = a.household_id ORDER BY 1"
    )
    return faults(
        "clans",
        rows,
        lambda row: _("Hộ %(pk)d (%(name)s) thuộc hai dòng họ cùng lúc.") % {"pk": row[0], "name": row[1]},
    )


def places() -> list[Fault]:
    """The commune, district and province beside a hamlet are those of the hamlet; so are those of each place's parent.

    Nobody in the register came to a hamlet after its end, or stands in one that ended while its commune goes on. A stay
    within one year is on no list of 31 December: a reform that is entered late finds people come and gone since its
    day, and they keep where they were.
    """
    differ = " OR ".join(f"x.{name}_id IS DISTINCT FROM p.{name}_id" for name in ABOVE)
    rows = rows_of(
        f"SELECT 'registrant', x.id, p.name FROM units_registrant x JOIN units_place p ON p.id = x.hamlet_id"
        f" WHERE {differ}"
        f" UNION ALL SELECT 'stay', x.registrant_id, p.name FROM units_stay x JOIN units_place p ON p.id = x.hamlet_id"
        f" WHERE {differ}"
        f" UNION ALL SELECT 'dossier', x.id, p.name FROM recognition_registration x"
        f" JOIN units_place p ON p.id = x.hamlet_id WHERE {differ}"
        " UNION ALL SELECT 'place', c.id, c.name FROM units_place c JOIN units_place p ON p.id = c.parent_id"
        " WHERE c.province_id IS DISTINCT FROM CASE WHEN p.level = 'province' THEN p.id ELSE p.province_id END"
        " OR c.district_id IS DISTINCT FROM CASE WHEN p.level = 'district' THEN p.id ELSE p.district_id END"
        " OR c.commune_id IS DISTINCT FROM CASE WHEN p.level = 'commune' THEN p.id ELSE p.commune_id END"
        " UNION ALL SELECT 'ended', g.id, p.name FROM units_registrant g JOIN units_place p ON p.id = g.hamlet_id"
        " JOIN units_place w ON w.id = p.commune_id WHERE g.closed_on IS NULL AND p.valid_to IS NOT NULL"
        " AND (w.valid_to IS NULL OR w.valid_to > p.valid_to)"
        " UNION ALL SELECT 'late', s.registrant_id, p.name FROM units_stay s JOIN units_place p ON p.id = s.hamlet_id"
        " WHERE s.since > p.valid_to AND (s.until IS NULL OR extract(year FROM s.until) > extract(year FROM s.since))"
        " ORDER BY 1, 2"
    )
    sentences = {
        "registrant": _("Đối tượng %(pk)d ở %(place)s ghi sai cấp trên."),
        "stay": _("Thời gian cư trú của đối tượng %(pk)d ở %(place)s ghi sai cấp trên."),
        "dossier": _("Hồ sơ %(pk)d ở %(place)s ghi sai cấp trên."),
        "place": _("%(place)s (%(pk)d) ghi sai cấp trên."),
        "ended": _("Đối tượng %(pk)d còn đứng ở %(place)s đã kết thúc."),
        "late": _("Đối tượng %(pk)d đến %(place)s sau ngày nơi này kết thúc."),
    }
    return faults("places", rows, lambda row: sentences[row[0]] % {"pk": row[1], "place": row[2]})


def references() -> list[Fault]:
    """What mass tables name exists. Triggers keep it so; a restored or hand-made row came past them."""
    rows = rows_of(
        " UNION ALL ".join(
            f"SELECT '{table}', '{column}', x.{column} FROM {table} x LEFT JOIN {named} n ON n.id = x.{column}"
            f" WHERE x.{column} IS NOT NULL AND n.id IS NULL"
            for table, columns in REFERENCES.items()
            for column, named in columns.items()
        )
        + " ORDER BY 1, 2, 3"
    )
    return faults(
        "references",
        rows,
        lambda row: (
            _("Bảng %(table)s, cột %(column)s ghi số %(value)d không tồn tại.")
            % {"table": row[0], "column": row[1], "value": row[2]}
        ),
    )


CHECKS = {"profiles": profiles, "hosts": hosts, "clans": clans, "places": places, "references": references}

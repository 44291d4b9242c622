"""Whom each measure counts, as SQL. One definition gives numerator, denominator, list and checksum, so they agree.

A subject is a dossier or a place in a year: rows of `t(subject, registrant_id, year, hamlet_id, commune_id,
district_id, province_id, area)`. `t.day` is the day people are counted: 31 December of the year, today while the year
runs, or the last day of a place that ended before.
"""

from __future__ import annotations

from dataclasses import dataclass

from recognition.choices import LearningModel
from units.choices import CitizenGroup

ADULT = 18


@dataclass(frozen=True)
class Definition:
    """`below`: models whose recognitions are counted. `at`: the place whose last day counts. `people`: SQL joined to
    the subjects that gives s.registrant_id and a place. `in_year`: recognised for that very year; otherwise holding on
    the day. `whole`: SQL of the denominator where it is a number somebody reported instead of a list.
    """

    below: tuple[str, ...]
    at: str
    people: str
    in_year: bool = False
    whole: str = ""
    place: str = "NULL::bigint"

    def dated(self, subjects: str) -> str:
        """WITH … t: the subjects with the day people are counted. Parameters: those of the subjects, then today."""
        return (
            f"WITH u AS ({subjects}), t AS (SELECT u.*, least(make_date(u.year, 12, 31), %s::date, p.valid_to) AS day"
            f" FROM u JOIN units_place p ON p.id = u.{self.at}_id)"
        )

    def members(self, subjects: str, *, everywhere: bool = False) -> str:
        """SELECT subject, registrant_id, place_id, counted, dossier_id, state of everybody the measure looks at.

        `subjects`: SQL of the subjects; its parameters, then today, are the parameters of the whole.
        """
        people = self.people.replace("{here}", "" if everywhere else " AND s.commune_id = t.commune_id")
        models = ", ".join(f"'{model}'" for model in self.below)
        return (
            f"{self.dated(subjects)}, m AS (SELECT t.subject, t.year, t.day, s.registrant_id, {self.place} AS place_id"
            f" FROM t {people}) SELECT m.subject, m.registrant_id, m.place_id,"
            f" {_recognised('m', models, in_year=self.in_year)} AS counted,"
            " d.id AS dossier_id, d.state FROM m LEFT JOIN LATERAL (SELECT r.id, r.state"
            " FROM recognition_registration r WHERE r.registrant_id = m.registrant_id AND r.year = m.year AND r.live"
            f" AND r.model IN ({models}) ORDER BY r.id LIMIT 1) d ON true"
        )


def _recognised(who: str, models: str, *, in_year: bool = False) -> str:
    """SQL: is `who` (with registrant_id, year, day) recognised, in that very year or still on the day?"""
    holds = (
        f"a.year = {who}.year"
        if in_year
        else f"a.year <= {who}.year AND (a.valid_until IS NULL OR a.valid_until >= {who}.day)"
        f" AND (a.valid_from <= {who}.day OR a.year = {who}.year)"
    )
    return (
        f"EXISTS (SELECT 1 FROM recognition_award a WHERE a.registrant_id = {who}.registrant_id"
        f" AND a.model IN ({models}) AND a.status = 'VALID' AND {holds})"
    )


def _standing(kind: str, inside: str) -> str:
    """Registrants of a kind that stood in the subject's place on the day."""
    return (
        f"JOIN units_stay s ON s.commune_id = t.commune_id{inside} AND s.kind = '{kind}' AND s.since <= t.day"
        " AND (s.until IS NULL OR s.until > t.day)"
    )


def _here() -> str:
    return " AND s.since <= t.day AND (s.until IS NULL OR s.until > t.day)"


def _places(level: str, above: str) -> str:
    """Places of a level that stood inside the subject's place on the day, with their community where there is one."""
    return (
        f"JOIN units_place q ON q.level = '{level}' AND q.{above}_id = t.{above}_id"
        " AND (q.valid_from IS NULL OR q.valid_from <= t.day) AND (q.valid_to IS NULL OR q.valid_to >= t.day)"
        " LEFT JOIN units_community s ON s.place_id = q.id"
    )


def _citizens(host: str, only: str) -> str:
    return (
        f"JOIN units_citizen z ON z.{host}_id = t.registrant_id AND {only}"
        f" JOIN units_stay s ON s.registrant_id = z.registrant_id{_here()}"
    )


def _people_of(only: str, learner: str) -> str:
    """Staff or learners of an organisation: those counted there, and those counted at home it confirmed as its own."""
    return (
        "JOIN LATERAL (SELECT c.registrant_id FROM units_citizen c WHERE c.organisation_id = t.registrant_id AND "
        + only.replace("z.", "c.")
        + " UNION SELECT f.citizen_id FROM recognition_affiliation f WHERE f.organisation_id = t.registrant_id"
        f" AND f.learner = {learner} AND f.since <= t.day AND (f.until IS NULL OR f.until > t.day)) z ON true"
        f" JOIN units_stay s ON s.registrant_id = z.registrant_id{_here()}"
    )


_IN_HAMLET = " AND s.hamlet_id = t.hamlet_id"
_LEARNER = f'z."group" = {CitizenGroup.OTHERS.value}'
_STAFF = f'z."group" <> {CitizenGroup.OTHERS.value}'


def _reported(column: str) -> str:
    return (
        f"(SELECT y.{column} FROM units_organisationyear y"
        " WHERE y.organisation_id = t.registrant_id AND y.year = t.year)"
    )


FAMILY, CITIZEN, UNIT, CLAN = LearningModel.FAMILY, LearningModel.CITIZEN, LearningModel.UNIT, LearningModel.CLAN
HAMLET, COMMUNE = LearningModel.COMMUNITY_HAMLET, LearningModel.COMMUNITY_COMMUNE
_ADULTS = "(SELECT h.adults FROM units_household h WHERE h.registrant_id = t.registrant_id)"


def _hosts(kind: str, model: str) -> str:
    """Households or organisations of the subject's commune that are recognised: e(registrant_id, year, day)."""
    return (
        "LATERAL (SELECT e.registrant_id, t.year, t.day FROM units_stay e WHERE e.commune_id = t.commune_id"
        f" AND e.kind = '{kind}' AND e.since <= t.day AND (e.until IS NULL OR e.until > t.day)) e"
        f" ON {_recognised('e', repr(str(model)))}"
    )


def _of_recognised(kind: str, model: str, host: str, only: str, reported: str, beside: str = "") -> Definition:
    """D-11: citizens at recognised households or organisations ÷ the people these report.

    `beside`: SQL of more people of the hosts e. Somebody at two of them is one person.
    """
    return Definition(
        (CITIZEN,),
        "commune",
        f"JOIN LATERAL (SELECT z.registrant_id FROM (SELECT t.year, t.day) AS one JOIN {_hosts(kind, model)}"
        f" JOIN units_citizen z ON z.{host}_id = e.registrant_id AND {only}{beside}) z ON true"
        f" JOIN units_stay s ON s.registrant_id = z.registrant_id{_here()}",
        whole="(SELECT sum(n.people)::int FROM (SELECT t.year, t.day) AS one"
        f" JOIN {_hosts(kind, model)} JOIN {reported})",
    )


DEFINITIONS = {
    # D-01. The register knows how many adults a household has; who they are only where citizens are entered.
    "household_citizen_share": Definition(
        (CITIZEN,), "commune", _citizens("household", f"t.year - z.birth_year >= {ADULT}"), whole=_ADULTS
    ),
    # D-02
    "clan_family_share": Definition(
        (FAMILY,),
        "commune",
        "JOIN units_clanmembership c ON c.clan_id = t.registrant_id AND c.since <= t.day"
        " AND (c.until IS NULL OR c.until > t.day)"
        f" JOIN units_stay s ON s.registrant_id = c.household_id{_here()}{{here}}",
    ),
    # D-03, D-03b
    "hamlet_family_share": Definition((FAMILY,), "hamlet", _standing("HOUSEHOLD", _IN_HAMLET), in_year=True),
    "hamlet_clan_unit_share": Definition(
        (CLAN, UNIT),
        "hamlet",
        "JOIN units_stay s ON s.commune_id = t.commune_id AND s.hamlet_id = t.hamlet_id"
        f" AND s.kind IN ('CLAN', 'ORGANISATION'){_here()}",
    ),
    # D-04, D-05, D-08
    "commune_family_share": Definition((FAMILY,), "commune", _standing("HOUSEHOLD", ""), in_year=True),
    "commune_hamlet_share": Definition((HAMLET,), "commune", _places("hamlet", "commune"), place="q.id"),
    "commune_clan_share": Definition((CLAN,), "commune", _standing("CLAN", "")),
    "commune_unit_share": Definition((UNIT,), "commune", _standing("ORGANISATION", "")),
    "commune_citizen_share": Definition((CITIZEN,), "commune", _standing("CITIZEN", "")),
    # D-06, D-07: staff and learners are reported numbers; the register lists those entered as citizens.
    "unit_citizen_share": Definition((CITIZEN,), "commune", _people_of(_STAFF, "FALSE"), whole=_reported("staff")),
    "unit_member_citizen_share": Definition(
        (CITIZEN,), "commune", _people_of(_STAFF, "FALSE"), whole=_reported("staff")
    ),
    "unit_learner_citizen_share": Definition(
        (CITIZEN,), "commune", _people_of(_LEARNER, "TRUE"), whole=_reported("learners")
    ),
    # D-11, beside the shares of the commune above
    "commune_family_adult_share": _of_recognised(
        "HOUSEHOLD",
        FAMILY,
        "household",
        f"t.year - z.birth_year >= {ADULT}",
        "(SELECT h.registrant_id, h.adults AS people FROM units_household h) n ON n.registrant_id = e.registrant_id",
    ),
    "commune_unit_staff_share": _of_recognised(
        "ORGANISATION",
        UNIT,
        "organisation",
        _STAFF,
        "(SELECT y.organisation_id, y.year, y.staff AS people FROM units_organisationyear y) n"
        " ON n.organisation_id = e.registrant_id AND n.year = e.year",
        # staff counted at home, as the organisations confirmed them
        f" UNION SELECT f.citizen_id FROM (SELECT t.year, t.day) AS one JOIN {_hosts('ORGANISATION', UNIT)}"
        " JOIN recognition_affiliation f ON f.organisation_id = e.registrant_id AND NOT f.learner"
        " AND f.since <= e.day AND (f.until IS NULL OR f.until > e.day)",
    ),
    # D-10
    "district_commune_share": Definition((COMMUNE,), "district", _places("commune", "district"), place="q.id"),
    "province_commune_share": Definition((COMMUNE,), "province", _places("commune", "province"), place="q.id"),
}

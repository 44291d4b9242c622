"""R-09 asked where it belongs: dossiers that reach level 2, against the decisions of level 1 before them."""

import datetime

import pytest

from recognition.domain.upgrades import upgrade_findings
from recognition.models import Award, Decision, Proposal, Registration, Rulebook
from tests.factories.recognition import make_district, make_ward_dossier

ASKED = datetime.date(2026, 3, 1)


def recognised(row, *, signed_on, level=1, year=2025, until=datetime.date(2028, 12, 31), **more):
    """An earlier recognition of the same community."""
    before = Registration.objects.create(
        registrant=row.registrant,
        model=row.model,
        year=year,
        rulebook=row.rulebook,
        commune=row.commune,
        district=row.district,
        province=row.province,
        state="RECOGNISED",
        state_at=row.state_at,
        passed=True,
        level=level,
    )
    decision = Decision.objects.create(
        place=row.province,
        authority="Chủ tịch",
        model=row.model,
        year=year,
        symbol="QĐ-UBND",
        signed_on=signed_on,
        signer="A",
        signer_title="Chủ tịch",
    )
    return Award.objects.create(
        registration=before,
        decision=decision,
        registrant=row.registrant,
        model=row.model,
        year=year,
        level=level,
        commune=row.commune,
        district=row.district,
        province=row.province,
        valid_from=signed_on,
        valid_until=until,
        **more,
    )


@pytest.fixture
def row(db):
    dossier = make_ward_dossier(make_district())
    rulebook = Rulebook.objects.get(code="COMMUNE-TT25")
    Registration.objects.filter(pk=dossier.pk).update(level=2, year=2026, rulebook=rulebook)
    return Registration.objects.get(pk=dossier.pk)


def said(row):
    return [one.text for _row, one in upgrade_findings([row], asked_on=ASKED)]


def test_whoever_was_never_recognised_asks_directly(row):
    assert said(row) == []


@pytest.mark.parametrize(
    ("signed_on", "text"),
    [
        (datetime.date(2025, 3, 1), []),
        (
            datetime.date(2025, 3, 2),
            ["Quyết định mức độ 1 ngày 02/03/2025 chưa đủ 12 tháng; sớm nhất ngày 02/03/2026."],
        ),
    ],
)
def test_twelve_months_on_both_sides(row, signed_on, text):
    recognised(row, signed_on=signed_on)
    assert said(row) == text
    row.level = 1
    assert said(row) == []


def test_it_is_asked_on_the_day_of_the_letter_whenever_somebody_looks(row):
    recognised(row, signed_on=datetime.date(2024, 3, 2))
    letter = row.proposal
    for day, count in ((datetime.date(2025, 3, 1), 1), (datetime.date(2025, 3, 2), 0)):
        Proposal.objects.filter(pk=letter.pk).update(signed_on=day)
        assert len(upgrade_findings([row])) == count


def test_an_expired_or_revoked_decision_does_not_count(row):
    recognised(row, signed_on=datetime.date(2022, 1, 1), year=2021, until=datetime.date(2026, 2, 28))
    assert said(row) == ["Quyết định công nhận mức độ 1 đã hết hiệu lực ngày 28/02/2026."]
    Award.objects.update(status="REVOKED", status_reason="Kê khai sai")
    assert said(row) == ["Đề nghị mức độ 2 nhưng chưa có quyết định công nhận mức độ 1."]

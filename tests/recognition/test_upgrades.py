"""R-09 asked where it belongs: dossiers that reach level 2, against the decisions of level 1 before them."""

import copy
import datetime
import json

import pytest
from django.core.management import call_command

from recognition.choices import RulebookOrigin
from recognition.domain.deciding import issue
from recognition.domain.errors import RowsRefused
from recognition.domain.rulebooks import load_rulebooks
from recognition.domain.upgrades import too_early, upgrade_findings
from recognition.models import Award, Decision, Proposal, Registration, Rulebook
from recognition.rulebook_checks import parse_rulebook
from tests.factories.recognition import make_district, make_ward_dossier
from units.models import User

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


@pytest.mark.parametrize(
    ("letter_of", "changed", "sentence"),
    [
        (
            datetime.date(2026, 3, 1),
            {},
            "Quyết định mức độ 1 ngày 02/03/2025 chưa đủ 12 tháng; sớm nhất ngày 02/03/2026.",
        ),
        (datetime.date(2026, 3, 2), {}, ""),
        (datetime.date(2026, 3, 1), {"early": "warn"}, ""),
        (datetime.date(2026, 3, 1), {"fact": {"mark": "P", "sources": ["S16"]}}, ""),  # deduced, read by nobody
    ],
)
def test_too_early_is_not_issued_unless_the_rulebook_only_warns(row, capsys, letter_of, changed, sentence):
    """Both sides of the day, and the same day under rules that leave it to whoever decides."""
    recognised(row, signed_on=datetime.date(2025, 3, 2))
    book = row.rulebook
    content = copy.deepcopy(book.content) | {"version": 9}
    content["upgrade"] |= changed
    content["unknown_levels"] = []
    load_rulebooks(specs=[parse_rulebook(content, book.code)], origin=RulebookOrigin.ASSOCIATION)
    Registration.objects.filter(pk=row.pk).update(
        rulebook=Rulebook.objects.get(code=book.code, version=9), state="INSPECTED", passed=True
    )
    Proposal.objects.filter(pk=row.proposal_id).update(
        signed_on=letter_of, year=2026, number=1, to_place=row.district, state="SENT"
    )
    decider = User.objects.get(postings__role="DECIDER")
    decision = Decision.objects.create(
        place=row.district, authority="Chủ tịch", model=row.model, year=2026, symbol="QĐ-UBND", proposal=row.proposal,
        signed_on=datetime.date(2026, 3, 20), signer="A", signer_title="Chủ tịch",
    )  # fmt: skip
    row.refresh_from_db()
    send = {"actor": decider, "decision": decision, "recognise": {row.pk: row.shown_as}}
    if not sentence:
        (found,) = upgrade_findings([row]) or [(row, None)]
        assert (found[1].level if found[1] else None) == ("warn" if changed else None)
        assert too_early([row]) == []
        return
    with pytest.raises(RowsRefused) as refused:
        issue(**send)
    assert refused.value.message == (
        "Có 1 hồ sơ chưa đến lúc được mức độ cao hơn nên chưa ban hành. Không có gì thay đổi."
    )
    assert refused.value.skipped == [
        (row.pk, f"{sentence} Hãy trả lại hồ sơ để lập tờ trình từ ngày đó, hoặc ghi là không công nhận.")
    ]
    assert Award.objects.filter(registration=row).count() == 0
    asked = {
        "place": row.district.code,
        "model": row.model,
        "year": "2026",
        "actor": decider.username,
        "on": datetime.date(2026, 3, 20),
    }
    call_command("decide", **asked, json=True)
    (left,) = json.loads(capsys.readouterr().out)["decisions"]
    assert (left["decision"], left["recognised"], left["left"]) == (None, 0, 1)
    assert Decision.objects.get(pk=decision.pk).state == "DRAFT"

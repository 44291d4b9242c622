"""Generated registers: the same for the same seed, in the places of their time, and clean under every check."""

import datetime
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from recognition.choices import State
from recognition.domain.errors import RecognitionError
from recognition.domain.generating import generate, plan
from recognition.domain.integrity import check_all
from recognition.domain.kept_lists import is_kept, letter_list, minutes_list
from recognition.models import Award, Certificate, Decision, KeptList, Proposal, Registration, ReviewMeeting, Tally
from tests.factories.recognition import load_shipped_rulebooks
from tests.factories.units import CommuneFactory, DistrictFactory, ProvinceFactory, make_household
from units.models import ClanMembership, Place, Registrant, Stay, Succession

pytestmark = pytest.mark.django_db
REFORM = datetime.date(2025, 7, 1)
BEFORE = datetime.date(2025, 6, 30)
HOUSEHOLDS = 240


class Rollback(Exception):
    """Leaves a transaction without what it wrote."""


@pytest.fixture
def ward():
    """A ward of today made of two whole wards of before; a third gave only a part and a fourth is new all over."""
    load_shipped_rulebooks()
    province = ProvinceFactory(code="79", name="Thành phố Hồ Chí Minh")
    former = ProvinceFactory(code="79", name="Thành phố Hồ Chí Minh", valid_from=None, valid_to=BEFORE)
    district = DistrictFactory(code="771", name="Quận 10", parent=former)
    olds = [
        CommuneFactory(code=code, name=name, parent=district, valid_from=None, valid_to=BEFORE)
        for code, name in (("27163", "Phường 15"), ("27166", "Phường 13"), ("27169", "Phường 14"))
    ]
    ward = CommuneFactory(code="27163", name="Phường Hòa Hưng", parent=province)
    other = CommuneFactory(code="27169", name="Phường Diên Hồng", parent=province)
    for old, new, partial in ((olds[0], ward, False), (olds[1], ward, False), (olds[2], other, True)):
        Succession.objects.create(from_place=old, to_place=new, effective_on=REFORM, partial=partial)
    return ward


def run(seed: int = 7) -> dict:
    out = StringIO()
    call_command(
        "generate",
        scale="ward",
        years=timezone.localdate().year - 2022,  # from 2023 on: years on both sides of the reform
        seed=seed,
        households=HOUSEHOLDS,
        json=True,
        verbosity=0,
        stdout=out,
    )
    return json.loads(out.getvalue())


def contents() -> list[tuple]:
    """Everything a person could see, without ids, tokens and moments."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT g.name, g.opened_on, g.closed_on, h.address, h.members, h.poverty, p.code, r.year, r.state,"
            " r.self_half, r.review_half, r.passed, a.valid_from, c.number, c.printed_address, s.scores::text"
            " FROM units_registrant g JOIN units_household h ON h.registrant_id = g.id"
            " LEFT JOIN recognition_registration r ON r.registrant_id = g.id"
            " LEFT JOIN units_place p ON p.id = r.hamlet_id"
            " LEFT JOIN recognition_award a ON a.registration_id = r.id"
            " LEFT JOIN recognition_certificate c ON c.award_id = a.id"
            " LEFT JOIN recognition_assessment s ON s.registration_id = r.id AND s.stage = 'SELF'"
            " ORDER BY g.id, r.year"
        )
        return cursor.fetchall()


def generated_then_forgotten(seed: int) -> list[tuple]:
    found: list[tuple] = []
    with pytest.raises(Rollback), transaction.atomic():
        run(seed)
        found = contents()
        raise Rollback
    return found


def test_every_check_is_clean(ward):
    result = run()

    assert check_all() == []
    assert result["rows"]["household"] == HOUSEHOLDS
    assert result["rows"]["registration"] == Registration.objects.count() > HOUSEHOLDS
    assert result["communes"] == 1
    assert {kind: result["rows"][kind] for kind in ("organisation", "clan", "citizen", "community")} == {
        "organisation": 12,
        "clan": HOUSEHOLDS // 100,
        "citizen": HOUSEHOLDS // 10 + 12,
        "community": HOUSEHOLDS // 20 + 1,
    }
    assert ClanMembership.objects.count() == 6 * (HOUSEHOLDS // 100)


def test_same_seed_same_data(ward):
    first, second, other = (generated_then_forgotten(seed) for seed in (7, 7, 8))

    assert first == second
    assert first != other


def test_second_run_is_refused_and_changes_nothing(ward):
    run()
    before = contents()

    with pytest.raises(CommandError) as refusal:
        run()

    assert str(refusal.value) == (
        "Phường Hòa Hưng (mã 27163) đã có khu phố, thôn hoặc đối tượng trong sổ nên không tạo thêm dữ liệu giả lập vào "
        "đó. Hãy dùng một cơ sở dữ liệu mới hoặc chọn tỉnh khác bằng --province."
    )
    assert contents() == before


def test_a_filled_register_is_never_mixed_with_invented_people(ward):
    hamlet = Place(code="27163-01", level="hamlet", kind="khu phố", name="Khu phố 1", parent=ward, valid_from=REFORM)
    hamlet.save()
    make_household(hamlet, "Trần Văn Bình", opened_on=datetime.date(2026, 1, 5))

    with pytest.raises(CommandError, match="Phường Hòa Hưng"):
        run()

    assert Registrant.objects.count() == 1


def test_production_is_refused(ward, settings):
    settings.PRODUCTION = True

    with pytest.raises(CommandError) as refusal:
        run()
    with pytest.raises(RecognitionError):
        generate(plan(scale="ward", years=1, seed=1, households=20))

    assert str(refusal.value) == "Không tạo dữ liệu giả lập trên hệ thống đang vận hành (PORTAL_ENV=production)."
    assert Registrant.objects.count() == 0


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"years": 0}, "Số năm phải từ 1 đến 10."),
        ({"years": 11}, "Số năm phải từ 1 đến 10."),
        ({"province": "98"}, "Không có tỉnh, thành phố nào mang mã 98."),
        ({"province": "27163"}, "Không có tỉnh, thành phố nào mang mã 27163."),
        ({"households": 0}, "Cần ít nhất 1 hộ"),
    ],
)
def test_a_wrong_option_is_explained(ward, options, sentence):
    with pytest.raises(CommandError) as refusal:
        call_command("generate", **{"scale": "ward", "years": 1, "verbosity": 0, **options})

    assert str(refusal.value).startswith(sentence)


def test_facts_stand_in_the_places_of_their_time(ward):
    run()

    for year in (2023, 2024):
        rows = Registration.objects.filter(year=year)
        assert set(rows.values_list("commune__name", flat=True)) == {"Phường 13", "Phường 15"}
        assert set(rows.values_list("district__name", flat=True)) == {"Quận 10"}
    later = Registration.objects.filter(year__gte=2025)
    assert set(later.values_list("commune__name", "district")) == {("Phường Hòa Hưng", None)}
    assert not Stay.objects.filter(commune=ward, since__lt=REFORM).exists()
    assert not Stay.objects.exclude(commune=ward).filter(until__gt=REFORM).exists()
    assert not Stay.objects.exclude(commune=ward).filter(until__isnull=True).exists()


def test_every_hamlet_has_the_one_it_was(ward):
    run()

    hamlets = Place.objects.filter(level="hamlet", parent=ward)
    links = Succession.objects.filter(to_place__in=hamlets, partial=False, effective_on=REFORM)
    assert hamlets.count() == HOUSEHOLDS // 20 == links.count()
    assert set(links.values_list("from_place__parent__name", flat=True)) == {"Phường 13", "Phường 15"}
    assert not Place.objects.filter(parent__code="27169").exists()  # went there only in part, or has no such past


def test_years_look_like_years(ward):
    run()

    tallies = Tally.objects.filter(level="commune")
    for year in (2023, 2024, 2025):
        rows = [tally for tally in tallies if tally.year == year]
        registered, recognised = (sum(getattr(row, name) for row in rows) for name in ("registered", "recognised"))
        standing = Stay.objects.filter(kind="HOUSEHOLD", since__lte=datetime.date(year, 12, 31)).exclude(
            until__lte=datetime.date(year, 12, 31)
        )
        assert 0.62 < registered / standing.count() < 0.97  # 70–92 % of a large ward; here only 240 households
        assert 0.5 < recognised / registered < 0.93
    running = tallies.get(year=timezone.localdate().year)
    assert running.at_self_assessed + running.at_reviewed + running.at_proposed + running.at_registered > 0


def test_papers_cover_exactly_their_dossiers(ward):
    run()

    recognised = Registration.objects.filter(state=State.RECOGNISED)
    assert Award.objects.count() == recognised.count() == Certificate.objects.count() > 0
    assert not recognised.filter(meeting__isnull=True).exists()
    assert not Registration.objects.filter(state=State.PROPOSED, proposal__state="DECIDED").exists()
    for decision in Decision.objects.select_related("place", "proposal"):
        numbers = Certificate.objects.filter(place=decision.place, number_year=decision.number_year)
        assert sorted(numbers.values_list("number", flat=True)) == list(range(1, numbers.count() + 1))
        assert decision.proposal.place == decision.place
        assert decision.signed_on <= timezone.localdate()
    tokens = Certificate.objects.values_list("token", flat=True)
    assert len({len(token) for token in tokens} | {32}) == 1
    assert not Proposal.objects.filter(registrations__isnull=True).exists()
    assert not ReviewMeeting.objects.filter(registrations__isnull=True).exists()
    # Lists are kept as the verbs keep them: what is read back is what would be written now.
    for model, read in ((Proposal, letter_list), (ReviewMeeting, minutes_list)):
        papers = list(model.objects.order_by("pk"))
        kept = [read(one) for one in papers]
        assert all(map(is_kept, papers))
        assert [len(rows) for rows in kept] == [one.registrations.count() for one in papers]
        KeptList.objects.filter(pk__in=[one.kept_list.pk for one in papers]).delete()
        assert kept == [read(one) for one in model.objects.order_by("pk")]


def test_history_knows_where_the_rows_come_from(ward):
    run()

    event = Registration.objects.order_by("pk").first().events.get()
    assert event.pgh_context.metadata == {"user": None, "user_name": "Dữ liệu giả lập", "action": "generate"}

"""Who decides on a commune since districts ended: unknown until a province enters it, then the chain goes on."""

import copy
import datetime
from dataclasses import dataclass, replace

import pytest
from django.urls import reverse

from recognition.choices import Action, LearningModel, RulebookOrigin, Stage, State
from recognition.domain import evidence
from recognition.domain.assessing import Entry, record_scores
from recognition.domain.authorities import Authority, enter_authority, take_back_authority
from recognition.domain.deciding import issue, prepare
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.inspecting import Member, create_inspection
from recognition.domain.inspection_sheets import inspect
from recognition.domain.proposing import propose
from recognition.domain.registering import register
from recognition.domain.rulebooks import load_rulebooks, rulebook_for
from recognition.models import Assessment, Award, Evidence, Inspection, Proposal, Registration, Renewal, Rulebook
from recognition.rulebook_checks import parse_rulebook
from recognition.rules import may
from recognition.scoring import from_half_points
from tests.factories.recognition import load_shipped_rulebooks, make_community
from tests.factories.units import CommuneFactory, ProvinceFactory, make_officer
from units.choices import Role
from units.models import Place, User

pytestmark = pytest.mark.django_db

MODEL = LearningModel.COMMUNITY_COMMUNE
PAPER = Authority(
    from_day=datetime.date(2025, 7, 1),
    name="Giám đốc Sở Giáo dục và Đào tạo cấp tỉnh",
    symbol="QĐ-SGDĐT",
    document="Quyết định 77/QĐ-UBND về giao nhiệm vụ công nhận Cộng đồng học tập",
    issued_on=datetime.date(2025, 9, 15),
    seen_at="Lưu tại Văn phòng Hội Khuyến học tỉnh",
)


@dataclass
class Country:
    province: Place
    ward: Place
    officer: User
    leader: User
    inspector: User
    decider: User


@pytest.fixture
def country() -> Country:
    load_shipped_rulebooks()
    province = ProvinceFactory(name="Tỉnh Lâm Đồng", code="68")
    ward = CommuneFactory(name="Xã Liên Hương", parent=province)
    return Country(
        province,
        ward,
        make_officer(Role.WARD_OFFICER, ward, name="Lê Thị An"),
        make_officer(Role.LEADER, province, name="Vũ Thị Em"),
        make_officer(Role.INSPECTOR, province, name="Hoàng Văn Bình"),
        make_officer(Role.DECIDER, province, name="Đặng Văn Ký"),
    )


def general() -> Rulebook:
    return Rulebook.objects.get(code="COMMUNE-TT25")


def dossier(country, year=2025, *, state=State.SELF_ASSESSED) -> Registration:
    community = country.ward.__dict__.setdefault("_community", None) or make_community(country.ward)
    country.ward._community = community
    row = register(actor=country.officer, registrant=community, model=MODEL, year=year)
    if state != State.REGISTERED:
        scores = dict.fromkeys(row.rulebook.spec.leaf_codes, 1)
        record_scores(actor=country.officer, stage=Stage.SELF, entries=[Entry(row.pk, State.REGISTERED, scores=scores)])
    row.refresh_from_db()
    return row


def send(country, row) -> Proposal:
    letter = Proposal(
        place=country.ward,
        model=MODEL,
        year=row.year,
        signed_on=datetime.date(row.year + 1, 2, 20),
        signer="Nguyễn Văn Phú",
        signer_title="Chủ tịch",
    )
    propose(actor=country.officer, proposal=letter, shown={row.pk: row.state})
    return letter


def test_without_an_entry_the_dossier_waits_and_says_what_for(country):
    row = dossier(country)

    with pytest.raises(RecognitionError) as error:
        send(country, row)

    assert error.value.message == (
        "Chưa có quy định cơ quan nào công nhận “Cộng đồng học tập cấp xã” năm 2025 tại Xã Liên Hương."
    )
    row.state = State.PROPOSED
    assert may(country.inspector, Action.INSPECT, row).reason == (
        "Chưa có quy định cấp nào thực hiện “Ghi kết quả kiểm tra” cho năm này. Lãnh đạo cấp tỉnh ghi cơ quan có thẩm "
        "quyền ở trang bộ tiêu chí thì hồ sơ đi tiếp."
    )


def test_with_an_entry_a_waiting_dossier_goes_on_to_its_certificate(country):
    row = dossier(country)

    entered = enter_authority(actor=country.leader, rulebook=general(), province=country.province, authority=PAPER)

    assert (entered.rulebook.code, entered.rulebook.version, entered.moved) == ("COMMUNE-TT25-68", 1, 1)
    row.refresh_from_db()
    assert (row.rulebook, row.state) == (entered.rulebook, State.SELF_ASSESSED)
    letter = send(country, row)
    assert letter.to_place == country.province
    team = Inspection(
        place=country.province,
        model=MODEL,
        year=2025,
        starts_on=datetime.date(2026, 3, 1),
        ends_on=datetime.date(2026, 3, 20),
    )
    lead = Member("Hoàng Văn Bình", country.inspector, is_lead=True)
    create_inspection(actor=country.inspector, inspection=team, members=[lead])
    row.refresh_from_db()
    inspect(
        actor=country.inspector,
        registration=row,
        shown=row.shown_as,
        scores=dict.fromkeys(row.rulebook.spec.leaf_codes, 1),
        remarks={"visited_on": "2026-03-06", "window": "01/01/2025–31/12/2025"},
    )
    decision = prepare(
        actor=country.decider,
        proposal=letter,
        signed_on=datetime.date(2026, 3, 25),
        signer="Đặng Văn Ký",
        signer_title="Giám đốc",
    )
    issued = issue(actor=country.decider, decision=decision, recognise={row.pk: State.INSPECTED}).decision

    assert str(issued) == "01/QĐ-SGDĐT"
    assert issued.authority == "Giám đốc Sở Giáo dục và Đào tạo tỉnh Lâm Đồng"
    day = "ngày 15 tháng 9 năm 2025"
    assert f"Căn cứ Quyết định 77/QĐ-UBND {day} về giao nhiệm vụ công nhận Cộng đồng học tập;" in issued.grounds
    award = Award.objects.get(registration=row)
    assert (award.valid_until, award.certificates.count()) == (datetime.date(2029, 12, 31), 1)


def test_the_province_s_rules_fill_only_what_was_unknown(country):
    made = enter_authority(
        actor=country.leader, rulebook=general(), province=country.province, authority=PAPER
    ).rulebook

    spec, base = made.spec, general().spec
    assert spec.criteria == base.criteria
    assert [step.level_on(datetime.date(2025, 12, 31)) for step in spec.procedure] == [
        "commune",
        "commune",
        "commune",
        "province",
        "province",
    ]
    assert spec.step_named("decide").level_on(datetime.date(2025, 6, 30)) == "district"
    fact = spec.authority_on(datetime.date(2025, 7, 1)).fact
    assert (fact.confidence, fact.provisional, made.status) == ("M", True, "provisional")
    assert spec.sources[fact.sources[0]] == (
        "Quyết định 77/QĐ-UBND về giao nhiệm vụ công nhận Cộng đồng học tập, 15/09/2025; "
        "Lưu tại Văn phòng Hội Khuyến học tỉnh"
    )
    assert rulebook_for(MODEL, 2025, "68") == made
    assert rulebook_for(MODEL, 2025, "79") == rulebook_for(MODEL, 2024, "68") == general()
    load_shipped_rulebooks()
    assert rulebook_for(MODEL, 2025, "68") == made


@pytest.mark.parametrize(
    ("from_day", "moved"), [(datetime.date(2025, 12, 31), [2025, 2026]), (datetime.date(2026, 1, 1), [2026])]
)
def test_a_year_goes_by_who_decides_on_its_last_day(country, from_day, moved):
    rows = [dossier(country, year, state=State.REGISTERED) for year in (2025, 2026)]

    made = enter_authority(
        actor=country.leader,
        rulebook=general(),
        province=country.province,
        authority=replace(PAPER, from_day=from_day),
    ).rulebook

    assert [row.year for row in rows if Registration.objects.get(pk=row.pk).rulebook == made] == moved
    decide = made.spec.step_named("decide")
    assert decide.level_on(from_day - datetime.timedelta(days=1)) is None
    assert decide.level_on(from_day) == "province"


def test_entering_again_corrects_by_a_new_version(country):
    row = dossier(country)
    first = enter_authority(actor=country.leader, rulebook=general(), province=country.province, authority=PAPER)
    again = replace(PAPER, name="Chủ tịch Ủy ban nhân dân cấp tỉnh", symbol="QĐ-UBND")

    second = enter_authority(actor=country.leader, rulebook=first.rulebook, province=country.province, authority=again)

    assert (second.rulebook.version, second.moved) == (2, 1)
    row.refresh_from_db()
    assert row.rulebook == second.rulebook
    first.rulebook.refresh_from_db()
    assert not first.rulebook.is_active


def test_a_dossier_of_an_older_version_keeps_only_answers_to_what_asks_the_same(country):
    row, other = dossier(country), dossier(country, 2026)
    old = row.rulebook
    evidence.confirm(actor=country.officer, registration=row, criterion="1.2")
    content = copy.deepcopy(old.content) | {"version": old.version + 1}
    first = content["criteria"][0]["children"]
    content["criteria"][0]["children"] = [first[2], first[0], first[1] | {"title": "Kế hoạch năm gửi lên cấp trên"}]
    load_rulebooks(specs=[parse_rulebook(content, old.code)], origin=RulebookOrigin.ASSOCIATION)
    Assessment.objects.filter(registration=other).update(scores=[], total_half=30)  # a bare total says nothing of one

    entered = enter_authority(actor=country.leader, rulebook=old, province=country.province, authority=PAPER)

    assert (entered.moved, [pk for pk, _why in entered.stayed]) == (1, [other.pk])
    row.refresh_from_db()
    assert row.rulebook == entered.rulebook and entered.rulebook.spec.leaf_codes[:3] == ("1.3", "1.1", "1.2")
    scores, _na = from_half_points(entered.rulebook.spec, row.assessments.get().scores)
    assert {code for code, value in scores.items() if value is None} == {"1.2"}
    assert {value for code, value in scores.items() if code != "1.2"} == {1}
    assert row.self_half == 2 * (len(scores) - 1)
    assert Evidence.objects.get().taken_back_reason == "Phiên bản mới đổi tiêu chí này"
    moved = Renewal.objects.get()
    assert (moved.registration, moved.from_rulebook, moved.by_name) == (row, old, country.leader.full_name)
    assert [code for code, _title in moved.dropped] == ["1.2"]
    assert entered.stayed[0][1].startswith("Hồ sơ chỉ có tổng điểm mà tiêu chí của phiên bản mới khác")
    other.refresh_from_db()
    assert other.rulebook == old


def test_an_entry_nobody_decided_by_is_taken_back(country):
    row = dossier(country)
    made = enter_authority(
        actor=country.leader, rulebook=general(), province=country.province, authority=PAPER
    ).rulebook

    assert take_back_authority(actor=country.leader, rulebook=made) == 1

    row.refresh_from_db()
    assert (row.rulebook, rulebook_for(MODEL, 2025, "68")) == (general(), general())
    with pytest.raises(RecognitionError, match="không còn dùng nên không có gì để bỏ"):
        take_back_authority(actor=country.leader, rulebook=made)


def test_an_entry_somebody_decided_by_stays(country):
    row = dossier(country)
    made = enter_authority(
        actor=country.leader, rulebook=general(), province=country.province, authority=PAPER
    ).rulebook
    Registration.objects.filter(pk=row.pk).update(state=State.INSPECTED)

    with pytest.raises(RecognitionError, match="^1 hồ sơ đã được kiểm tra hoặc quyết định"):
        take_back_authority(actor=country.leader, rulebook=made)


def test_who_may_and_what_is_refused(country):
    elsewhere = make_officer(Role.LEADER, ProvinceFactory(code="01"), name="Người tỉnh khác")
    for stranger in (country.officer, country.decider, elsewhere):
        with pytest.raises(NotPermitted, match="^Bạn không được phân công ghi cơ quan có thẩm quyền của Tỉnh Lâm Đồng"):
            enter_authority(actor=stranger, rulebook=general(), province=country.province, authority=PAPER)
    with pytest.raises(RecognitionError, match="^Trước ngày 01/07/2025 đã có quy định cơ quan quyết định"):
        enter_authority(
            actor=country.leader,
            rulebook=general(),
            province=country.province,
            authority=replace(PAPER, from_day=datetime.date(2025, 6, 30)),
        )
    with pytest.raises(RecognitionError, match="^Bộ tiêu chí này đã rõ cơ quan thực hiện từng bước"):
        enter_authority(
            actor=country.leader,
            rulebook=Rulebook.objects.get(code="FAMILY-2022"),
            province=country.province,
            authority=PAPER,
        )
    assert not Rulebook.objects.exclude(province_codes=[]).exists()


def test_on_screen_looked_at_twice_then_entered(client, country):
    dossier(country)
    client.force_login(country.leader)
    detail = client.get(reverse("recognition:rulebook-detail", args=[general().pk])).content.decode()
    assert "Ghi cơ quan có thẩm quyền của tỉnh, thành phố" in detail
    url = reverse("recognition:authority-create", args=[general().pk])
    values = {
        "province": country.province.pk,
        "name": PAPER.name,
        "symbol": PAPER.symbol,
        "from_day": "01/07/2025",
        "document": PAPER.document,
        "issued_on": "15/09/2025",
        "seen_at": PAPER.seen_at,
    }

    wrong = client.post(url, values | {"symbol": "qđ/1"})
    assert wrong.status_code == 422
    assert "Chỉ gồm chữ hoa, chữ số và gạch nối" in wrong.content.decode()
    assert PAPER.document in wrong.content.decode()  # nothing typed is lost
    early = client.post(url, values | {"from_day": "30/06/2025"}).content.decode()
    assert "hãy ghi từ ngày đó trở đi" in early
    look = client.post(url, values).content.decode()
    assert "<dd>1</dd>" in look
    assert not Rulebook.objects.exclude(province_codes=[]).exists()
    done = client.post(url, values | {"confirmed": "1"}, follow=True).content.decode()

    assert "Đã ghi cơ quan có thẩm quyền của Tỉnh Lâm Đồng; 1 hồ sơ đang chờ đi tiếp theo bộ này." in done
    assert "Giám đốc Sở Giáo dục và Đào tạo cấp tỉnh" in done
    assert "Tạm thời" in done
    client.force_login(country.officer)
    assert client.get(url).status_code == 403

"""Explain a number: the words, as many rows as the number says, who came and went since a day, what was signed."""

import datetime
import re

import pytest
from django.db import connection
from django.utils import timezone

from recognition.choices import LearningModel, State
from recognition.domain import closing
from recognition.domain.explaining import CONDITIONS, changes, dossiers, frozen, registrants, stay_changes
from recognition.domain.extents import extent_of
from recognition.domain.tallies import figures_for
from recognition.figure_names import FIGURES
from recognition.models import Registration, YearReport
from tests.factories.recognition import YEAR, load_shipped_rulebooks, make_registrations, make_ward
from tests.factories.units import CommuneFactory, HamletFactory, make_household, make_officer
from tests.recognition.test_dashboard import get, words
from tests.recognition.test_tallies import register
from units.choices import Role
from units.models import Place, Stay

pytestmark = pytest.mark.django_db
FAMILY = LearningModel.FAMILY


def yesterday() -> datetime.date:
    """Asked when it is needed: a run may pass midnight."""
    return timezone.localdate() - datetime.timedelta(days=1)


@pytest.fixture
def ward():
    found = make_ward()
    make_registrations(found, 2, state=State.RECOGNISED, names=["Lê An", "Lê Bình"])
    make_registrations(found, 1, state=State.REVIEWED, names=["Lê Chi"])
    make_registrations(found, 1, state=State.RETURNED, names=["Lê Dũng"])
    make_registrations(found, 1, state=State.WITHDRAWN, names=["Lê Em"])
    make_household(found.hamlet, "Lê Giang")
    return found


def test_every_figure_has_as_many_rows_as_it_says(ward):
    for place in (ward.hamlet, ward.place):
        figures, extent = figures_for(place, YEAR, FAMILY), extent_of(place, YEAR)
        counts = {name: dossiers(ward.officer, extent, FAMILY, name).count() for name in CONDITIONS}
        assert counts == {name: getattr(figures, name) for name in CONDITIONS}
        assert registrants(extent, FAMILY).count() == figures.total == 6
    assert {name for name, one in FIGURES.items() if not one.over} == {*CONDITIONS, "total"}


def test_page_says_it_in_words_and_lists_the_rows(ward, client):
    page = get(client, ward.officer, f"/theo-doi/{ward.place.pk}/so/recognised_of_total/?nam={YEAR}&mo-hinh=FAMILY")
    text = words(page)

    assert "33,33 % = 2 Được công nhận : 6 Tổng số" in text
    assert "Số hồ sơ được công nhận chia cho tổng số đối tượng có trong sổ ngày 31/12." in text
    assert "Tổng số: 6. Làm tròn hai chữ số, phần nửa làm tròn lên." in text
    assert "2025: năm ghi trên hồ sơ, không phải ngày ghi." in text
    assert text.count("Lê An") == text.count("Lê Bình") == 2  # in the list, and among those who came since yesterday
    assert "Lê Chi" not in text
    above = get(
        client,
        make_officer(Role.LEADER, ward.place.province),
        f"/theo-doi/{ward.place.province_id}/so/open/?nam={YEAR}",
    )
    assert "Lê Chi" not in above and f'href="/theo-doi/{ward.place.pk}/so/open/' in above


def test_stranger_reads_the_words_and_no_name(ward, client):
    stranger = make_officer(Role.WARD_OFFICER, CommuneFactory())

    text = words(get(client, stranger, f"/theo-doi/{ward.place.pk}/so/recognised/?nam={YEAR}"))

    assert "Hồ sơ đã có quyết định công nhận của năm." in text and "thêm 2 , bớt 0" in text
    assert "Lê An" not in text
    assert "Tên trong danh sách chỉ hiện với người được phân công tại địa bàn." in text
    total = words(get(client, stranger, f"/theo-doi/{ward.place.pk}/so/total/?nam={YEAR}"))
    assert "Thay đổi từ" not in total and "Lê An" not in total  # who came and went is told by name only


def test_changes_tell_who_came_and_who_went():
    load_shipped_rulebooks()
    hamlet = HamletFactory()
    stays, goes, comes = (make_household(hamlet, name) for name in ("Lê Ở", "Lê Đi", "Lê Đến"))
    register(stays, YEAR, State.REVIEWED)
    leaving = register(goes, YEAR, State.REVIEWED)
    arriving = register(comes, YEAR, State.SELF_ASSESSED)
    Registration.objects.filter(pk=leaving.pk).update(
        state=State.RETURNED, state_at=timezone.now(), state_by_name="Lê Thị An", state_note="Thiếu chữ ký"
    )
    Registration.objects.filter(pk=arriving.pk).update(state=State.REVIEWED, state_at=timezone.now())
    extent = extent_of(hamlet, YEAR)

    found = changes(extent, FAMILY, "at_reviewed", yesterday())

    assert (found.came, found.went, found.net) == (1, 1, 0)
    assert [(one.name, one.before_label, one.after_label) for one in found.coming] == [
        ("Lê Đến", "Đã tự đánh giá", "Đã bình xét")
    ]
    assert [(one.name, one.after_label, one.by, one.note) for one in found.going] == [
        ("Lê Đi", "Trả lại bổ sung", "Lê Thị An", "Thiếu chữ ký")
    ]
    still = changes(extent, FAMILY, "open", yesterday())
    assert (still.came, still.went) == (0, 0)
    early = changes(extent, FAMILY, "at_reviewed", datetime.date(YEAR, 11, 1))  # before any of them was registered
    assert (early.came, early.went) == (2, 0)
    by_place = changes(extent_of(hamlet.province, YEAR), FAMILY, "at_reviewed", yesterday(), below="commune")
    assert by_place.by_place == [(hamlet.commune_id, 1, 1)]


def test_above_the_ward_a_page_reads_so_much_history_and_no_more(ward, client, settings):
    """On the boundary everything is added up; beyond it the page says so, and the ward below still tells exactly."""
    leader = make_officer(Role.LEADER, ward.place.province)
    province = extent_of(ward.place.province, YEAR)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM recognition_registrationevent")
        (entries,) = cursor.fetchone()
    address = f"/theo-doi/{ward.place.province_id}/so/recognised/?nam={YEAR}"

    settings.HISTORY_MOST_READ = entries
    found = changes(province, FAMILY, "recognised", yesterday(), below="commune")
    assert (found.came, found.went, found.too_many, found.by_place) == (2, 0, 0, [(ward.place.pk, 2, 0)])
    assert "thêm 2 , bớt 0 , chênh lệch +2" in words(get(client, leader, address))

    settings.HISTORY_MOST_READ = entries - 1
    found = changes(province, FAMILY, "recognised", yesterday(), below="commune")
    assert (found.came, found.too_many, found.by_place) == (0, entries - 1, [])
    page = words(get(client, leader, address))
    assert f"Từ đầu ngày đó có hơn {entries - 1} lượt xử lý hồ sơ ở đây nên trang này không cộng" in page
    assert "chênh lệch" not in page
    assert changes(extent_of(ward.place, YEAR), FAMILY, "recognised", yesterday()).came == 2


def test_register_changes_by_the_days_people_came_and_went():
    hamlet = HamletFactory()
    make_household(hamlet, "Lê Cũ", opened_on=datetime.date(2024, 1, 1))
    make_household(hamlet, "Lê Mới", opened_on=datetime.date(2025, 3, 10))
    gone = make_household(hamlet, "Lê Đi", opened_on=datetime.date(2024, 1, 1))
    Stay.objects.filter(registrant=gone).update(until=datetime.date(2025, 3, 11))

    found = stay_changes(extent_of(hamlet, 2025), FAMILY, datetime.date(2025, 3, 10))

    assert [one.name for one in found.coming] == ["Lê Mới"] and [one.name for one in found.going] == ["Lê Đi"]
    assert stay_changes(extent_of(hamlet, 2025), FAMILY, datetime.date(2025, 3, 12)).net == 0


def test_bad_day_is_answered_in_words(ward, client):
    for asked in ("2999-01-01", "hôm kia", "2025-13-45"):
        page = get(client, ward.officer, f"/theo-doi/{ward.place.pk}/so/open/?nam={YEAR}&tu={asked}")
        assert "Ngày cần có dạng 31/12/2026 và không sau hôm nay. Đang xem từ hôm qua." in page


def test_a_day_is_typed_as_people_write_it(ward, client):
    """Every browser takes and shows the same order; what an address of a browser's own field says is read, too."""
    address = f"/theo-doi/{ward.place.pk}/so/recognised/?nam={YEAR}&mo-hinh=FAMILY&tu="
    for asked in ("07/03/2025", "2025-03-07"):
        page = get(client, ward.officer, address + asked)
        assert 'name="tu" value="07/03/2025"' in page and "Thay đổi từ ngày 07/03/2025" in page
        assert "Ngày cần có dạng" not in page


def test_above_the_ward_changes_reach_back_a_month(ward, client):
    leader = make_officer(Role.LEADER, ward.place.province)

    page = get(client, leader, f"/theo-doi/{ward.place.province_id}/so/open/?nam={YEAR}&tu=2020-01-01")

    assert "Trên cấp xã chỉ xem được thay đổi trong 31 ngày gần nhất" in page


def test_signed_report_is_shown_beside_todays_number(ward, client):
    prepared = closing.prepare(ward.place, YEAR)
    tables = {table.code: closing.freeze(table) for table in prepared.tables}
    report = YearReport.objects.create(
        place=ward.place, year=YEAR, tables=tables, narrative=[], checksum=closing.checksum(tables, []),
        signer_title="Chủ tịch", signed_by_name="Phạm Thị Chi", signed_at=timezone.now(),
    )  # fmt: skip
    make_registrations(ward, 1, state=State.RECOGNISED, names=["Lê Hoa"])

    (found,) = frozen(ward.chair, ward.place, YEAR, "TK-01", "recognised")
    assert (found.report, found.own, found.value) == (report, True, 2)
    page = words(get(client, ward.chair, f"/theo-doi/{ward.place.pk}/so/recognised/?nam={YEAR}"))
    assert "Báo cáo năm 2025 của Phường Hòa Hưng, bản 1 : 2" in page and "Khác số hiện nay" in page
    assert frozen(make_officer(Role.WARD_OFFICER, CommuneFactory()), ward.place, YEAR, "TK-01", "recognised") == []


@pytest.mark.parametrize("rows", [1, 3])
def test_page_costs_the_same_statements_for_any_number_of_rows(client, django_assert_max_num_queries, rows):
    ward = make_ward()
    make_registrations(ward, rows)
    client.force_login(ward.officer)
    url = f"/theo-doi/{ward.place.pk}/so/registered/?nam={YEAR}"
    client.get(url)

    with django_assert_max_num_queries(13):
        client.get(url)


def test_numbers_of_a_report_lead_to_their_explanation(ward, client):
    page = get(client, ward.officer, f"/bao-cao/TK-01/{ward.place.pk}/?nam={YEAR}")

    assert f'<a href="/theo-doi/{ward.hamlet.pk}/so/recognised/?nam={YEAR}&amp;mo-hinh=FAMILY">2</a>' in page
    assert (
        f'<a href="/theo-doi/{ward.place.pk}/so/recognised_of_total/?nam={YEAR}&amp;mo-hinh=FAMILY">33,33</a>' in page
    )
    overview = get(client, ward.officer, f"/bao-cao/TK-07/{ward.place.pk}/?nam={YEAR}")
    assert f'/theo-doi/{ward.place.pk}/so/total/?nam={YEAR}&amp;mo-hinh=CLAN"' in overview


def test_wall_and_phone_tell_an_ended_place_from_one_of_today(ward, client):
    Place.objects.filter(pk=ward.hamlet.pk).update(valid_to=datetime.date(YEAR, 12, 30))

    for name in ("trinh-chieu", "gon"):
        assert "Khu phố 1 (cũ)" in words(get(client, ward.chair, f"/theo-doi/{ward.place.pk}/{name}/?nam={YEAR}"))


def test_wall_and_phone_show_the_figures_and_no_name(ward, client):
    for name in ("trinh-chieu", "gon"):
        page = get(client, ward.chair, f"/theo-doi/{ward.place.pk}/{name}/?nam={YEAR}")
        text = words(page)
        assert "33,33" in text and "Khu phố 1" in text and not re.search("Lê (An|Bình|Chi|Dũng)", text)
    wall = get(client, ward.chair, f"/theo-doi/{ward.place.pk}/trinh-chieu/?nam={YEAR}&mo-hinh=UNIT")
    keys = dict(re.findall(r'href="([^"]+)" data-screen-key="(\w+)"', wall))
    assert {key: url.split("?")[0] for url, key in keys.items()} == {
        "enter": f"/theo-doi/{ward.hamlet.pk}/trinh-chieu/",
        "back": f"/theo-doi/{ward.place.province_id}/trinh-chieu/",
        "up": f"/theo-doi/{ward.place.pk}/trinh-chieu/",
        "down": f"/theo-doi/{ward.place.pk}/trinh-chieu/",
    }

"""The frame, the components, home, preferences, styleguide."""

import datetime

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone, translation

from portal import navigation
from portal.lib import charts, home, npm, numbers, years
from tests.factories.units import CommuneFactory, HamletFactory, UserFactory, make_officer
from units.choices import Role

pytestmark = pytest.mark.django_db


def render(source: str, **context) -> str:
    """The template's text with runs of white space closed up."""
    return " ".join(Template(source).render(Context(context)).split())


@pytest.fixture
def ward():
    return CommuneFactory(name="Phường Hòa Hưng", parent__name="Thành phố Hồ Chí Minh")


@pytest.fixture
def an(ward):
    return make_officer(Role.WARD_OFFICER, ward, name="Lê Thị An", username="an")


# --- Numbers


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (1234567, None, "1.234.567"),
        (0, None, "0"),
        (8.5, None, "8,5"),
        (8.0, None, "8"),
        (66.666, 1, "66,7"),
        (2.5, 0, "3"),
        (0.125, 2, "0,13"),
        (None, None, "–"),
        ("", None, "–"),
        ("chưa có", None, "chưa có"),
        (-1234.5, None, "-1.234,5"),
    ],
)
def test_number(value, places, text):
    assert numbers.number(value, places) == text


def test_number_in_english():
    with translation.override("en"):
        assert numbers.number(1234.5) == "1,234.5"


@pytest.mark.parametrize(
    ("part", "whole", "text"), [(2, 3, "66,7%"), (1, 0, "–"), (None, 5, "–"), (5, 5, "100,0%"), (0, 5, "0,0%")]
)
def test_percent(part, whole, text):
    assert numbers.percent(part, whole) == text


# --- Years


@pytest.mark.parametrize(
    ("text", "year"), [("2014", 2014), ("2013", None), ("hai nghìn", None), ("", None), (None, None), (" 2020 ", 2020)]
)
def test_parse_year(text, year):
    assert years.parse_year(text) == year


def test_next_year_is_allowed_and_the_one_after_is_not():
    this_year = timezone.localdate().year

    assert years.parse_year(this_year + 1) == this_year + 1
    assert years.parse_year(this_year + 2) is None
    assert years.allowed_years()[0] == this_year + 1
    assert years.allowed_years()[-1] == 2014


def test_chosen_year_stays_for_the_session(client, an):
    client.force_login(an)

    response = client.post(reverse("portal:set-year"), {"nam": "2019", "next": "/styleguide/?q=a"})

    assert (response.status_code, response.headers["Location"]) == (303, "/styleguide/?q=a")
    assert "năm 2019" in client.get(reverse("portal:home")).content.decode()


def test_year_in_the_address_is_kept(client, an):
    client.force_login(an)

    client.get(reverse("portal:home"), {"nam": "2018"})

    assert client.session["year"] == 2018
    assert "Năm đang xem: 2018" in client.get(reverse("portal:home")).content.decode()


def test_impossible_year_changes_nothing_and_says_so(client, an):
    client.force_login(an)

    response = client.post(reverse("portal:set-year"), {"nam": "1999"}, follow=True)

    assert "year" not in client.session
    assert "Năm không hợp lệ. Hãy chọn một năm trong danh sách." in response.content.decode()


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_switches_never_lead_to_another_site(client, target):
    response = client.post(reverse("portal:set-text-size"), {"size": "2", "next": target})

    assert response.headers["Location"] == reverse("portal:home")


# --- Text size and language


def test_text_size_is_kept_in_a_cookie(client, an):
    client.force_login(an)

    client.post(reverse("portal:set-text-size"), {"size": "3"})

    assert '<html lang="vi" data-text-size="3">' in client.get(reverse("portal:home")).content.decode()


def test_unknown_text_size_is_ignored(client):
    response = client.post(reverse("portal:set-text-size"), {"size": "9"})

    assert "text_size" not in response.cookies


def test_interface_is_vietnamese_whatever_the_browser_prefers(client, an):
    client.force_login(an)

    page = client.get(reverse("portal:home"), headers={"accept-language": "en-US,en"}).content.decode()

    assert '<html lang="vi"' in page


def test_language_is_english_once_chosen(client, an):
    client.force_login(an)

    client.post(reverse("set_language"), {"language": "en"})

    assert '<html lang="en"' in client.get(reverse("portal:home")).content.decode()


# --- Navigation and home


def test_every_link_of_the_navigation_leads_somewhere():
    missing = [
        item.url_name
        for group in navigation.GROUPS
        for item in group.items
        if navigation._reverse(item.url_name, 1 if item.needs_place else None) is None
    ]

    assert missing == []


def labels(roles, place=1):
    found = navigation.visible_groups(set(roles), place, "portal:home")
    return [str(link["label"]) for group in found for link in group["links"]]


def test_navigation_differs_by_role():
    assert "Nhập từ Excel" in labels([Role.WARD_OFFICER])
    assert "Nhập từ Excel" not in labels([Role.LEADER])
    assert "Cán bộ" in labels([Role.ADMINISTRATOR])
    assert "Cán bộ" not in labels([Role.WARD_OFFICER])
    assert labels([]) == []


def test_current_page_is_marked(client, an):
    client.force_login(an)

    page = client.get(reverse("portal:home")).content.decode()

    assert page.count('aria-current="page"') == 1


def test_top_bar_names_person_and_place(client, an):
    client.force_login(an)

    page = client.get(reverse("portal:home")).content.decode()

    assert "Phường Hòa Hưng" in page
    assert "Xin chào, Lê Thị An" in page


def test_home_shows_cards_of_the_role_only(client, an, monkeypatch):
    monkeypatch.setattr(home, "_registry", [])
    client.force_login(an)

    @home.home_card(roles={Role.WARD_OFFICER}, order=2)
    def waiting(user, postings, year):
        yield home.HomeCard("hồ sơ chờ họp bình xét", 1234, "/cho/", hint=f"{postings[0].place} {year}")

    @home.home_card(roles={Role.LEADER}, order=1)
    def for_leaders(user, postings, year):
        yield home.HomeCard("chỉ lãnh đạo thấy", 1)

    page = " ".join(client.get(reverse("portal:home"), {"nam": "2024"}).content.decode().split())

    assert '<span class="task-value">1.234</span>' in page
    assert '<a href="/cho/">hồ sơ chờ họp bình xét</a><p>Phường Hòa Hưng 2024</p>' in page
    assert "chỉ lãnh đạo thấy" not in page


def test_home_of_a_person_without_posting_says_what_to_do(client):
    client.force_login(UserFactory())

    assert "Bạn chưa được phân công địa bàn nào." in client.get(reverse("portal:home")).content.decode()


def test_home_costs_the_same_for_one_posting_and_for_three(client, an, ward, django_assert_num_queries, monkeypatch):
    monkeypatch.setattr(home, "_registry", [])
    client.force_login(an)
    client.get(reverse("portal:home"))
    with django_assert_num_queries(3):  # session, person, postings with places
        client.get(reverse("portal:home"))
    for number in range(2):
        an.postings.create(role=Role.HAMLET_OFFICER, place=HamletFactory(parent=ward, name=f"Khu phố {number + 5}"))
    with django_assert_num_queries(3):
        client.get(reverse("portal:home"))


# --- Styleguide and health


def test_styleguide_is_closed_in_production_except_to_administrators(client, an, settings):
    settings.PRODUCTION = True
    client.force_login(an)
    refused = client.get(reverse("portal:styleguide"))
    client.force_login(make_officer(Role.ADMINISTRATOR, None))
    shown = client.get(reverse("portal:styleguide"))

    assert (refused.status_code, shown.status_code) == (403, 200)
    assert "Trang mẫu giao diện chỉ dành cho người quản trị hệ thống." in refused.content.decode()


def test_health_answers_anybody(client):
    response = client.get(reverse("portal:health"))

    assert response.json()["status"] == "ok"


# --- Components


def test_icon_is_inline_and_hidden_from_screen_readers():
    assert render('{% icon "house" %}').startswith(
        '<svg class="icon " viewBox="0 0 16 16" focusable="false" aria-hidden'
    )


def test_icon_with_label_is_an_image():
    assert 'role="img" aria-label="Đóng"' in render('{% icon "x-lg" label="Đóng" %}')


def test_unknown_icon_is_named():
    with pytest.raises(ImproperlyConfigured, match="no bootstrap icon called 'con-mèo'"):
        npm.icon_markup("con-mèo")


def test_badge_says_its_word_beside_a_shape():
    text = render('{% badge "Đã công nhận" tone="success" %}')

    assert text.startswith('<span class="badge-tag tone-success"><svg')
    assert text.endswith("<span>Đã công nhận</span></span>")


def test_content_of_people_is_escaped_in_block_tags():
    text = render("{% panel title=title %}{{ text }}{% endpanel %}", title="<b>", text="<script>")

    assert "&lt;b&gt;" in text
    assert "&lt;script&gt;" in text


def test_page_header_holds_the_only_h1_and_its_actions():
    text = render('{% page_header "Hộ gia đình" count=1234 %}<a href="/x">Thêm</a>{% endpage_header %}')

    assert '<h1>Hộ gia đình <span class="page-count">1.234</span></h1>' in text
    assert '<div class="actions page-actions"><a href="/x">Thêm</a></div>' in text


def test_place_breadcrumb_goes_from_province_to_place(ward):
    hamlet = HamletFactory(name="Khu phố 1", parent=ward)

    text = render("{% place_breadcrumb place %}", place=hamlet)

    assert text.index("Thành phố Hồ Chí Minh") < text.index("Phường Hòa Hưng") < text.index("Khu phố 1")


def test_summary_list_shows_a_dash_for_nothing_but_keeps_zero():
    text = render("{% summary_list rows %}", rows=[("Điện thoại", ""), ("Học sinh", 0)])

    assert text.count("<dd>–</dd>") == 1
    assert "<dd>0</dd>" in text


def test_stat_tile_is_a_link_named_by_its_label():
    text = render('{% stat_tile "Hộ đã đăng ký" 2874 url="/ho/" unit="hộ" %}')

    assert '<a href="/ho/" aria-label="Hộ đã đăng ký: 2.874 hộ">2.874</a>' in text


def test_steps_say_their_state_in_words():
    text = render(
        "{% steps_bar steps %}", steps=[{"label": "Đăng ký", "state": "done"}, {"label": "Họp", "state": "current"}]
    )

    assert "(đã xong)" in text
    assert '<li class="step-current" aria-current="step">' in text


def test_timeline_shows_before_and_after():
    at = datetime.datetime(2026, 11, 5, 7, 30, tzinfo=datetime.UTC)
    text = render(
        "{% timeline rows %}", rows=[{"title": "Sửa", "at": at, "actor": "An", "changes": [("Nhân khẩu", 4, None)]}]
    )

    assert "14:30 05/11/2026" in text
    assert "<del>4</del>" in text
    assert "<ins>–</ins>" in text


def test_progress_bar_has_machine_numbers():
    assert 'value="340" max="512" aria-label="Đã chấm"' in render('{% progress_bar 340 512 label="Đã chấm" %}')


def test_confirm_panel_posts_with_a_token():
    request = RequestFactory().get("/")
    template = Template('{% confirm_panel "Kiểm tra" "Ban hành" fields=pairs %}412 hộ{% endconfirm_panel %}')

    text = template.render(Context({"pairs": [("ids", "1,2")], "csrf_token": "abc", "request": request}))

    assert '<input type="hidden" name="csrfmiddlewaretoken" value="abc">' in text
    assert '<input type="hidden" name="ids" value="1,2">' in text


def test_chart_carries_its_table():
    chart = charts.bar("c1", "Tỷ lệ", [("Khu phố 1", 61.5), ("Khu phố 2", None)], name="2026", unit="%")

    text = render("{% chart one %}", one=chart)

    assert '<th scope="row">Khu phố 1</th><td class="num">61,5</td>' in text
    assert '<th scope="row">Khu phố 2</th><td class="num">–</td>' in text
    assert '"values": [61.5, null]' in text


def test_chart_with_a_missing_value_is_refused():
    with pytest.raises(ValueError, match="1 values for 2 labels"):
        charts.Chart("c", "bar", "T", ["a", "b"], [charts.Series("s", [1])])


# --- npm


def test_every_listed_file_of_the_packages_is_found():
    assert [name for name in npm.FILES if not npm.NpmFinder().find(name)] == []
    assert npm.NpmFinder().check() == []


@pytest.mark.parametrize("path", ["npm/bootstrap/package.json", "bootstrap/package.json", "npm/../package.json", "npm"])
def test_nothing_else_of_node_modules_is_served(path):
    assert npm.NpmFinder().find(path) == []
    assert npm.NpmFinder().find(path, find_all=True) == []


def test_missing_packages_are_explained(settings, tmp_path):
    settings.NODE_MODULES = tmp_path

    [warning] = npm.NpmFinder().check()
    with pytest.raises(ImproperlyConfigured, match="Hãy chạy lệnh “npm ci”"):
        list(npm.NpmFinder().list([]))

    assert "run “npm ci” in the project folder" in warning.msg

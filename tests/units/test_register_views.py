"""Pages of the register as An (ward officer), Ba (hamlet), Đào (decider), Em (leader), Dũng (a stranger) meet them."""

import datetime
import io
import unicodedata
from zipfile import ZipFile

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.lib.text import fold
from tests.factories.units import CommuneFactory, HamletFactory, ProvinceFactory, make_household, make_officer
from units import hooks
from units.choices import Poverty, Role
from units.domain import register
from units.domain.places import correct_hamlet
from units.models import Household, Place, Registrant, Stay

pytestmark = pytest.mark.django_db


class Ward:
    """A ward with two hamlets and its people, each signed in."""

    def __init__(self, name: str):
        self.place = CommuneFactory(name=name, parent=ProvinceFactory(name=f"Tỉnh của {name}"))
        self.first = HamletFactory(name="Khu phố 1", parent=self.place)
        self.second = HamletFactory(name="Khu phố 2", parent=self.place)
        self.tenth = HamletFactory(name="Khu phố 10", parent=self.place)

    def sign_in(self, role: str, place=None, name: str = "") -> Client:
        client = Client()
        client.force_login(
            make_officer(role, place or self.place, name=name), backend="django.contrib.auth.backends.ModelBackend"
        )
        return client


@pytest.fixture
def ward() -> Ward:
    return Ward("Phường Hòa Hưng")


@pytest.fixture
def an(ward) -> Client:
    return ward.sign_in(Role.WARD_OFFICER, name="Lê Thị An")


@pytest.fixture
def ba(ward) -> Client:
    return ward.sign_in(Role.HAMLET_OFFICER, ward.first, name="Trần Văn Ba")


@pytest.fixture
def dao(ward) -> Client:
    return ward.sign_in(Role.DECIDER)


@pytest.fixture
def em(ward) -> Client:
    return ward.sign_in(Role.LEADER, ward.place.province)


@pytest.fixture
def dung() -> Client:
    return Ward("Phường Hoàn Kiếm").sign_in(Role.WARD_OFFICER)


def names(response) -> list[str]:
    return [row.name for row in response.context["listing"].rows]


def text(response) -> str:
    return response.content.decode()


def household_url(what: str, registrant: Registrant) -> str:
    return reverse(f"units:household-{what}", args=[registrant.pk])


LIST = "/ho-gia-dinh/"


# --- List


def test_list_sorts_by_given_name(ward, an):
    for name in ("Trần Văn Ước", "Lê Thị Ánh", "Đào Văn Đức", "Nguyễn Văn An", "Bùi Thị Dung"):
        make_household(ward.first, name)

    assert names(an.get(LIST)) == ["Nguyễn Văn An", "Lê Thị Ánh", "Bùi Thị Dung", "Đào Văn Đức", "Trần Văn Ước"]
    assert names(an.get(LIST, {"xep": "-name"})) == [
        "Trần Văn Ước",
        "Đào Văn Đức",
        "Bùi Thị Dung",
        "Lê Thị Ánh",
        "Nguyễn Văn An",
    ]


def test_list_sorts_by_hamlet_as_people_count_and_by_street(ward, an):
    make_household(ward.tenth, "Lê An", address="9 Bắc Hải")
    make_household(ward.second, "Lê Ba", address="12/3 Hòa Hưng")
    make_household(ward.first, "Lê Chi", address="2 Hòa Hưng")

    assert names(an.get(LIST, {"xep": "hamlet"})) == ["Lê Chi", "Lê Ba", "Lê An"]
    assert names(an.get(LIST, {"xep": "address"})) == ["Lê An", "Lê Chi", "Lê Ba"]


@pytest.mark.parametrize(
    "typed", ["dang thi hong", "Đặng Thị Hồng", "ĐẶNG THỊ", "thi ho", "hong", "  dang   thi  hong "]
)
def test_search_needs_no_marks(ward, an, typed):
    make_household(ward.first, "Đặng Thị Hồng")
    make_household(ward.first, "Đặng Văn Hùng")

    assert names(an.get(LIST, {"q": typed})) == ["Đặng Thị Hồng"]
    assert names(an.get(LIST, {"q": unicodedata.normalize("NFD", typed)})) == ["Đặng Thị Hồng"]


def test_search_starts_at_the_beginning_of_a_word(ward, an):
    for name in ("Lê Văn An", "Lê Thị Anh", "Lê Thị Lan", "Trần Văn Ba"):
        make_household(ward.first, name)

    assert names(an.get(LIST, {"q": "an"})) == ["Lê Văn An", "Lê Thị Anh"]
    assert names(an.get(LIST, {"q": "e van"})) == []


def test_search_with_a_number_looks_at_addresses(ward, an):
    make_household(ward.first, "Lê An", address="12/3 Hòa Hưng")
    make_household(ward.first, "Lê Ba", address="99 Hòa Hưng")

    assert names(an.get(LIST, {"q": "12/3 hoa"})) == ["Lê An"]


def test_filters_narrow_the_list_and_show_as_chips(ward, an):
    make_household(ward.first, "Lê An", group_name="Tổ 5", poverty=Poverty.POOR)
    make_household(ward.first, "Lê Ba", group_name="Tổ 6", poverty=Poverty.NEAR_POOR)
    gone = make_household(ward.second, "Lê Chi", group_name="Tổ 5")
    register.close_registrant(actor=None, registrant=gone, reason="MOVED_AWAY", closed_on=datetime.date(2026, 2, 10))

    found = {
        query: names(an.get(f"{LIST}?{query}"))
        for query in (
            "",
            f"hamlet={ward.first.pk}",
            f"hamlet={ward.second.pk}",
            "group=5",
            "group=tổ 6",
            "poverty=POOR",
            "status=closed",
            "status=all",
            f"group=5&status=all&hamlet={ward.second.pk}",
            "poverty=nonsense",
        )
    }
    assert found == {
        "": ["Lê An", "Lê Ba"],
        f"hamlet={ward.first.pk}": ["Lê An", "Lê Ba"],
        f"hamlet={ward.second.pk}": [],
        "group=5": ["Lê An"],
        "group=tổ 6": ["Lê Ba"],
        "poverty=POOR": ["Lê An"],
        "status=closed": ["Lê Chi"],
        "status=all": ["Lê An", "Lê Ba", "Lê Chi"],
        f"group=5&status=all&hamlet={ward.second.pk}": ["Lê Chi"],
        "poverty=nonsense": ["Lê An", "Lê Ba"],
    }
    chips = an.get(LIST, {"poverty": "POOR", "hamlet": ward.first.pk}).context["listing"].chips
    assert [(str(chip["label"]), chip["value"]) for chip in chips] == [
        ("Khu phố, thôn, ấp", "Khu phố 1"),
        ("Diện hộ", "Nghèo"),
    ]


def test_total_is_the_registers_own_and_follows_the_filters(ward, an):
    for number in range(53):
        make_household(ward.first if number % 2 else ward.second, f"Lê An {number}", poverty=Poverty.POOR)
    make_household(ward.first, "Lê Ba")

    totals = {
        query: an.get(f"{LIST}?{query}").context["listing"].total
        for query in ("", "trang=2", f"hamlet={ward.first.pk}", "poverty=POOR", "poverty=POOR&trang=2", "q=ba")
    }

    assert totals == {
        "": 54,
        "trang=2": 54,
        f"hamlet={ward.first.pk}": 27,
        "poverty=POOR": 53,
        "poverty=POOR&trang=2": 53,
        "q=ba": 1,
    }
    assert "Dòng 51–54 trong 54" in text(an.get(LIST, {"trang": 2}))


def test_list_shows_what_a_row_needs_and_a_dash_for_the_rest(ward, an):
    make_household(ward.first, "Đặng Thị Hồng", address="12 Hòa Hưng", group_name="Tổ 5", members=4, adults=2)
    page = text(an.get(LIST))

    for words in ("Đặng Thị Hồng", "12 Hòa Hưng", "Tổ 5", "Khu phố 1", ">4<", ">2<", ">–<"):
        assert words in page


def test_empty_lists_say_what_to_do(ward, an, dao):
    assert "Thêm hộ đầu tiên" in text(an.get(LIST))
    assert "Thêm hộ đầu tiên" not in text(dao.get(LIST))
    make_household(ward.first, "Lê An")
    assert "Không có hộ nào khớp" in text(an.get(LIST, {"q": "zzz"}))


def test_hamlet_officer_sees_the_own_hamlet_only(ward, ba):
    make_household(ward.first, "Lê An")
    stranger = make_household(ward.second, "Lê Ba")

    assert names(ba.get(LIST)) == ["Lê An"]
    assert names(ba.get(LIST, {"status": "all"})) == ["Lê An"]
    for url in (
        household_url("detail", stranger),
        household_url("correct", stranger),
        reverse("units:household-place", args=[ward.second.pk]),
        reverse("units:household-place", args=[ward.place.pk]),
        reverse("units:household-export", args=[ward.place.pk]),
    ):
        assert ba.get(url).status_code == 404


def test_leader_drills_down_from_the_province(ward, em):
    make_household(ward.first, "Lê An")

    top = em.get(LIST)
    assert [(row["place"].name, row["total"]) for row in top.context["rows"]] == [("Phường Hòa Hưng", 1)]
    below = em.get(top.context["rows"][0]["url"])
    assert names(below) == ["Lê An"]
    assert "Thêm hộ" not in text(below)


def test_nation_lists_provinces(ward):
    make_household(ward.first, "Lê An")
    leader = Client()
    leader.force_login(make_officer(Role.LEADER, None), backend="django.contrib.auth.backends.ModelBackend")

    response = leader.get(LIST)

    assert [(row["place"].name, row["total"]) for row in response.context["rows"]] == [("Tỉnh của Phường Hòa Hưng", 1)]
    assert response.context["total"] == 1


def test_person_without_a_posting_is_told_so(client, django_user_model):
    client.force_login(
        django_user_model.objects.create(username="moi", full_name="Người mới"),
        backend="django.contrib.auth.backends.ModelBackend",
    )

    assert "Bạn chưa được phân công địa bàn nào" in text(client.get(LIST))


# --- Query counts and plans


def queries(client: Client, url: str) -> int:
    """Statements beyond session, user, postings and their scope."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    own = ("django_session", "units_user", "units_posting", "units_succession", "SAVEPOINT")
    return sum(not any(word in one["sql"].split("WHERE")[0] for word in own) for one in captured)


@pytest.mark.parametrize("query", ["", "?q=le", "?poverty=POOR&xep=hamlet", "?status=all&xep=address"])
def test_list_costs_four_queries_however_many_rows(ward, an, query):
    counts = []
    for number in range(30):
        make_household(ward.first, f"Lê An {number}", poverty=Poverty.POOR)
        if number in (2, 29):
            counts.append(queries(an, LIST + query))

    assert counts[0] == counts[1]
    assert counts[0] <= 4


def test_detail_costs_the_same_however_much_history(ward, an):
    registrant = make_household(ward.first, "Lê An")
    places = [ward.second, ward.first]
    counts = []
    for number in range(30):
        register.correct_household(
            actor=None, registrant=registrant, hamlet=places[number % 2], phone=f"09123456{number:02d}"
        )
        if number in (2, 29):
            counts.append(queries(an, household_url("detail", registrant)))

    assert counts[0] == counts[1]


def test_list_reads_its_index():
    ward, other = HamletFactory().commune, HamletFactory().commune
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO units_registrant (kind, name, search_name, bigrams, sort_key, commune_id, hamlet_id,"
            " province_id, opened_on, close_reason, note)"
            " SELECT 'HOUSEHOLD', 'Lê An', 'le an', '{le,an}', n::text, c,"
            " (SELECT id FROM units_place WHERE parent_id = c LIMIT 1), %s, '2024-01-01', '', ''"
            " FROM generate_series(1, 4000) AS n, unnest(%s) AS c",
            [ward.province_id, [ward.pk, other.pk]],
        )
        cursor.execute("ANALYZE units_registrant")

    plan = Registrant.objects.within(ward).households().open().order_by("sort_key", "id")[:51].explain()

    assert "registrant_commune_list" in plan
    assert "Sort" not in plan


# --- Export


def exported(client: Client, url: str, query: dict | None = None) -> list[tuple]:
    response = client.get(url, query or {})
    assert response.headers["Content-Type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    return list(sheet.iter_rows(values_only=True))


def test_export_holds_the_filtered_list_with_a_hidden_key(ward, an):
    an_row = make_household(
        ward.first,
        "Đặng Thị Hồng",
        address="12 Hòa Hưng",
        group_name="Tổ 5",
        members=4,
        adults=2,
        pupils=2,
        poverty=Poverty.POOR,
        phone="0912345678",
    )
    make_household(ward.second, "Lê Ba")
    url = reverse("units:household-export", args=[ward.place.pk])

    rows = exported(an, url, {"poverty": "POOR"})

    assert rows == [
        (
            "Mã hộ (không sửa)",
            "STT",
            "Họ và tên chủ hộ",
            "Địa chỉ",
            "Tổ",
            "Khu phố, thôn",
            "Số nhân khẩu",
            "Người lớn",
            "Học sinh",
            "Diện hộ",
            "Điện thoại",
            "Vào sổ từ ngày",
            "Ra khỏi sổ ngày",
            "Lý do ra khỏi sổ",
            "Ghi chú",
        ),
        (
            an_row.pk,
            1,
            "Đặng Thị Hồng",
            "12 Hòa Hưng",
            "Tổ 5",
            "Khu phố 1",
            4,
            2,
            2,
            "Nghèo",
            "0912345678",
            "01/01/2020",
            None,
            None,
            None,
        ),
    ]
    response = an.get(url)
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    assert book.active.column_dimensions["A"].hidden
    assert response.headers["Content-Disposition"] == (
        f'attachment; filename="ho-gia-dinh-phuong-hoa-hung-{timezone.localdate():%Y%m%d}.xlsx"'
    )


def test_export_takes_all_pages_in_the_order_shown(ward, an):
    for number in range(60):
        make_household(ward.first, f"Lê Văn {chr(65 + number % 26)}")

    rows = exported(an, reverse("units:household-export", args=[ward.place.pk]), {"trang": 2, "xep": "-name"})

    assert [row[1] for row in rows[1:]] == list(range(1, 61))
    assert (rows[1][2], rows[-1][2]) == ("Lê Văn Z", "Lê Văn A")


def test_no_cell_of_an_export_is_a_formula(ward, an):
    registrant = make_household(ward.first, "Lê An", address='=HYPERLINK("http://x.vn","x")', group_name="+5")
    Registrant.objects.filter(pk=registrant.pk).update(name="=1+1", note="@SUM(A1)")

    response = an.get(reverse("units:household-export", args=[ward.place.pk]))
    data = b"".join(response.streaming_content)

    with ZipFile(io.BytesIO(data)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
        assert b"<hyperlink" not in archive.read("xl/worksheets/sheet1.xml")
    cells = [cell for row in openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows() for cell in row]
    suspicious = [cell for cell in cells if str(cell.value or "").startswith(("=", "+", "-", "@"))]
    assert [cell.value for cell in suspicious] == ["=1+1", '=HYPERLINK("http://x.vn","x")', "+5", "@SUM(A1)"]
    assert {(cell.data_type, cell.quotePrefix) for cell in suspicious} == {("s", True)}


# --- Entering

ENTRY = {
    "name": "ĐẶNG THỊ HỒNG",
    "address": "12 Hòa Hưng",
    "group_name": "Tổ 5",
    "members": "4",
    "adults": "2",
    "pupils": "2",
    "poverty": "NONE",
    "phone": "",
    "opened_on": "01/02/2026",
    "note": "",
}
CREATE = "/ho-gia-dinh/them/"


def test_create_enters_the_household_and_shows_it(ward, an):
    response = an.post(CREATE, ENTRY | {"hamlet": ward.first.pk}, follow=True)

    registrant = Registrant.objects.get()
    assert response.redirect_chain == [(household_url("detail", registrant), 302)]
    assert (registrant.name, registrant.hamlet, registrant.opened_on) == (
        "Đặng Thị Hồng",
        ward.first,
        datetime.date(2026, 2, 1),
    )
    assert "Đã thêm hộ “Đặng Thị Hồng” vào Khu phố 1." in text(response)
    assert "Lê Thị An" in text(response)


def test_save_and_add_another_keeps_hamlet_and_group(ward, an):
    response = an.post(CREATE, ENTRY | {"hamlet": ward.second.pk, "again": "1"}, follow=True)

    form = response.context["form"]
    assert (form.initial["hamlet"], form.initial["group_name"]) == (str(ward.second.pk), "Tổ 5")
    assert not form.is_bound


def test_refused_form_keeps_what_was_typed(ward, an):
    response = an.post(
        CREATE,
        ENTRY | {"hamlet": ward.first.pk, "members": "2", "phone": "không có", "opened_on": "31/02/2026"},
    )

    form = response.context["form"]
    assert {name: list(errors) for name, errors in form.errors.items()} == {
        "members": ["Số nhân khẩu (2) ít hơn tổng người lớn (2) và học sinh (2)."],
        "phone": ["Số điện thoại chỉ gồm chữ số, ví dụ: 0912 345 678."],
        "opened_on": ["Hãy ghi ngày, tháng, năm, ví dụ 31/12/2026."],
    }
    assert 'value="ĐẶNG THỊ HỒNG"' in text(response)
    assert 'value="31/02/2026"' in text(response)
    assert Registrant.objects.count() == 0


def test_hamlet_of_another_ward_is_refused_with_a_sentence(ward, an):
    elsewhere = HamletFactory(name="Khu phố 3", parent=CommuneFactory(name="Phường Vườn Lài"))

    response = an.post(CREATE, ENTRY | {"hamlet": elsewhere.pk})
    unknown = an.post(CREATE, ENTRY | {"hamlet": "abc"})

    assert response.context["form"].errors["hamlet"] == ["Khu phố 3 thuộc Phường Vườn Lài, ngoài địa bàn bạn giữ sổ."]
    assert unknown.context["form"].errors["hamlet"] == ["Hãy chọn một khu phố, thôn hoặc ấp trong danh sách."]
    assert Registrant.objects.count() == 0


@pytest.mark.parametrize("hamlet", ["", "²", "-1", "9" * 30, "1 OR 1=1"])
def test_odd_hamlets_are_refused_with_a_sentence(ward, an, hamlet):
    response = an.post(CREATE, ENTRY | {"hamlet": hamlet, "seen": "²,x,1"})

    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["hamlet"]


def test_decomposed_typing_is_stored_composed(ward, an):
    typed = {name: unicodedata.normalize("NFD", value) for name, value in ENTRY.items()}
    an.post(CREATE, typed | {"hamlet": ward.first.pk})

    registrant = Registrant.objects.select_related("household").get()
    assert (registrant.name, registrant.household.address) == ("Đặng Thị Hồng", "12 Hòa Hưng")


def test_ward_without_hamlets_is_told_what_to_do_first(an, ward):
    empty = Ward("Phường Mới")
    empty.place.children.all().delete()

    page = text(empty.sign_in(Role.WARD_OFFICER).get(CREATE))

    assert "Phường, xã chưa có khu phố, thôn nào" in page


def test_likely_duplicate_is_asked_about_then_entered(ward, an):
    there = make_household(ward.second, "Đặng Thị Hồng", address="12 Hòa Hưng")

    question = an.post(CREATE, ENTRY | {"hamlet": ward.first.pk})
    assert "Hộ này có thể đã có trong sổ:" in text(question)
    assert household_url("detail", there) in text(question)
    assert 'value="12 Hòa Hưng"' in text(question)
    assert Registrant.objects.count() == 1

    answer = an.post(CREATE, ENTRY | {"hamlet": ward.first.pk, "seen": question.context["form"]["seen"].value()})
    assert answer.status_code == 302
    assert Registrant.objects.count() == 2


def test_readers_may_not_enter_or_change(ward, dao, em):
    registrant = make_household(ward.first, "Lê An")

    for client in (dao, em):
        assert client.get(household_url("detail", registrant)).status_code == 200
        assert client.get(CREATE).status_code == 403
        assert client.post(CREATE, ENTRY | {"hamlet": ward.first.pk}).status_code == 403
        for what in ("correct", "close", "reopen"):
            assert client.post(household_url(what, registrant), {}).status_code == 403
    assert Registrant.objects.count() == 1


def test_strangers_meet_nothing(ward, dung):
    registrant = make_household(ward.first, "Lê An")

    for what in ("detail", "correct", "close"):
        assert dung.get(household_url(what, registrant)).status_code == 404
    for what in ("correct", "close", "reopen"):
        assert dung.post(household_url(what, registrant), {}).status_code == 404
    assert dung.get(reverse("units:household-place", args=[ward.place.pk])).status_code == 404


def test_hamlet_officer_enters_into_the_own_hamlet_only(ward, ba):
    refused = ba.post(CREATE, ENTRY | {"hamlet": ward.second.pk})
    assert refused.context["form"].errors["hamlet"] == ["Khu phố 2 thuộc Phường Hòa Hưng, ngoài địa bàn bạn giữ sổ."]

    assert ba.post(CREATE, ENTRY | {"hamlet": ward.first.pk}).status_code == 302
    assert [str(place) for place in ba.get(CREATE).context["form"].fields["hamlet"].queryset] == ["Khu phố 1"]


# --- Correcting


def correction(client: Client, registrant: Registrant, **changes) -> dict:
    """The form as it was drawn, with some answers changed."""
    form = client.get(household_url("correct", registrant)).context["form"]
    return {name: form[name].value() or "" for name in form.fields} | changes


def test_correct_saves_and_history_names_who_and_what(ward, an):
    registrant = make_household(ward.first, "Lê An", members=3)

    response = an.post(
        household_url("correct", registrant),
        correction(an, registrant, members="4", poverty="POOR", hamlet=ward.second.pk),
        follow=True,
    )

    assert Household.objects.values_list("members", "poverty").get() == (4, "POOR")
    assert Stay.objects.get().hamlet == ward.second
    newest = response.context["history"][0]
    assert (newest.actor, newest.changes) == (
        "Lê Thị An",
        [
            ("Khu phố, thôn", "Khu phố 1", "Khu phố 2"),
            ("Số nhân khẩu", "3", "4"),
            ("Diện hộ", "Không thuộc diện", "Nghèo"),
        ],
    )
    assert "Đã lưu thông tin hộ." in text(response)


def test_saving_without_a_change_says_so_and_leaves_no_history(ward, an):
    registrant = make_household(ward.first, "Lê An", members=3, phone="0912345678")

    response = an.post(household_url("correct", registrant), correction(an, registrant), follow=True)

    assert "Không có gì thay đổi." in text(response)
    assert registrant.events.count() == 1


def test_second_editor_sees_both_values_and_keeps_the_typed_ones(ward, an):
    chi = ward.sign_in(Role.WARD_CHAIR, name="Phạm Thị Chi")
    registrant = make_household(ward.first, "Lê An", members=3)
    url = household_url("correct", registrant)
    first, second = (
        correction(chi, registrant, members="4"),
        correction(an, registrant, members="5", phone="0900111222"),
    )
    assert chi.post(url, first).status_code == 302

    response = an.post(url, second)

    page = text(response)
    assert "Người khác vừa sửa hộ này, nên những gì bạn nhập chưa được lưu." in page
    assert "Phạm Thị Chi đã lưu lúc" in page
    assert response.context["conflict"]["rows"] == [
        {"label": "Nhân khẩu", "stored": "4", "typed": "5"},
        {"label": "Điện thoại", "stored": "", "typed": "0900 111 222"},
    ]
    assert response.context["form"]["members"].value() == "5"
    assert Household.objects.get().members == 4

    again = second | {"version": response.context["form"]["version"].value()}
    assert an.post(url, again).status_code == 302
    assert Household.objects.values_list("members", "phone").get() == (5, "0900111222")


def test_form_without_a_version_never_overwrites(ward, an):
    registrant = make_household(ward.first, "Lê An", members=3)

    response = an.post(household_url("correct", registrant), correction(an, registrant, members="9", version=""))

    assert response.status_code == 200
    assert Household.objects.get().members == 3


def test_correcting_into_another_ward_explains_what_to_do(ward, an):
    elsewhere = HamletFactory(name="Khu phố 3", parent=CommuneFactory(name="Phường Vườn Lài"))
    registrant = make_household(ward.first, "Lê An")

    response = an.post(
        household_url("correct", registrant), correction(an, registrant, hamlet=elsewhere.pk, members="6")
    )

    assert (
        response.context["form"]
        .errors["hamlet"][0]
        .startswith("Khu phố 3 thuộc Phường Vườn Lài, không thuộc Phường Hòa Hưng.")
    )
    assert response.context["form"]["members"].value() == "6"
    assert Registrant.objects.get().hamlet == ward.first


# --- Leaving and coming back


def test_close_and_reopen_with_history(ward, an):
    registrant = make_household(ward.first, "Lê An")
    today = timezone.localdate()

    closed = an.post(
        household_url("close", registrant),
        {"reason": "MOVED_AWAY", "closed_on": f"{today:%d/%m/%Y}"},
        follow=True,
    )
    assert "Đã đưa hộ “Lê An” ra khỏi sổ." in text(closed)
    assert names(an.get(LIST)) == []

    reopened = an.post(household_url("reopen", registrant), follow=True)
    assert [(entry.title, entry.actor) for entry in reopened.context["history"]][:2] == [
        ("Mở lại", "Lê Thị An"),
        ("Đưa ra khỏi sổ", "Lê Thị An"),
    ]
    assert names(an.get(LIST)) == ["Lê An"]


def test_close_keeps_the_answers_it_refuses(ward, an):
    registrant = make_household(ward.first, "Lê An")

    response = an.post(household_url("close", registrant), {"reason": "MISTAKE", "closed_on": "31/12/2019"})

    assert response.context["form"].errors == {
        "closed_on": ["Ngày ra khỏi sổ không được trước ngày 01/01/2020 là ngày vào sổ."]
    }
    assert response.context["form"]["reason"].value() == "MISTAKE"
    assert Registrant.objects.get().is_open


def test_import_undo_is_no_reason_people_choose(ward, an):
    registrant = make_household(ward.first, "Lê An")

    reasons = dict(an.get(household_url("close", registrant)).context["form"].fields["reason"].choices)

    assert list(reasons) == ["MOVED_AWAY", "DISSOLVED", "DUPLICATE", "MISTAKE"]


def test_reopen_after_years_says_that_the_past_stays(ward, an):
    registrant = make_household(ward.first, "Lê An")
    register.close_registrant(
        actor=None, registrant=registrant, reason="MOVED_AWAY", closed_on=datetime.date(2022, 5, 1)
    )

    response = an.post(household_url("reopen", registrant), follow=True)

    assert "Hộ được tính lại từ hôm nay; số liệu các năm trước không đổi." in text(response)
    assert len(response.context["stays"]) == 2
    assert "từ 01/01/2020 đến trước ngày 01/05/2022" in text(response)


def test_clicking_reopen_twice_is_answered_with_a_sentence(ward, an):
    registrant = make_household(ward.first, "Lê An")

    response = an.post(household_url("reopen", registrant), follow=True)

    assert "“Lê An” đang ở trong sổ, không cần mở lại." in text(response)
    assert an.get(household_url("reopen", registrant)).status_code == 405


# --- Panels of other apps


@pytest.fixture
def panels():
    """The list other apps add to; what a test adds is gone after it."""
    before = len(hooks.registrant_panels)
    yield hooks.registrant_panels
    del hooks.registrant_panels[before:]


def test_other_apps_add_panels_to_a_registrants_page(ward, an, panels):
    registrant = make_household(ward.first, "Lê An")
    panels += [
        lambda request, row: None,
        lambda request, row: f"<p>{fold(row.name)} panel</p>",
        lambda request, row: {"template": "components/notice.html", "context": {"title": "Bảng riêng", "icon": "star"}},
    ]

    page = text(an.get(household_url("detail", registrant)))

    assert "&lt;p&gt;le an panel&lt;/p&gt;" in page
    assert "Bảng riêng" in page


# --- Communities


def test_communities_of_a_ward(ward, an, ba, dao):
    ensure = reverse("units:community-ensure", args=[ward.place.pk])
    assert "Còn cộng đồng chưa có trong sổ" in text(an.get("/cong-dong/"))
    assert "Còn cộng đồng chưa có trong sổ" not in text(dao.get("/cong-dong/"))
    assert dao.post(ensure).status_code == 403
    assert ba.post(ensure).status_code == 404

    response = an.post(ensure, follow=True)

    assert "Đã đưa 4 cộng đồng vào sổ." in text(response)
    assert [str(row) for row in response.context["communities"]] == [
        "Phường Hòa Hưng",
        "Khu phố 1",
        "Khu phố 2",
        "Khu phố 10",
    ]
    assert "Mọi khu phố, thôn đã có trong sổ cộng đồng." in text(an.post(ensure, follow=True))
    own = ba.get("/cong-dong/")
    assert [str(row) for row in own.context["communities"]] == ["Khu phố 1"]
    detail = an.get(reverse("units:community-detail", args=[response.context["communities"][0].pk]))
    assert "Cộng đồng Phường Hòa Hưng" in text(detail)
    assert [(entry.title, entry.actor) for entry in detail.context["history"]] == [("Đưa vào sổ", "Lê Thị An")]


def test_communities_cost_the_same_at_three_and_thirty(ward, an):
    counts = []
    for number in range(30):
        HamletFactory(name=f"Ấp {number}", parent=ward.place)
        if number in (2, 29):
            an.post(reverse("units:community-ensure", args=[ward.place.pk]))
            counts.append(queries(an, "/cong-dong/"))

    assert counts[0] == counts[1]


def test_a_community_is_entered_corrected_closed_and_reopened(ward, an):
    create = reverse("units:community-create")
    page = an.get(f"{create}?place={ward.first.pk}")
    assert [str(place) for place in page.context["form"].fields["place"].queryset] == [
        "Phường Hòa Hưng",
        "Khu phố 1",
        "Khu phố 2",
        "Khu phố 10",
    ]
    entry = {"place": ward.first.pk, "opened_on": "01/02/2026", "note": " Thành lập  mới "}
    late = an.post(create, entry | {"opened_on": f"{timezone.localdate() + datetime.timedelta(days=1):%d/%m/%Y}"})
    assert late.context["form"].errors == {"opened_on": ["Ngày vào sổ không được sau hôm nay."]}
    assert "Đã thêm cộng đồng “Khu phố 1” vào sổ." in text(an.post(create, entry, follow=True))
    row = Registrant.objects.get(kind="COMMUNITY")
    assert (row.note, row.opened_on, row.community.place) == ("Thành lập mới", datetime.date(2026, 2, 1), ward.first)
    assert an.post(create, entry).context["form"].errors == {"place": ["Hãy chọn một nơi trong danh sách."]}

    detail, correct, close, reopen = (
        reverse(f"units:community-{page}", args=[row.pk]) for page in ("detail", "correct", "close", "reopen")
    )
    page = text(an.get(detail))
    assert "Tên và cấp theo địa bàn Khu phố 1" in page and reverse("units:place-detail", args=[ward.first.pk]) in page
    version = an.get(correct).context["form"].initial["version"]
    assert "Đã lưu thông tin." in text(an.post(correct, {"note": "Sáp nhập tổ 3", "version": version}, follow=True))
    # Somebody else's newer words are shown, not lost.
    clash = an.post(correct, {"note": "Cũ", "version": version})
    assert clash.context["conflict"]["rows"] == [{"label": "Ghi chú", "stored": "Sáp nhập tổ 3", "typed": "Cũ"}]

    assert [value for value, _label in an.get(close).context["form"].fields["reason"].choices] == [
        "DISSOLVED",
        "MISTAKE",
    ]
    leaving = {"reason": "DISSOLVED", "closed_on": f"{timezone.localdate():%d/%m/%Y}"}
    assert an.post(close, leaving).context["form"].errors == {
        "reason": [
            "Khu phố 1 vẫn còn. Nơi đã kết thúc, nhập hoặc chia thì ghi ở trang sắp xếp khu phố, thôn: cộng đồng ra"
            " khỏi sổ cùng ngày. Chỉ đưa ra khỏi sổ ở đây khi đã nhập nhầm."
        ]
    }
    assert an.post(close, leaving | {"reason": "MOVED_AWAY"}).context["form"].errors.keys() == {"reason"}
    done = an.post(close, leaving | {"reason": "MISTAKE"}, follow=True)
    assert "Đã đưa cộng đồng “Khu phố 1” ra khỏi sổ." in text(done)
    assert "Đã mở lại cộng đồng “Khu phố 1”." in text(an.post(reopen, follow=True))
    assert [entry.title for entry in an.get(detail).context["history"]][:2] == ["Mở lại", "Đưa ra khỏi sổ"]

    # Its name is that of its hamlet, also when a slip of typing is corrected there; with the hamlet it ends for good.
    correct_hamlet(actor=None, hamlet=ward.first, name="Khu phố Một", kind="khu phố")
    row.refresh_from_db()
    assert (row.name, row.search_name) == ("Khu phố Một", "khu pho mot")
    an.post(close, leaving | {"reason": "MISTAKE"})
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    Place.objects.filter(pk=ward.first.pk).update(valid_to=yesterday)
    assert "nên cộng đồng của nơi này không mở lại được." in text(an.post(reopen, follow=True))

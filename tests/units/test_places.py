"""Hamlets: added one by one or from a list, corrected; the pages of places and the picker."""

import datetime
import io
import re
import threading

import openpyxl
import pytest
import xlsxwriter
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse

from portal.lib.years import this_year
from tests.factories.units import (
    CommuneFactory,
    DistrictFactory,
    HamletFactory,
    ProvinceFactory,
    make_household,
    make_officer,
)
from units.choices import HamletKind, Role
from units.domain.errors import NotAllowed, RegisterError
from units.domain.places import HamletDraft, correct_hamlet, create_hamlet, create_hamlets, plan_hamlets
from units.forms.fields import PlaceChoiceField
from units.forms.places import HamletListForm
from units.models import Place, Succession

pytestmark = pytest.mark.django_db


@pytest.fixture
def ward():
    province = ProvinceFactory(code="79", name="Thành phố Hồ Chí Minh")
    return CommuneFactory(code="27163", name="Phường Hòa Hưng", parent=province)


@pytest.fixture
def an(ward):
    return make_officer(Role.WARD_OFFICER, ward, name="Lê Thị An", username="an")


@pytest.fixture
def page(client, an):
    client.force_login(an)
    return client


def workbook(rows: list[list]) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return stream.getvalue()


# --- Verbs


def test_hamlets_get_running_codes_and_live_as_long_as_their_commune(ward, an):
    first = create_hamlet(actor=an, commune=ward, name="  khu phố  1 ")
    second, third = create_hamlets(
        actor=an, commune=ward, drafts=[HamletDraft("2", "khu phố"), HamletDraft("Ấp Bàu Sim", "ấp")]
    )

    assert [(p.code, p.name, p.kind) for p in (first, second, third)] == [
        ("27163-01", "Khu phố 1", "khu phố"),
        ("27163-02", "Khu phố 2", "khu phố"),
        ("27163-03", "Ấp Bàu Sim", "ấp"),
    ]
    assert third.fact_ids == {
        "hamlet_id": third.pk,
        "commune_id": ward.pk,
        "district_id": None,
        "province_id": ward.province_id,
    }
    assert third.search_name == "ap bau sim phuong hoa hung thanh pho ho chi minh"
    assert (third.valid_from, third.valid_to) == (datetime.date(2025, 7, 1), None)


def test_the_old_and_the_new_commune_of_one_code_both_keep_hamlets(ward, an):
    district = DistrictFactory(name="Quận 10")
    old = CommuneFactory(
        code="27163", name="Phường 15", parent=district, valid_from=None, valid_to=datetime.date(2025, 6, 30)
    )
    Succession.objects.create(from_place=old, to_place=ward, effective_on=datetime.date(2025, 7, 1))

    now = create_hamlet(actor=an, commune=ward, name="Khu phố 1")
    then = create_hamlet(actor=an, commune=old, name="Khu phố 1")

    assert (now.code, then.code) == ("27163-01", "27163-02")
    assert (then.valid_from, then.valid_to, then.district_id) == (None, datetime.date(2025, 6, 30), district.pk)


@pytest.mark.parametrize("typed", ["Khu phố 1", "khu pho 1", "KHU PHỐ  01", "1"])
def test_the_same_name_in_other_letters_is_refused(ward, an, typed):
    create_hamlet(actor=an, commune=ward, name="Khu phố 1")

    with pytest.raises(RegisterError) as refusal:
        create_hamlet(actor=an, commune=ward, name=typed)

    assert refusal.value.message == "Phường Hòa Hưng đã có Khu phố 1. Hãy đặt tên khác hoặc sửa địa bàn đã có."
    assert ward.children.count() == 1


def test_a_list_is_all_or_nothing_and_says_which_row(ward, an):
    create_hamlet(actor=an, commune=ward, name="Khu phố 1")
    drafts = [
        HamletDraft("Khu phố 2", "khu phố"),
        HamletDraft("khu pho 2", "khu phố"),
        HamletDraft("Khu phố 1", "khu phố"),
        HamletDraft("Khu 4", "khu gì đó"),
        HamletDraft("…", "khu phố"),
        HamletDraft("9" * 5000, "khu phố"),
    ]

    assert [plan.problem for plan in plan_hamlets(ward, drafts)] == [
        "",
        "Khu pho 2 đã có ở dòng 1 của danh sách này.",
        "Phường Hòa Hưng đã có Khu phố 1. Hãy đặt tên khác hoặc sửa địa bàn đã có.",
        "Chưa rõ loại của Khu 4: khu phố, tổ dân phố, thôn, ấp, bản…",
        "Tên phải có chữ hoặc số: …",
        f"Tên dài quá 100 ký tự: {'9' * 40}…",
    ]
    with pytest.raises(RegisterError):
        create_hamlets(actor=an, commune=ward, drafts=drafts)
    assert [hamlet.name for hamlet in ward.children.all()] == ["Khu phố 1"]


def test_correcting_keeps_the_code_and_the_history(ward, an):
    hamlet = create_hamlet(actor=an, commune=ward, name="Khu phố 1")
    create_hamlet(actor=an, commune=ward, name="Khu phố 2")

    corrected = correct_hamlet(
        actor=an, hamlet=hamlet, name="Khu phố 1A", kind=HamletKind.KHU_PHO, area_class="DIFFICULT", note=" bờ kè "
    )
    with pytest.raises(RegisterError) as refusal:
        correct_hamlet(actor=an, hamlet=hamlet, name="khu pho 2", kind=HamletKind.KHU_PHO)

    assert refusal.value.message == "Phường Hòa Hưng đã có Khu phố 2. Hãy đặt tên khác hoặc sửa địa bàn đã có."
    assert (corrected.code, corrected.name, corrected.area_class, corrected.note) == (
        "27163-01",
        "Khu phố 1A",
        "DIFFICULT",
        "bờ kè",
    )
    assert list(hamlet.events.order_by("pgh_id").values_list("pgh_label", "name")) == [
        ("insert", "Khu phố 1"),
        ("update", "Khu phố 1A"),
    ]


def test_only_the_wards_staff_keeps_hamlets(ward):
    stranger = make_officer(Role.WARD_OFFICER, CommuneFactory())
    leader = make_officer(Role.LEADER, ward.parent)

    for person in (stranger, leader):
        with pytest.raises(NotAllowed) as refusal:
            create_hamlet(actor=person, commune=ward, name="Khu phố 1")
        assert refusal.value.message == (
            "Chỉ cán bộ Hội Khuyến học của Phường Hòa Hưng và người quản trị được thêm, sửa khu phố, thôn ở đây."
        )
    assert not ward.children.exists()


@pytest.mark.django_db(transaction=True)
def test_two_people_adding_at_once_get_different_codes(ward, an):
    start, refused = threading.Barrier(4), []

    def add(number: int) -> None:
        try:
            start.wait()
            # The same name twice: one of each pair must lose.
            create_hamlet(actor=an, commune=ward, name=f"Khu phố {number % 2 + 1}")
        except RegisterError as error:
            refused.append(error.message)
        finally:
            connection.close()

    threads = [threading.Thread(target=add, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(ward.children.values_list("code", flat=True)) == ["27163-01", "27163-02"]
    assert sorted(ward.children.values_list("name", flat=True)) == ["Khu phố 1", "Khu phố 2"]
    assert len(refused) == 2


# --- Lists as people have them


@pytest.mark.parametrize(
    "lines",
    [
        "Khu phố 1\nẤp Bàu Sim\tấp\n\n",
        "Tên\tLoại\nKhu phố 1\tKhu phố\nẤp Bàu Sim\tẤp",
        "1\tKhu phố 1\n2\tẤp Bàu Sim",
        "Khu phố 1;KHU PHO\nẤp Bàu Sim;AP",
    ],
)
def test_pasted_lines_are_understood(lines):
    form = HamletListForm({"lines": lines, "kind": "khu phố"})

    assert form.is_valid(), form.errors
    assert [(draft.name, draft.kind) for draft in form.cleaned_data["drafts"]] == [
        ("Khu phố 1", "khu phố"),
        ("Ấp Bàu Sim", "ấp"),
    ]


def test_an_excel_list_is_understood():
    rows = [
        ["UBND PHƯỜNG HÒA HƯNG"],
        [],
        ["STT", "Tên", "Loại", "Số hộ"],
        [1, "Khu phố 1", "", 120],
        [2, 5, "Tổ dân phố", "#REF!"],
        ["", "", "", ""],
    ]
    upload = SimpleUploadedFile("khu-pho.xlsx", workbook(rows))

    form = HamletListForm({"kind": "khu phố", "lines": ""}, {"file": upload})

    assert form.is_valid(), form.errors
    assert [(draft.row, draft.name, draft.kind) for draft in form.cleaned_data["drafts"]] == [
        (4, "Khu phố 1", "khu phố"),
        (5, "5", "tổ dân phố"),
    ]


def test_cells_with_errors_are_named_by_cell():
    """They read as empty: the number in front of one would become a hamlet, a hamlet would be left out."""
    told = {}
    for name, rows in {
        "headed": [["TT", "Khu phố", "Loại"], [1, "#REF!", ""], [2, "Khu phố 2", "#N/A"], [3, "Khu phố 3", ""]],
        "bare": [[1, "Khu phố 1"], [2, "#NAME?"]],
    }.items():
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        target = io.BytesIO()
        book.save(target)
        form = HamletListForm(
            {"kind": "khu phố", "lines": ""}, {"file": SimpleUploadedFile("kp.xlsx", target.getvalue())}
        )
        told[name] = [text.split(" Hãy")[0] for text in form.non_field_errors()]

    assert told == {
        "headed": [
            "Ô B2 (cột Tên khu phố, thôn, trang tính “Sheet”, tệp “kp.xlsx”) báo lỗi #REF!.",
            "Ô C3 (cột Loại, trang tính “Sheet”, tệp “kp.xlsx”) báo lỗi #N/A.",
        ],
        "bare": ["Ô B2 (cột Tên khu phố, thôn, trang tính “Sheet”, tệp “kp.xlsx”) báo lỗi #NAME?."],
    }


def test_what_cannot_be_read_is_said():
    empty = HamletListForm({"kind": "khu phố", "lines": " \n"})
    both = HamletListForm({"kind": "khu phố", "lines": "A"}, {"file": SimpleUploadedFile("a.xlsx", workbook([["A"]]))})
    many = HamletListForm({"kind": "khu phố", "lines": "\n".join(f"Thôn {n}" for n in range(301))})
    text = HamletListForm({"kind": "khu phố", "lines": ""}, {"file": SimpleUploadedFile("a.xlsx", b"\x00\x01\x02 no")})

    assert empty.non_field_errors() == ["Chưa có tên khu phố, thôn nào. Hãy dán danh sách hoặc chọn tệp."]
    assert both.non_field_errors() == ["Hãy dùng một cách thôi: dán danh sách hoặc chọn tệp."]
    assert many.non_field_errors() == ["Danh sách có 301 dòng; mỗi lần thêm được nhiều nhất 300."]
    assert len(text.non_field_errors()) == 1


# --- Pages


def test_adding_on_screen(page, ward):
    url = reverse("units:hamlet-create", args=[ward.pk])

    done = page.post(url, {"name": "3", "kind": "khu phố", "area_class": "NORMAL"}, follow=True)
    again = page.post(url, {"name": "Khu phố 3", "kind": "khu phố", "area_class": "NORMAL", "note": "đang gõ dở"})

    assert done.redirect_chain == [(reverse("units:place-detail", args=[ward.pk]), 302)]
    assert "Đã thêm Khu phố 3, mã 27163-01." in done.content.decode()
    assert "Phường Hòa Hưng đã có Khu phố 3. Hãy đặt tên khác hoặc sửa địa bàn đã có." in again.content.decode()
    assert "đang gõ dở" in again.content.decode()


def test_a_list_is_shown_first_and_saved_as_shown(page, ward, an):
    create_hamlet(actor=an, commune=ward, name="Khu phố 1")
    url = reverse("units:hamlet-create-many", args=[ward.pk])

    preview = page.post(url, {"lines": "khu pho 1\n2\nẤp Bàu Sim", "kind": "khu phố"})
    assert ward.children.count() == 1
    saved = page.post(url, {"lines": preview.context["kept_lines"], "kind": "khu phố", "save": "1"}, follow=True)

    text = preview.content.decode()
    assert "Phường Hòa Hưng đã có Khu phố 1." in text
    assert "Lưu 2 khu phố, thôn" in text
    assert "Đã thêm 2 khu phố, thôn." in saved.content.decode()
    assert sorted(ward.children.values_list("name", "kind")) == [
        ("Khu phố 1", "khu phố"),
        ("Khu phố 2", "khu phố"),
        ("Ấp Bàu Sim", "ấp"),
    ]


def test_a_place_shows_where_it_came_from_and_what_it_became(page, ward):
    district = DistrictFactory(name="Quận 10")
    old = CommuneFactory(
        code="27169", name="Phường 14", parent=district, valid_from=None, valid_to=datetime.date(2025, 6, 30)
    )
    Succession.objects.create(from_place=old, to_place=ward, effective_on=datetime.date(2025, 7, 1), partial=True)

    new_page = page.get(reverse("units:place-detail", args=[ward.pk])).content.decode()
    old_page = page.get(reverse("units:place-detail", args=[old.pk])).content.decode()

    assert "Hình thành từ" in new_page and "Phường 14" in new_page and "Một phần" in new_page
    assert "Địa bàn này tồn tại đến hết ngày 30/06/2025" in old_page
    assert "Nay thuộc" in old_page and "Phường Hòa Hưng" in old_page
    # Its figures: those of the chosen year, and of the last year an old ward stood at the end of.
    assert f"{reverse('recognition:dashboard', args=[ward.pk])}?nam={this_year()}" in new_page
    assert f"{reverse('recognition:dashboard', args=[old.pk])}?nam=2024" in old_page
    assert f"{reverse('recognition:report', args=['TK-01', old.pk])}?nam=2024" in old_page


def test_the_search_page_and_its_fragment_say_the_same(page, ward):
    url = reverse("units:place-search")

    whole = page.get(url, {"q": "hoa hung"}).content.decode()
    fragment = page.get(url, {"q": "hoa hung"}, headers={"HX-Request": "true"}).content.decode()
    nothing = page.get(url, {"q": "xyz"}).content.decode()

    assert "Phường Hòa Hưng, Thành phố Hồ Chí Minh" in fragment and fragment.strip() in whole
    assert "<html" not in fragment
    assert "Không tìm thấy địa bàn nào khớp “xyz”." in nothing


@pytest.mark.parametrize("hamlets", [1, 30])
def test_queries_of_a_places_page_do_not_grow(page, ward, an, hamlets, django_assert_max_num_queries):
    create_hamlets(actor=an, commune=ward, drafts=[HamletDraft(str(n), "khu phố") for n in range(hamlets)])

    with django_assert_max_num_queries(11):
        page.get(reverse("units:place-detail", args=[ward.pk]))
    with django_assert_max_num_queries(6):
        page.get(reverse("units:place-search"), {"q": "khu pho"})


# --- The picker


class PickForm(forms.Form):
    place = PlaceChoiceField(level="commune")


def test_the_picker_takes_a_choice_a_code_or_the_only_match(ward):
    CommuneFactory(name="Xã Hòa Hưng", parent=ProvinceFactory(name="Tỉnh An Giang"))

    assert PickForm({"place": str(ward.pk)}).fields["place"].clean(ward.pk) == ward
    for data in ({"place": str(ward.pk)}, {"place_q": "27163"}, {"place_q": "hoa hung hcm"}):
        form = PickForm(data)
        assert form.is_valid(), form.errors
        assert form.cleaned_data["place"] == ward


def test_the_picker_without_javascript_lists_what_matches(ward):
    other = CommuneFactory(name="Xã Hòa Hưng", parent=ProvinceFactory(name="Tỉnh An Giang"))

    form = PickForm({"place_q": "hòa hưng"})

    assert form.errors == {"place": ["Có nhiều địa bàn khớp “hòa hưng”. Hãy chọn một trong danh sách bên dưới."]}
    html = str(form["place"])
    assert f'value="{ward.pk}"' in html and f'value="{other.pk}"' in html
    assert "Phường Hòa Hưng, Thành phố Hồ Chí Minh" in html
    assert 'value="hòa hưng"' in html


def test_the_picker_refuses_in_words(ward):
    hamlet = HamletFactory(parent=ward)

    assert PickForm({}).errors == {"place": ["Hãy chọn một địa bàn."]}
    assert PickForm({"place_q": "khong dau"}).errors["place"] == [
        "Không tìm thấy địa bàn nào khớp “khong dau”."
        " Hãy gõ tên phường, xã, thêm tên tỉnh nếu cần, ví dụ: hòa hưng hcm."
    ]
    gone = ["Địa bàn đã chọn không có hoặc không thuộc phạm vi của bạn. Hãy tìm và chọn lại."]
    for key in (hamlet.pk, "abc", "²", "9" * 30):
        assert PickForm({"place": str(key)}).errors["place"] == gone


def test_the_picker_follows_the_typing(page, ward):
    url = reverse("units:place-options")
    elsewhere = CommuneFactory(name="Phường Hòa Hưng Tây")

    everywhere = page.get(url, {"field": "place", "place_q": "hoa hung"}).content.decode()
    mine = page.get(url, {"field": "place", "place_q": "hoa hung", "mine": "1"}).content.decode()

    assert f'name="place" value="{ward.pk}"' in everywhere and str(elsewhere) in everywhere
    assert f'name="place" value="{ward.pk}"' in mine and str(elsewhere) not in mine
    assert page.get(url, {"field": "x'><script>", "q": "a"}).status_code == 404

    # Thirteen wards have a Khu phố 2 and twelve are shown: one's own is the first, whatever the others are called.
    for number in range(12):
        HamletFactory(parent=CommuneFactory(name=f"Phường A{number}"), name="Khu phố 2")
    own = HamletFactory(parent=ward, name="Khu phố 2")
    offered = page.get(url, {"field": "place", "place_q": "khu pho 2", "level": "hamlet"}).content.decode()
    assert re.findall(r'name="place" value="(\d+)"', offered)[0] == str(own.pk)
    assert offered.count('name="place"') == 12


def test_places_named_once(ward, an):
    """The database itself refuses a second hamlet of one name, whatever wrote it."""
    from django.db import IntegrityError

    create_hamlet(actor=an, commune=ward, name="Khu phố 1")
    double = Place(code="X", level="hamlet", kind="khu phố", name="Khu phố 1", parent=ward)
    double.derive()

    with pytest.raises(IntegrityError):
        Place.objects.bulk_create([double])


def test_households_of_a_place_are_counted_and_lead_to_the_list_of_those_who_may_read_it(client, ward, an):
    hamlet = create_hamlet(actor=an, commune=ward, name="Khu phố 1")
    make_household(hamlet, "Nguyễn Văn Hòa")
    make_household(hamlet, "Trần Thị Lý")
    stranger = make_officer(Role.WARD_OFFICER, CommuneFactory())
    url, link = reverse("units:place-detail", args=[ward.pk]), reverse("units:household-place", args=[hamlet.pk])

    pages = {}
    for person in (an, stranger):
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        pages[person] = client.get(url).content.decode()

    assert f'<a href="{link}">2</a>' in pages[an]
    assert link not in pages[stranger]
    assert 'data-label="Hộ gia đình">2</td>' in pages[stranger]


def test_a_hamlets_page_shows_its_history_to_those_who_keep_it(page, ward, an):
    hamlet = create_hamlet(actor=an, commune=ward, name="Khu phố 1")
    data = {"name": "Khu phố 1A", "kind": "khu phố", "area_class": "NORMAL"}

    text = page.post(reverse("units:hamlet-update", args=[hamlet.pk]), data, follow=True).content.decode()

    assert "Đã lưu. Tên cũ vẫn còn trong lịch sử thay đổi." in text
    assert "<del>Khu phố 1</del>" in text and "<ins>Khu phố 1A</ins>" in text
    assert "Lê Thị An" in text

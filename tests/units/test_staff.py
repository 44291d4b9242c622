"""Accounts and postings: invitation by a one-time link, roles that hold and end at once, and sign-in."""

import datetime
import json
from io import StringIO

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories.units import (
    CommuneFactory,
    DistrictFactory,
    HamletFactory,
    PostingFactory,
    ProvinceFactory,
    make_officer,
)
from units.choices import Role
from units.domain import staff
from units.domain.errors import NotAllowed, RegisterError
from units.domain.staff import NewPosting
from units.models import Posting, User

pytestmark = pytest.mark.django_db
PASSWORD = "mot cau dai de nho"
TODAY = timezone.localdate


@pytest.fixture(autouse=True)
def fresh_rate_limits():
    cache.clear()


@pytest.fixture
def ward():
    return CommuneFactory(code="27163", name="Phường Hòa Hưng", parent=ProvinceFactory(name="Thành phố Hồ Chí Minh"))


@pytest.fixture
def quan():
    return make_officer(Role.ADMINISTRATOR, None, name="Đỗ Văn Quản", username="quan")


@pytest.fixture
def admin(client, quan):
    client.force_login(quan, backend="django.contrib.auth.backends.ModelBackend")
    return client


def invite(actor, ward, **changes) -> User:
    data = {"username": "an", "full_name": "Lê Thị An", "postings": [NewPosting(Role.WARD_OFFICER, ward)]} | changes
    return staff.invite(actor=actor, **data)


def with_password(user: User, password: str = PASSWORD) -> User:
    user.set_password(password)
    user.save()
    return user


def sign_in(username: str, password: str = PASSWORD, client: Client | None = None, **extra):
    return (client or Client()).post(
        reverse("account_login"), {"login": username, "password": password, **extra}, follow=False
    )


# --- Invitation


def test_an_invited_person_sets_the_password_and_works_at_once(admin, ward):
    created = admin.post(
        reverse("units:staff-create"),
        {"full_name": " lê  thị an", "username": "An.HoaHung", "role": "WARD_OFFICER", "place": ward.pk},
        follow=True,
    )
    link = created.context["link"]
    again = admin.get(reverse("units:staff-detail", args=[created.context["person"].pk]))
    newcomer = Client()
    shown = newcomer.get(link)
    welcomed = newcomer.post(link, {"password1": PASSWORD, "password2": PASSWORD}, follow=True)

    an = User.objects.get(username="an.hoahung")
    assert (an.full_name, [str(posting) for posting in an.active_postings()]) == (
        "lê thị an",
        ["Cán bộ Hội Khuyến học phường, xã · Phường Hòa Hưng"],
    )
    assert link.startswith("http://testserver/loi-moi/") and again.context["link"] == ""
    assert "Chào lê thị an" in shown.content.decode() and "an.hoahung" in shown.content.decode()
    assert welcomed.redirect_chain == [("/", 302)]
    assert "Đã đặt mật khẩu. Chào mừng lê thị an!" in welcomed.content.decode()
    assert sign_in("an.hoahung").headers["Location"] == "/"


def test_a_link_works_once(quan, ward):
    an = invite(quan, ward)
    token = staff.invitation_token(actor=quan, user=an)

    staff.accept_invitation(token=token, password=PASSWORD)

    assert staff.invited_user(token) is None
    with pytest.raises(RegisterError) as refusal:
        staff.accept_invitation(token=token, password="mat khau khac han")
    assert refusal.value.message == "Liên kết này không dùng được nữa. Hãy xin người quản trị cấp liên kết mới."
    an.refresh_from_db()
    assert an.check_password(PASSWORD)
    page = Client().get(reverse("units:invitation", args=[token]))
    assert page.status_code == 410
    assert "Liên kết không dùng được nữa" in page.content.decode()


def test_a_new_link_ends_the_old_one_the_old_password_and_open_sessions(quan, ward):
    an = with_password(invite(quan, ward))
    browser = Client()
    sign_in("an", client=browser)
    assert browser.get(reverse("units:my-account")).status_code == 200

    first = staff.invitation_token(actor=quan, user=an)
    second = staff.invitation_token(actor=quan, user=an)

    assert staff.invited_user(first) is None
    assert staff.invited_user(second) == an
    assert browser.get(reverse("units:my-account")).status_code == 302
    assert "Tên đăng nhập hoặc mật khẩu không đúng." in sign_in("an").content.decode()


def test_a_link_lasts_a_week_and_cannot_be_altered(quan, ward, monkeypatch):
    an = invite(quan, ward)
    token = staff.invitation_token(actor=quan, user=an)
    now = timezone.now().timestamp()

    monkeypatch.setattr("django.core.signing.time.time", lambda: now + 7 * 86400 - 60)
    assert staff.invited_user(token) == an
    monkeypatch.setattr("django.core.signing.time.time", lambda: now + 7 * 86400 + 60)
    assert staff.invited_user(token) is None
    monkeypatch.undo()
    assert staff.invited_user(token[:-1] + ("A" if token[-1] != "A" else "B")) is None
    assert staff.invited_user("") is None


def test_a_stopped_account_gets_no_link(quan, ward):
    an = invite(quan, ward)
    token = staff.invitation_token(actor=quan, user=an)

    staff.stop_account(actor=quan, user=an)

    assert staff.invited_user(token) is None
    with pytest.raises(RegisterError) as refusal:
        staff.invitation_token(actor=quan, user=an)
    assert refusal.value.message == "Tài khoản đang ngừng hoạt động. Hãy mở lại tài khoản trước khi cấp liên kết."


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("1234567", "Mật khẩu này quá ngắn"),
        ("12345678", "Mật khẩu này quá phổ biến"),
        ("lethian2026"[:8], ""),
        ("x" * 70, ""),
        ("   có khoảng trắng   ", ""),
    ],
)
def test_passwords_are_long_enough_not_common_and_as_long_as_people_like(quan, ward, password, sentence):
    an = invite(quan, ward)
    link = reverse("units:invitation", args=[staff.invitation_token(actor=quan, user=an)])

    answer = Client().post(link, {"password1": password, "password2": password})

    an.refresh_from_db()
    if sentence:
        assert sentence in answer.content.decode()
        assert staff.awaits_password(an)
    else:
        assert answer.status_code == 302
        assert an.check_password(password)


def test_two_different_passwords_are_refused(quan, ward):
    link = reverse("units:invitation", args=[staff.invitation_token(actor=quan, user=invite(quan, ward))])

    answer = Client().post(link, {"password1": PASSWORD, "password2": PASSWORD + "!"})

    assert "Hai lần nhập không giống nhau. Hãy nhập lại." in answer.content.decode()


# --- Accounts


def test_names_and_addresses_belong_to_one_account(quan, ward):
    invite(quan, ward, email="an@example.vn")

    with pytest.raises(RegisterError) as same_name:
        invite(quan, ward, username="AN")
    with pytest.raises(RegisterError) as same_address:
        invite(quan, ward, username="an2", email="AN@example.vn")

    assert same_name.value.message == "Tên đăng nhập an đã có người dùng. Hãy chọn tên khác."
    assert same_address.value.message == "E-mail an@example.vn đã thuộc một tài khoản khác."
    assert User.objects.count() == 2


def test_a_refused_form_keeps_what_was_typed(admin, ward):
    answer = admin.post(
        reverse("units:staff-create"),
        {"full_name": "Lê Thị An", "username": "lê an", "role": "WARD_OFFICER", "email": "an@", "ends_on": "1/1/2020"},
    )

    assert {field: errors[0] for field, errors in answer.context["form"].errors.items()} == {
        "username": "Tên đăng nhập chỉ gồm chữ không dấu, số và các dấu . _ -",
        "email": "Địa chỉ e-mail chưa đúng, ví dụ: ten@example.vn.",
        "place": "Vai trò này phải gắn với một địa bàn. Hãy tìm và chọn địa bàn.",
        "ends_on": "Ngày kết thúc phải sau ngày bắt đầu.",
    }
    assert 'value="Lê Thị An"' in answer.content.decode()
    assert User.objects.count() == 1


def test_a_stopped_person_is_out_with_the_next_click_and_back_when_reopened(admin, quan, ward):
    an = with_password(invite(quan, ward))
    browser = Client()
    sign_in("an", client=browser)

    admin.post(reverse("units:staff-stop", args=[an.pk]))
    assert browser.get("/").status_code == 302
    assert sign_in("an").headers["Location"] == reverse("account_inactive")

    admin.post(reverse("units:staff-reopen", args=[an.pk]))
    assert sign_in("an").headers["Location"] == "/"


def test_nobody_locks_themselves_out(admin, quan):
    posting = quan.postings.get()

    stopped = admin.post(reverse("units:staff-stop", args=[quan.pk]), follow=True)
    ended = admin.post(reverse("units:posting-end", args=[posting.pk]), follow=True)

    quan.refresh_from_db()
    assert quan.is_active and quan.postings.in_force().exists()
    assert "Bạn không thể tự ngừng tài khoản của mình. Hãy nhờ một người quản trị khác." in stopped.content.decode()
    assert "Bạn không thể tự bỏ quyền quản trị của mình. Hãy nhờ một người quản trị khác." in ended.content.decode()


# --- Postings


def test_a_role_holds_and_ends_at_once(admin, quan, ward):
    an = with_password(invite(quan, ward))
    browser = Client()
    sign_in("an", client=browser)
    create = reverse("units:hamlet-create", args=[ward.pk])
    assert browser.get(create).status_code == 200

    admin.post(reverse("units:posting-end", args=[an.postings.get().pk]))
    assert browser.get(create).status_code == 404

    admin.post(reverse("units:posting-create", args=[an.pk]), {"role": "WARD_CHAIR", "place": ward.pk})
    assert browser.get(create).status_code == 200
    assert [event.pgh_label for event in Posting.pgh_event_model.objects.order_by("pgh_id")] == [
        "insert",  # Quản
        "insert",
        "delete",
        "insert",
    ]


def test_a_posting_ends_after_its_last_day(quan, ward):
    an = invite(quan, ward)
    posting = PostingFactory(user=an, role=Role.WARD_CHAIR, place=ward)

    staff.end_posting(actor=quan, posting=posting, last_day=TODAY() + datetime.timedelta(days=3))

    assert posting in an.postings.in_force()
    assert posting not in an.postings.in_force(TODAY() + datetime.timedelta(days=4))


@pytest.mark.parametrize(
    ("role", "level", "sentence"),
    [
        ("HAMLET_OFFICER", "commune", "Vai trò “Cán bộ chi hội khu phố, thôn” gắn với: khu phố, thôn."),
        ("WARD_OFFICER", "hamlet", "Vai trò “Cán bộ Hội Khuyến học phường, xã” gắn với: phường, xã."),
        ("LEADER", "hamlet", "gắn với: cả nước, tỉnh, thành phố, quận, huyện cũ, phường, xã."),
    ],
)
def test_each_role_has_its_levels(quan, ward, role, level, sentence):
    place = ward if level == "commune" else HamletFactory(parent=ward)

    with pytest.raises(RegisterError) as refusal:
        invite(quan, ward, postings=[NewPosting(role, place)])

    assert sentence in refusal.value.message
    assert not User.objects.filter(username="an").exists()


def test_the_same_posting_twice_is_refused(quan, ward):
    an = invite(quan, ward)

    with pytest.raises(RegisterError) as refusal:
        staff.assign(actor=quan, user=an, posting=NewPosting(Role.WARD_OFFICER, ward))

    assert refusal.value.message == "Người này đang giữ vai trò đó tại địa bàn này."


def test_a_posting_with_a_last_day_is_given_once_and_may_be_made_longer(quan, ward):
    """Two clicks wrote it twice: an ended posting was no obstacle to the same one again."""
    an = invite(quan, ward)
    today = timezone.localdate()

    def give(days, role=Role.INSPECTOR, starts_on=today):
        posting = NewPosting(role, ward, starts_on=starts_on, ends_on=today + datetime.timedelta(days=days))
        return staff.assign(actor=quan, user=an, posting=posting)

    give(10)
    for again in (lambda: give(10), lambda: give(9), lambda: give(5, role=Role.WARD_OFFICER)):
        with pytest.raises(RegisterError, match="đang giữ vai trò đó tại địa bàn này"):
            again()
    give(11)
    give(11, starts_on=today - datetime.timedelta(days=1))
    assert an.postings.filter(role=Role.INSPECTOR).count() == 3


def test_an_administrator_of_a_ward_stays_inside_it(quan, ward):
    other = CommuneFactory(parent=ward.parent)
    local = make_officer(Role.ADMINISTRATOR, ward, username="local")
    an = invite(local, ward)
    everywhere = invite(
        quan, ward, username="hai", postings=[NewPosting("LEADER", None), NewPosting("WARD_CHAIR", ward)]
    )
    stranger = make_officer(Role.WARD_OFFICER, other)

    assert set(staff.staff_visible_to(local)) == {local, an, everywhere}
    assert staff.may_manage_account(local, an)
    # A link for an account that is also posted elsewhere would hand over what lies outside the ward.
    assert not staff.may_manage_account(local, everywhere)
    assert not staff.may_manage_account(local, stranger)
    for place in (other, ward.parent, None):
        with pytest.raises(NotAllowed):
            staff.assign(actor=local, user=an, posting=NewPosting(Role.LEADER, place))
    with pytest.raises(NotAllowed):
        staff.invitation_token(actor=local, user=everywhere)


def test_a_ward_chair_reads_the_staff_of_the_ward_and_nothing_else(client, ward):
    chi = make_officer(Role.WARD_CHAIR, ward, name="Phạm Thị Chi")
    an = make_officer(Role.WARD_OFFICER, ward, name="Lê Thị An")
    PostingFactory(user=an, role=Role.LEADER, place=None)
    make_officer(Role.HAMLET_OFFICER, HamletFactory(parent=ward), name="Trần Văn Ba")
    stranger = make_officer(Role.WARD_OFFICER, CommuneFactory(), name="Bùi Văn Dũng")
    client.force_login(chi, backend="django.contrib.auth.backends.ModelBackend")

    listed = client.get(reverse("units:staff-list"))
    page = client.get(reverse("units:staff-detail", args=[an.pk])).content.decode()

    assert [person.full_name for person in listed.context["listing"]] == ["Lê Thị An", "Phạm Thị Chi", "Trần Văn Ba"]
    assert "Cả nước" not in page and "Lãnh đạo theo dõi" not in page
    assert "Thêm phân công" not in page and "Cấp liên kết mới" not in page
    assert client.get(reverse("units:staff-detail", args=[stranger.pk])).status_code == 404


def test_filters_of_the_list(admin, quan, ward):
    invite(quan, ward)
    with_password(
        invite(quan, ward, username="chi", full_name="Phạm Thị Chi", postings=[NewPosting("WARD_CHAIR", ward)])
    )
    staff.stop_account(actor=quan, user=invite(quan, ward, username="ba", full_name="Trần Văn Ba"))

    def names(**query) -> list[str]:
        return [person.username for person in admin.get(reverse("units:staff-list"), query).context["listing"]]

    assert names(q="phạm") == ["chi"]
    assert names(role="WARD_CHAIR") == ["chi"]
    assert sorted(names(status="invited")) == ["an", "quan"]  # force_login needs no password
    assert names(status="active") == ["chi"]
    assert names(status="stopped") == ["ba"]


@pytest.mark.parametrize("people", [1, 12])
def test_queries_of_the_list_do_not_grow(admin, quan, ward, people, django_assert_max_num_queries):
    for number in range(people):
        invite(quan, ward, username=f"nguoi{number}", full_name=f"Người {number}")

    with django_assert_max_num_queries(6):
        admin.get(reverse("units:staff-list"))


# --- Sign-in


def test_signing_in_by_name_or_address(quan, ward):
    with_password(invite(quan, ward, email="an@example.vn"))

    assert sign_in("an").headers["Location"] == "/"
    assert sign_in("AN@example.vn").headers["Location"] == "/"


def test_a_wrong_password_is_said_without_telling_which_part_is_wrong(quan, ward):
    with_password(invite(quan, ward))

    wrong = sign_in("an", "sai mat khau").content.decode()
    unknown = sign_in("khong.co", "sai mat khau").content.decode()

    sentence = "Tên đăng nhập hoặc mật khẩu không đúng. Hãy kiểm tra phím Caps Lock, bộ gõ tiếng Việt rồi thử lại;"
    assert sentence in wrong and sentence in unknown
    assert 'value="an"' in wrong


def test_too_many_wrong_passwords_have_to_wait(quan, ward):
    with_password(invite(quan, ward))
    for _attempt in range(5):
        sign_in("an", "sai mat khau")

    answer = sign_in("an")

    assert "Đã nhập sai quá nhiều lần. Hãy chờ 5 phút rồi thử lại" in answer.content.decode()


def test_next_leads_back_but_never_elsewhere(quan, ward):
    with_password(invite(quan, ward))
    target = reverse("units:place-detail", args=[ward.pk])

    asked = Client().get(target)
    page = Client().get(asked.headers["Location"]).content.decode()

    assert asked.headers["Location"] == f"{reverse('account_login')}?next={target}"
    assert "Bạn sẽ trở lại đúng trang đang mở" in page
    assert sign_in("an", next=target).headers["Location"] == target
    assert sign_in("an", next="https://xau.example/").headers["Location"] == "/"


def test_nobody_signs_up_by_themselves():
    page = Client().get(reverse("account_signup"))
    posted = Client().post(
        reverse("account_signup"), {"username": "ke.la", "password1": PASSWORD, "password2": PASSWORD}
    )

    assert "Không tự đăng ký được" in page.content.decode()
    assert "Không tự đăng ký được" in posted.content.decode()
    assert not User.objects.exists()


def test_a_forgotten_password_by_mail(quan, ward):
    with_password(invite(quan, ward, email="an@example.vn"))
    browser = Client()

    browser.post(reverse("account_reset_password"), {"email": "an@example.vn"})
    Client().post(reverse("account_reset_password"), {"email": "la@example.vn"})

    assert [message.subject for message in mail.outbox] == ["[Cổng Mô hình học tập] Đặt lại mật khẩu"] * 2
    assert "không có tài khoản nào dùng địa chỉ này" in mail.outbox[1].body
    link = next(line for line in mail.outbox[0].body.splitlines() if line.startswith("http"))
    form = browser.get(link, follow=True)
    browser.post(form.redirect_chain[-1][0], {"password1": "mot cau khac han", "password2": "mot cau khac han"})
    assert sign_in("an", "mot cau khac han").headers["Location"] == "/"
    assert "Liên kết không dùng được nữa" in Client().get(link, follow=True).content.decode()


def test_changing_ones_own_password(quan, ward):
    with_password(invite(quan, ward))
    browser = Client()
    sign_in("an", client=browser)
    url = reverse("account_change_password")

    wrong = browser.post(url, {"oldpassword": "sai", "password1": "x" * 12, "password2": "y" * 12}).content.decode()
    right = browser.post(
        url, {"oldpassword": PASSWORD, "password1": "cau moi cua toi", "password2": "cau moi cua toi"}, follow=True
    )

    assert "Mật khẩu hiện nay không đúng. Hãy nhập lại." in wrong
    assert "Hai lần nhập không giống nhau. Hãy nhập lại." in wrong
    assert "Đã đổi mật khẩu." in right.content.decode()
    assert sign_in("an", "cau moi cua toi").headers["Location"] == "/"


def test_ones_own_page(client, ward):
    an = make_officer(Role.WARD_OFFICER, ward, name="Lê Thị An")
    PostingFactory(user=an, role=Role.WARD_CHAIR, place=ward, ends_on=datetime.date(2021, 12, 31))
    client.force_login(an, backend="django.contrib.auth.backends.ModelBackend")

    text = client.get(reverse("units:my-account")).content.decode()

    assert "Cán bộ Hội Khuyến học phường, xã" in text and "từ 01/01/2020" in text
    assert "Chủ tịch Hội Khuyến học phường, xã" in text and "đến 31/12/2021" in text and "Không hiệu lực" in text
    assert reverse("account_change_password") in text


# --- From the command line


def command(*args) -> dict:
    out = StringIO()
    call_command("invite_administrator", *args, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_the_first_administrator_is_invited_from_the_command_line(settings):
    settings.PUBLIC_URL = "https://hoctap.example"

    result = command("quan", "Đỗ Văn Quản")
    path = result["link"].removeprefix("https://hoctap.example")
    browser = Client()
    browser.post(path, {"password1": PASSWORD, "password2": PASSWORD})

    assert browser.get(reverse("units:staff-create")).status_code == 200
    event = User.pgh_event_model.objects.select_related("pgh_context").earliest("pgh_id")
    assert event.pgh_context.metadata["user_name"] == "Lệnh invite_administrator"


def test_a_lost_administrator_gets_a_new_link(quan):
    with_password(quan)

    result = command("quan", "--renew")

    assert staff.invited_user(result["link"].rstrip("/").rsplit("/", 1)[-1]) == quan
    with pytest.raises(CommandError, match=r"^Không có tài khoản nào tên la\.$"):
        command("la", "--renew")
    with pytest.raises(CommandError, match=r"^Tên đăng nhập quan đã có người dùng\. Hãy chọn tên khác\.$"):
        command("quan", "Người Khác")
    with pytest.raises(CommandError, match=r"^Cần ghi cả họ và tên\.$"):
        command("moi")


def test_postings_of_the_day_come_in_one_statement_as_the_queryset_finds_them(django_assert_num_queries):
    district = DistrictFactory(code="771")
    old_ward = CommuneFactory(code="27163", parent=district, valid_from=None, valid_to=datetime.date(2025, 6, 30))
    person = make_officer(Role.ADMINISTRATOR, None)
    today = timezone.localdate()
    for days, place in ((-1, HamletFactory()), (0, HamletFactory(parent=old_ward)), (1, old_ward), (2, district)):
        day = today + datetime.timedelta(days=days)
        PostingFactory(user=person, place=place, starts_on=datetime.date(2021, 1, 1), ends_on=day)
        PostingFactory(user=person, role=Role.INSPECTOR, place=place, starts_on=day)
    ancestors = ("parent", "province", "district", "commune")
    expected = list(person.postings.in_force().select_related("place", *(f"place__{name}" for name in ancestors)))

    with django_assert_num_queries(1):
        found = User(pk=person.pk).active_postings()
        shown = [(row.place, *(row.place and getattr(row.place, name) for name in ancestors)) for row in found]

    def values(row):
        return row and {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}

    assert len(found) == 6
    assert [values(row) for row in found] == [values(row) for row in expected]
    assert [[values(one) for one in row] for row in shown] == [
        [values(row.place), *(row.place and values(getattr(row.place, name)) for name in ancestors)] for row in expected
    ]

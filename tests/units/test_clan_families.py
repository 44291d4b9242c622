"""A household of another ward is taken into a clan on the clan's own page: by hamlet and head, and no more is told."""

import datetime
import threading

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories.units import CommuneFactory, HamletFactory, make_clan, make_household, make_officer
from units.choices import Role
from units.domain import clans
from units.domain.clan_families import add_named_family
from units.domain.errors import NotAllowed, RegisterError
from units.models import ClanMembership

pytestmark = pytest.mark.django_db
MAY = datetime.date(2025, 5, 1)


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_one_household_of_another_ward_is_named_on_the_clans_page():
    ward, other = CommuneFactory(name="Phường Hòa Hưng"), CommuneFactory(name="Phường Vườn Lài")
    one, two = HamletFactory(parent=other, name="Khu phố 1"), HamletFactory(parent=other, name="Khu phố 2")
    clan, foreign = make_clan(ward, "Họ Lê"), make_clan(other, "Họ Lạ")
    home = make_household(one, "Lê Văn Xa", address="17 Lý Thái Tổ", phone="0903000111")
    twins = [make_household(one, "Lê Đôi", address=f"{number} Bà Hạt") for number in (1, 2)]
    taken, past = make_household(two, "Lê Khác"), make_household(two, "Lê Cũ")
    clans.add_families(actor=None, clan=foreign, households=[taken.pk, past.pk], since=MAY)
    clans.end_family(actor=None, clan=foreign, household=past.pk, until=datetime.date(2025, 9, 1))
    officer = make_officer(Role.WARD_OFFICER, ward)
    page = reverse("units:clan-families", args=[clan.pk])

    def send(hamlet, head, **more):
        data = {"far-hamlet": hamlet.pk, "far-head": head, "far-since": "01/05/2025", "far": "1"} | more
        return signed_in(officer).post(page, data, follow=True)

    refusals = {}
    for head, hamlet, more in (
        ("Lê Không", one, {}),
        ("Lê Văn Xa", two, {}),  # he lives in the other hamlet
        ("Lê Đôi", one, {}),
        ("Lê Khác", two, {}),
        ("Lê Cũ", two, {}),
        ("Lê Văn Xa", one, {"far-since": f"{timezone.localdate() + datetime.timedelta(days=1):%d/%m/%Y}"}),
    ):
        answer = send(hamlet, head, **more)
        refusals[head, hamlet.name] = [text for texts in answer.context["far_form"].errors.values() for text in texts]
        assert f'value="{head}"' in answer.content.decode()  # what was typed stays
    place = "ở khu phố, thôn đó của Phường Vườn Lài."
    assert refusals == {
        ("Lê Không", "Khu phố 1"): [f"Không có hộ nào mang tên chủ hộ “Lê Không” {place} Hãy xem lại tên, nơi ở."],
        ("Lê Văn Xa", "Khu phố 2"): [f"Không có hộ nào mang tên chủ hộ “Lê Văn Xa” {place} Hãy xem lại tên, nơi ở."],
        ("Lê Đôi", "Khu phố 1"): [f"Có 2 hộ mang tên chủ hộ “Lê Đôi” {place} Hãy ghi đúng địa chỉ của hộ."],
        ("Lê Khác", "Khu phố 2"): [
            "Hộ “Lê Khác” đang thuộc một dòng họ khác. Hãy đề nghị Phường Vườn Lài cho hộ rời dòng họ đó trước."
        ],
        ("Lê Cũ", "Khu phố 2"): [
            "Hộ “Lê Cũ” còn thuộc một dòng họ khác đến ngày 01/09/2025. Hãy chọn ngày vào từ ngày đó trở đi."
        ],
        ("Lê Văn Xa", "Khu phố 1"): ["Ngày vào dòng họ không được sau hôm nay."],
    }
    assert not ClanMembership.objects.filter(clan=clan.pk).exists()

    send(one, "le van xa")
    send(one, "Lê Đôi", **{"far-address": "2 bà hạt"})
    done = send(one, "Lê Văn Xa")  # once more changes nothing
    assert "Đã thêm 1 gia đình vào “Họ Lê”." in done.content.decode()
    assert set(ClanMembership.objects.filter(clan=clan.pk).values_list("household", "since", "until")) == {
        (home.pk, MAY, None),
        (twins[1].pk, MAY, None),
    }
    text = done.content.decode()
    assert "Khu phố 1, Phường Vườn Lài" in text
    assert "17 Lý Thái Tổ" not in text and "0903000111" not in text

    # The household's own ward reads which clan it is; whoever does not keep the clan adds nobody to it.
    there = make_officer(Role.WARD_OFFICER, other)
    shown = signed_in(there).get(reverse("units:household-detail", args=[home.pk])).content.decode()
    assert "Họ Lê, Phường Hòa Hưng" in shown and reverse("units:clan-detail", args=[clan.pk]) not in shown
    own = signed_in(there).get(reverse("units:household-detail", args=[taken.pk])).content.decode()
    assert f'<a href="{reverse("units:clan-detail", args=[foreign.pk])}">Họ Lạ</a>' in own
    with pytest.raises(NotAllowed):
        add_named_family(actor=there, clan=clan, hamlet=two, head="Lê Khác", since=MAY)


@pytest.mark.django_db(transaction=True)
def test_two_clans_naming_one_household_at_once():
    home = make_household(HamletFactory(), "Lê Văn Xa")
    both = [make_clan(CommuneFactory(), name) for name in ("Họ Lê", "Họ Lê Hữu")]
    outcomes, start = [], threading.Barrier(2)

    def ask(clan):
        start.wait()
        try:
            add_named_family(actor=None, clan=clan, hamlet=home.hamlet, head="Lê Văn Xa", since=MAY)
            outcomes.append("taken")
        except RegisterError:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(clan,)) for clan in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["refused", "taken"]
    assert ClanMembership.objects.filter(household=home.pk, until__isnull=True).count() == 1

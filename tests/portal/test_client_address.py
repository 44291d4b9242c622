"""Limits by address count the people behind the portal's own proxy apart, and believe no address a sender wrote."""

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from portal.lib.client_address import client_address, throttled_address
from tests.clock import within_a_minute

PROXY = "10.0.0.1"


@pytest.mark.parametrize(
    ("behind", "header", "address"),
    [
        (True, "203.0.113.7", "203.0.113.7"),
        (True, "198.51.100.1, 203.0.113.7", "203.0.113.7"),  # the first was written by the sender
        (True, "198.51.100.1,2001:db8::7 ", "2001:db8::7"),
        (True, "203.0.113.7, nobody", PROXY),
        (True, "203.0.113.7,", PROXY),
        (True, None, PROXY),
        (False, "203.0.113.7", PROXY),
    ],
)
def test_only_what_the_proxy_added_counts(settings, behind, header, address):
    settings.BEHIND_TLS_PROXY = behind
    more = {} if header is None else {"HTTP_X_FORWARDED_FOR": header}
    assert client_address(RequestFactory().get("/", REMOTE_ADDR=PROXY, **more)) == address


@pytest.mark.parametrize(
    ("proxies", "header", "address"),
    [
        (2, "9.9.9.9, 203.0.113.7, 10.0.0.2", "203.0.113.7"),  # the outer proxy wrote 203…, the inner one 10.0.0.2
        (2, "203.0.113.7, 10.0.0.2", "203.0.113.7"),
        (3, "9.9.9.9, 203.0.113.8", "203.0.113.8"),  # came round the outer proxies: only the last is no sender's word
        (2, "203.0.113.8", "203.0.113.8"),
        (2, "nobody, 10.0.0.2", PROXY),
        (1, "203.0.113.7, 10.0.0.2", "10.0.0.2"),
    ],
)
def test_each_of_our_own_proxies_adds_one_address(settings, proxies, header, address):
    settings.BEHIND_TLS_PROXY, settings.TRUSTED_PROXIES = True, proxies

    assert client_address(RequestFactory().get("/", REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_FOR=header)) == address


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),  # one line has 2^64 addresses to ask from
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("", ""),
    ],
)
def test_an_ipv6_line_is_counted_as_one(address, counted):
    assert throttled_address(RequestFactory().get("/", REMOTE_ADDR=address)) == counted


@pytest.mark.django_db
def test_one_person_behind_the_proxy_does_not_shut_out_the_others(settings):
    settings.BEHIND_TLS_PROXY = True
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "1/m/ip"}
    settings.CHECKS_PER_MINUTE = 1

    def check(seen):
        return Client(REMOTE_ADDR=PROXY).get("/kiem-tra/khong-co/", HTTP_X_FORWARDED_FOR=seen).status_code

    def asked(number):
        one, other = f"203.0.113.{number}", f"203.0.114.{number}"
        return [check(one), check(f"9.9.9.9, {one}"), check(other)]

    assert within_a_minute(asked) == [404, 429, 404]

    def sign_in(seen, password):
        data = {"login": "quan", "password": password}
        answer = Client(REMOTE_ADDR=PROXY).post(reverse("account_login"), data, HTTP_X_FORWARDED_FOR=seen)
        return "quá nhiều lần" in answer.content.decode()

    assert [sign_in("203.0.113.11", "sai"), sign_in("9.9.9.9, 203.0.113.11", "sai")] == [False, True]
    assert sign_in("203.0.113.12", "sai") is False

"""The cast, the two wards and the shape of a row. How to write rows stands in tests/url_matrix/__init__.py."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, wraps
from http.cookies import SimpleCookie

from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests.factories.units import (
    CommuneFactory,
    HamletFactory,
    ProvinceFactory,
    make_household,
    make_officer,
)
from tests.page_faults import faults_of
from units.choices import RegistrantKind, Role
from units.models import Community, Place, Registrant, Stay, User

HOME_TEAM = ("an", "ba", "chi", "dao", "binh", "em", "quan")
EVERYBODY = (*HOME_TEAM, "dung")
LOGIN = "sign-in"  # a redirect to the sign-in page that leads back here


def only(*names: str, ok: int = 200, others: int = 403) -> dict[str, int]:
    """The named people get `ok`, everybody else of the home team `others`."""
    return dict.fromkeys(names, ok) | {"*": others}


@dataclass(frozen=True)
class Row:
    """One URL and what everybody gets there."""

    name: str
    kwargs: dict | Callable[[Side], dict] = field(default_factory=dict)
    method: str = "get"
    own: int | dict[str, int] = 200
    foreign: int | dict[str, int] = 404
    anonymous: int | str = LOGIN
    query: dict | Callable[[Side], dict] = field(default_factory=dict)
    data: dict | Callable[[Side], dict] = field(default_factory=dict)
    other_hamlet: int | None = None

    @property
    def has_sides(self) -> bool:
        return callable(self.kwargs) or callable(self.query) or callable(self.data)

    def expected(self, name: str, *, foreign: bool) -> int:
        """The status `name` must get."""
        if not self.has_sides:
            return _status(self.own, name, "an" if name == "dung" else name)
        if name == "quan":
            explicit = self.foreign.get("quan") if foreign and isinstance(self.foreign, dict) else None
            return _status(self.own, name) if explicit is None else explicit
        if name == "dung":
            return _status(self.own, "dung", "an") if foreign else _status(self.foreign, "dung", "an")
        return _status(self.foreign if foreign else self.own, name)


def _status(rule: int | dict[str, int], *names: str) -> int:
    if isinstance(rule, int):
        return rule
    for name in names:
        if name in rule:
            return rule[name]
    return rule["*"]


def per_side(make: Callable[[Side], object]):
    """Decorator: `make(side)` runs once a side, at first use."""

    @wraps(make)
    def once(side: Side):
        if make not in side.made:
            side.made[make] = make(side)
        return side.made[make]

    return once


@dataclass
class Side:
    """A ward with the objects URLs point to."""

    world: World
    province: Place
    ward: Place
    hamlet: Place
    officer: User
    chair: User
    neighbour: Side | None = None
    made: dict = field(default_factory=dict)

    @cached_property
    def household(self) -> Registrant:
        return make_household(self.hamlet, "Nguyễn Văn Hòa", members=4, adults=2, pupils=2)

    @cached_property
    def newcomer(self) -> User:
        """Somebody invited to the ward who has not signed in yet."""
        return make_officer(Role.WARD_OFFICER, self.ward, name="Mai Văn Mới")

    @cached_property
    def community(self) -> Registrant:
        return make_community(self.hamlet)

    @cached_property
    def ward_community(self) -> Registrant:
        return make_community(self.ward)


def make_community(place: Place) -> Registrant:
    """The community of a place as a registrant, with its stay."""
    opened = datetime.date(2020, 1, 1)
    registrant = Registrant.objects.create(
        kind=RegistrantKind.COMMUNITY, name=f"Cộng đồng {place.name}", opened_on=opened, **place.fact_ids
    )
    Community.objects.create(registrant=registrant, place=place)
    Stay.objects.create(registrant=registrant, kind=registrant.kind, since=opened, **place.fact_ids)
    return registrant


class World:
    """The cast, signed in, and the two sides."""

    def __init__(self):
        province = ProvinceFactory(code="79", name="Thành phố Hồ Chí Minh", kind="thành phố trung ương")
        elsewhere = ProvinceFactory(code="01", name="Thành phố Hà Nội", kind="thành phố trung ương")
        ward = CommuneFactory(code="27163", name="Phường Hòa Hưng", parent=province)
        other_ward = CommuneFactory(code="00070", name="Phường Hoàn Kiếm", parent=elsewhere)
        first, second = (HamletFactory(code=f"27163-{n:02d}", name=f"Khu phố {n}", parent=ward) for n in (1, 2))
        other_hamlet = HamletFactory(code="00070-01", name="Tổ dân phố 1", kind="tổ dân phố", parent=other_ward)
        self.people: dict[str, User] = {
            "an": make_officer(Role.WARD_OFFICER, ward, name="Lê Thị An", username="an"),
            "ba": make_officer(Role.HAMLET_OFFICER, first, name="Trần Văn Ba", username="ba"),
            "chi": make_officer(Role.WARD_CHAIR, ward, name="Phạm Thị Chi", username="chi"),
            "dao": make_officer(Role.DECIDER, ward, name="Nguyễn Thị Đào", username="dao"),
            "binh": make_officer(Role.INSPECTOR, province, name="Hoàng Văn Bình", username="binh"),
            "em": make_officer(Role.LEADER, province, name="Vũ Thị Em", username="em"),
            "quan": make_officer(Role.ADMINISTRATOR, None, name="Đỗ Văn Quản", username="quan"),
            "dung": make_officer(Role.WARD_OFFICER, other_ward, name="Bùi Văn Dũng", username="dung"),
        }
        other_chair = make_officer(Role.WARD_CHAIR, other_ward, name="Ngô Thị Giang", username="giang")
        at_home, abroad = (self.people["an"], self.people["chi"]), (self.people["dung"], other_chair)
        self.places = (
            (province, ward, first, *at_home),
            (province, ward, second, *at_home),
            (elsewhere, other_ward, other_hamlet, *abroad),
        )
        self.begin()
        self.clients: dict[str, Client] = {"anonymous": Client()}
        for name, user in self.people.items():
            self.clients[name] = Client()
            self.clients[name].force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        self.cookies = {
            name: {key: cookie.value for key, cookie in client.cookies.items()} for name, client in self.clients.items()
        }

    def begin(self) -> None:
        """An area begins: its objects are made anew, those of the area before were rolled back with it."""
        self.own, neighbour, self.foreign = (Side(self, *places) for places in self.places)
        self.own.neighbour = neighbour
        self.looked_at: set[int] = set()
        self.addresses: dict[tuple[int, int], tuple[str, dict, dict]] = {}

    def walk(self, row: Row) -> list[str]:
        """Open the row's URL as everybody; say what came out differently, and what is wrong with the page shown."""
        faults = self._as(row, "anonymous", self.own, row.anonymous)
        for side in (self.own, self.foreign) if row.has_sides else (self.own,):
            for name in EVERYBODY:
                faults += self._as(row, name, side, row.expected(name, foreign=side is self.foreign))
        if row.other_hamlet is not None:
            faults += self._as(row, "ba", self.own.neighbour, row.other_hamlet)
        return faults

    def refuses_get(self, row: Row) -> list[str]:
        """A URL that only acts must not act on GET."""
        return self._as(row, "an", self.own, 405, method="get") + self._as(row, "quan", self.own, 405, method="get")

    def _as(self, row: Row, name: str, side: Side, expected: int | str, *, method: str = "") -> list[str]:
        method = method or row.method
        where = "own" if side is self.own else "foreign" if side is self.foreign else "other hamlet"
        what = f"{row.name} [{where}] {method.upper()} as {name}"
        try:
            url, query, data = self._address(row, side)
            with transaction.atomic():
                client = self.clients[name]
                response = client.get(url, query) if method == "get" else client.post(url, data, query_params=query)
                status = response.status_code
                if status == 302 and response.headers["Location"].startswith(f"{reverse('account_login')}?"):
                    status = LOGIN
                wrong = self._look_at(row, client, response) if method == "get" and side is self.own else []
                if response.streaming:
                    b"".join(response.streaming_content)  # a file is closed by reading it to its end
                if response.cookies:  # signing in or out is undone too
                    client.cookies = SimpleCookie(self.cookies[name])
                transaction.set_rollback(True)
        except Exception as error:
            return [f"{what}: expected {expected}, raised {type(error).__name__}: {error}"]
        return wrong if status == expected else [*wrong, f"{what}: expected {expected}, got {status}"]

    def _address(self, row: Row, side: Side) -> tuple[str, dict, dict]:
        """Where everybody asks for the row on a side, and what they send. Objects made for it stay for other rows."""
        key = (id(row), id(side))
        if key not in self.addresses:
            with transaction.atomic():
                url = reverse(row.name, kwargs=_value(row.kwargs, side))
                self.addresses[key] = (url, _value(row.query, side), _value(row.data, side))
        return self.addresses[key]

    def _look_at(self, row: Row, client: Client, response) -> list[str]:
        """What is wrong with the page of a row, as shown to the first person who may see it (or is led on from it)."""
        if id(row) in self.looked_at:
            return []
        if response.status_code == 302 and client is not self.clients["anonymous"]:
            response = client.get(response.headers["Location"], follow=True)
        if response.status_code != 200:
            return []
        self.looked_at.add(id(row))
        is_page = response.headers["Content-Type"].startswith("text/html") and not response.streaming
        return faults_of(row.name, response.content.decode()) if is_page else []


def _value(value, side: Side):
    return value(side) if callable(value) else value

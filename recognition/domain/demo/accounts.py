"""Who can sign in to the demonstration: one invented person per role. The password exists only here."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from units.choices import Role
from units.models import Place, Posting, User

PASSWORD = "hoctap2026"
SINCE = datetime.date(2016, 1, 1)


@dataclass(frozen=True)
class Account:
    """A demo account: sign-in name, person, role, and the key of the place in `build`'s table of places."""

    username: str
    full_name: str
    role: str
    place: str
    about: str


ACCOUNTS = (
    Account("chihoi", "Lê Thị Mai", Role.HAMLET_OFFICER, "hamlet", "Chi hội trưởng khu phố 2"),
    Account("phuong", "Nguyễn Văn An", Role.WARD_OFFICER, "ward", "Cán bộ Hội Khuyến học phường Hòa Hưng"),
    Account("chutich", "Trần Thị Chi", Role.WARD_CHAIR, "ward", "Chủ tịch Hội Khuyến học phường Hòa Hưng"),
    Account("quyetdinh", "Phạm Quốc Đạo", Role.DECIDER, "ward", "Lãnh đạo UBND phường Hòa Hưng ký quyết định"),
    Account("kiemtra", "Bùi Thanh Bình", Role.INSPECTOR, "district", "Đoàn kiểm tra Quận 10 (năm 2017)"),
    Account("thanhtra", "Trịnh Công Sự", Role.INSPECTOR, "province", "Đoàn kiểm tra Thành phố Hồ Chí Minh"),
    Account("ubndtp", "Lương Thế Dân", Role.DECIDER, "province", "Lãnh đạo UBND Thành phố Hồ Chí Minh ký quyết định"),
    Account("lanhdao", "Võ Minh Em", Role.LEADER, "province", "Lãnh đạo Thành phố Hồ Chí Minh"),
    Account("trunguong", "Cao Văn Vinh", Role.LEADER, "nation", "Lãnh đạo Trung ương Hội Khuyến học Việt Nam"),
    Account("quantri", "Đỗ Thị Quản", Role.ADMINISTRATOR, "nation", "Quản trị hệ thống"),
    Account("hoiquan10", "Hồ Thị Phượng", Role.WARD_OFFICER, "district", "Nhập số liệu 2017 thay 15 phường Quận 10"),
    Account("ubndquan10", "Ngô Đức Thành", Role.DECIDER, "district", "Lãnh đạo UBND Quận 10 ký quyết định (2017)"),
)


def create_accounts(places: dict[str, Place | None]) -> dict[str, User]:
    """Create the accounts and their postings; users by sign-in name."""
    users = {}
    for account in ACCOUNTS:
        user = User(username=account.username, full_name=account.full_name)
        user.set_password(PASSWORD)
        user.save()
        Posting.objects.create(user=user, role=account.role, place=places[account.place], starts_on=SINCE)
        users[account.username] = user
    return users

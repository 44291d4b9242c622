"""Invented households: names, addresses and sizes that look like a ward of Ho Chi Minh City. Nobody real."""

from __future__ import annotations

import datetime
import random

from units.choices import Poverty
from units.domain.bulk import HouseholdDraft

FAMILY_NAMES = [
    "Nguyễn",
    "Nguyễn",
    "Nguyễn",
    "Trần",
    "Trần",
    "Lê",
    "Lê",
    "Phạm",
    "Huỳnh",
    "Hoàng",
    "Phan",
    "Vũ",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
    "Đinh",
    "Mai",
    "Tô",
    "Quách",
    "Lâm",
]
MALE_MIDDLE = ["Văn", "Văn", "Hữu", "Đức", "Minh", "Quốc", "Công", "Xuân", "Thanh", "Đình", "Ngọc", "Trọng"]
FEMALE_MIDDLE = ["Thị", "Thị", "Thị|Ngọc", "Thị|Bích", "Thị|Hồng", "Ngọc", "Kim", "Thùy", "Mỹ", "Thanh", "Diệu"]
MALE_GIVEN = [
    "An",
    "Ân",
    "Bình",
    "Công",
    "Cường",
    "Dũng",
    "Duy",
    "Đạt",
    "Đức",
    "Hải",
    "Hiếu",
    "Hòa",
    "Hùng",
    "Huy",
    "Khánh",
    "Khoa",
    "Lâm",
    "Long",
    "Lộc",
    "Nam",
    "Nghĩa",
    "Phong",
    "Phúc",
    "Quân",
    "Quý",
    "Sơn",
    "Tài",
    "Tâm",
    "Thắng",
    "Thành",
    "Toàn",
    "Trung",
    "Tuấn",
    "Việt",
    "Vinh",
]
FEMALE_GIVEN = [
    "Anh",
    "Ánh",
    "Chi",
    "Cúc",
    "Diễm",
    "Dung",
    "Giang",
    "Hà",
    "Hạnh",
    "Hằng",
    "Hiền",
    "Hoa",
    "Hồng",
    "Hương",
    "Lan",
    "Liên",
    "Liễu",
    "Linh",
    "Loan",
    "Mai",
    "Nga",
    "Ngân",
    "Nhung",
    "Oanh",
    "Phương",
    "Phượng",
    "Quyên",
    "Thảo",
    "Thủy",
    "Trang",
    "Trúc",
    "Tuyết",
    "Vy",
    "Xuân",
    "Yến",
]
STREETS = (
    "Hòa Hưng",
    "Cách Mạng Tháng Tám",
    "Tô Hiến Thành",
    "Sư Vạn Hạnh",
    "Thành Thái",
    "Bắc Hải",
    "Đồng Nai",
    "Trường Sơn",
    "Hồng Lĩnh",
    "Cửu Long",
    "Lý Thường Kiệt",
    "Hoàng Dư Khương",
)


def person(rng: random.Random) -> str:
    """An invented full name."""
    if rng.random() < 0.5:
        middle, given = rng.choice(MALE_MIDDLE), rng.choice(MALE_GIVEN)
    else:
        middle, given = rng.choice(FEMALE_MIDDLE).replace("|", " "), rng.choice(FEMALE_GIVEN)
    return f"{rng.choice(FAMILY_NAMES)} {middle} {given}"


def address(rng: random.Random) -> str:
    """An invented house number on a street."""
    number = str(rng.randint(1, 420))
    for _slash in range(rng.choice((0, 0, 1, 1, 2))):
        number += f"/{rng.randint(1, 90)}"
    return f"{number} {rng.choice(STREETS)}"


def household(rng: random.Random, group: int, opened_on: datetime.date) -> HouseholdDraft:
    """An invented household. Adults and pupils never exceed the members; small children may make the difference."""
    adults = rng.choice((1, 2, 2, 2, 3, 3, 4, 5))
    pupils = rng.choice((0, 0, 1, 1, 2, 2, 3))
    infants = rng.choice((0, 0, 0, 0, 1))
    poverty = rng.choices((Poverty.NONE, Poverty.NEAR_POOR, Poverty.POOR), (96, 3, 1))[0]
    return HouseholdDraft(
        name=person(rng),
        address=address(rng),
        group_name=f"Tổ {group}",
        members=adults + pupils + infants,
        adults=adults,
        pupils=pupils,
        opened_on=opened_on,
        poverty=poverty,
    )

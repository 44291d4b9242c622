"""Invented people and addresses in the proportions of real name lists. Nobody real."""

from __future__ import annotations

import random


def _listed(text: str) -> list[str]:
    return text.split(", ")


# Family names with their approximate share of the population, in per mille.
FAMILY = _listed(
    "Nguyễn 382, Trần 121, Lê 95, Phạm 70, Hoàng 30, Huỳnh 28, Phan 45, Vũ 22, Võ 19, Đặng 21, Bùi 20, "
    "Đỗ 14, Hồ 13, Ngô 13, Dương 10, Lý 5, Đinh 9, Trương 12, Lương 6, Đoàn 7, Mai 6, Tô 3, Cao 6, Lâm 5, "
    "Trịnh 6, Hà 6, Tạ 4, Châu 4, Quách 2, Thái 4, Kiều 2, Phùng 4, Vương 3, Từ 2, Nghiêm 1"
)
MALE_MIDDLE = _listed(
    "Văn, Văn, Văn, Hữu, Đức, Minh, Quốc, Công, Xuân, Thanh, Đình, Ngọc, Trọng, Quang, Bá, Thế, Hoàng, Anh, Tấn, Duy"
)
FEMALE_MIDDLE = _listed(
    "Thị, Thị, Thị, Thị Ngọc, Thị Bích, Thị Hồng, Thị Thu, Thị Kim, Thị Thanh, Thị Mỹ, Ngọc, Kim, Thùy, "
    "Mỹ, Thanh, Diệu, Bảo, Phương, Thu, Hồng"
)
MALE_GIVEN = _listed(
    "An, Ân, Bảo, Bình, Chiến, Công, Cường, Dũng, Duy, Đạt, Đông, Đức, Giang, Hải, Hậu, Hiếu, Hòa, Hoàng, "
    "Hùng, Hưng, Huy, Khang, Khánh, Khoa, Kiên, Lâm, Long, Lộc, Luân, Mạnh, Nam, Nghĩa, Nhân, Phong, "
    "Phúc, Phước, Quân, Quang, Quý, Sơn, Tài, Tâm, Tân, Thái, Thắng, Thành, Thịnh, Tiến, Toàn, Trí, "
    "Trung, Tú, Tuấn, Tùng, Việt, Vinh, Vũ"
)
FEMALE_GIVEN = _listed(
    "Anh, Ánh, Châu, Chi, Cúc, Diễm, Dung, Đào, Giang, Hà, Hạnh, Hằng, Hiền, Hoa, Hồng, Huệ, Hương, "
    "Khánh, Lan, Lệ, Liên, Liễu, Linh, Loan, Mai, Mẫn, Nga, Ngân, Ngọc, Nguyệt, Nhàn, Nhi, Nhung, Oanh, "
    "Phụng, Phương, Phượng, Quyên, Sen, Sương, Tâm, Thảo, Thơ, Thu, Thủy, Thúy, Tiên, Trâm, Trang, Trinh, "
    "Trúc, Tuyết, Uyên, Vân, Vy, Xuân, Yến"
)
STREETS = _listed(
    "Nguyễn Trãi, Lê Lợi, Trần Hưng Đạo, Lý Thường Kiệt, Hai Bà Trưng, Quang Trung, Phan Đình Phùng, "
    "Nguyễn Du, Lê Thánh Tôn, Ngô Quyền, Đinh Tiên Hoàng, Bà Triệu, Hùng Vương, Nguyễn Huệ, Trường Chinh, "
    "Cách Mạng Tháng Tám, Võ Thị Sáu, Phan Chu Trinh, Nguyễn Thái Học, Hoàng Hoa Thám"
)

_FAMILY_NAMES = [entry.rsplit(" ", 1)[0] for entry in FAMILY]
_FAMILY_WEIGHTS = [int(entry.rsplit(" ", 1)[1]) for entry in FAMILY]


def people(rng: random.Random, count: int) -> list[str]:
    """Invented full names of `count` heads of household; three in five are men."""
    families = rng.choices(_FAMILY_NAMES, weights=_FAMILY_WEIGHTS, k=count)
    names = []
    for family in families:
        if rng.random() < 0.6:
            names.append(f"{family} {rng.choice(MALE_MIDDLE)} {rng.choice(MALE_GIVEN)}")
        else:
            names.append(f"{family} {rng.choice(FEMALE_MIDDLE)} {rng.choice(FEMALE_GIVEN)}")
    return names


def person(rng: random.Random) -> str:
    """One invented full name."""
    return people(rng, 1)[0]


def address(rng: random.Random, *, urban: bool) -> str:
    """A house number on a street, with alleys in towns."""
    number = str(int(rng.random() * 420) + 1)
    if urban:
        for _alley in range(rng.choice((0, 0, 1, 1, 2))):
            number += f"/{int(rng.random() * 90) + 1}"
        return f"{number} {rng.choice(STREETS)}"
    return f"Số nhà {number}"

"""What a block of lines says, each line says alone: the fast way through a list and the one that explains agree."""

import datetime
import random
from itertools import repeat

import pytest

from portal.lib.tabular import Sheet
from units.domain.importing import reading, understanding
from units.domain.importing.hamlets import HamletFinder
from units.domain.importing.lines import COLUMNS, Encoder
from units.domain.importing.rows import BadCell, group_of, identity_of

HEAD = ["Mã hộ", "STT", "Họ và tên chủ hộ", "Địa chỉ", "Tổ", "Khu phố", "Số nhân khẩu", "Người lớn", "Học sinh",
        "Hộ nghèo", "Hộ cận nghèo", "Điện thoại", "Ghi chú", "Đăng ký GĐHT"]  # fmt: skip
DAY = datetime.date(2026, 12, 5)
# For each column: cells as lists have them, and after them what people write wrong.
CELLS = [
    (["", "", 17.0, "18"], ["x1", -3.0]),
    ([5.0, 6.0], [0.0, "7", "", "Tổ 4"]),
    (["Nguyễn Văn An", "TRẦN THỊ BÌNH", "lê văn  cảnh", "H'Hen Niê", "Đỗ Thị Á"], ["Nguyễn 2", "V¨n An", 5.0, "—", ""]),
    (
        ["12/5 Hòa Hưng", "số 7\tngõ 3", "9 Bắc Hải\nKhu phố 1", "", "9 Bắc  Hải", "Ấp\u00a03"],
        [12.0, DAY, "V¨n", "a\\b", "x" * 260, "#REF!"],
    ),
    (["Tổ 3", "3", 3.0, "", "Tổ\\4"], ["t" * 70]),
    (["Khu phố 1", "KP 2", "kp2", ""], ["Khu phố 9", "Ấp Đông"]),
    ([4.0, "4", "4 người", "", 60.0], [61.0, "bốn", True, DAY]),
    ([2.0, "", 1.0], [9.0, -1.0, True]),
    ([1.0, "", 0.0], [50.0, "nhiều", False]),
    (["", "x", ""], ["có lẽ", True]),
    (["", "", "X", "không"], ["??"]),
    (["0912345678", 912345678.0, "", "0912 345 678", "+84912345678"], ["gọi sau", "9" * 30]),
    (["", "Nhà \\ mới", "dòng\nhai"], ["n" * 301]),
    (["x", "", "GĐHT", "1"], ["có thể", True]),
]


def text_of(rows: list[list], fixed: int | None, column_left_out: int | None = None) -> tuple[str, str]:
    """The same rows in blocks, and one by one."""
    keep = [k for k in range(len(HEAD)) if k != column_left_out]
    table = [[row[k] for k in keep] for row in [HEAD, *rows]]
    understood = understanding.understand([Sheet("Trang\\1", table)], [], year=2026)
    finder = HamletFinder([(1, "Khu phố 1"), (2, "Khu phố 2")], "Phường Hòa Hưng")

    def encoder() -> Encoder:
        reader = reading.RowReader(understood.plans[0], finder, fixed_hamlet=fixed)
        return Encoder(reader, batch_id=9, new_ids=repeat(77, len(rows)))  # there are no more than rows

    blocks = list(encoder().blocks())
    alone = encoder()
    lines = [alone.line(row) for row in alone.reader]
    assert sum(count for count, _text in blocks) == len(lines)
    return b"".join(text for _count, text in blocks).decode(), "".join(lines)


def test_blocks_say_what_lines_say():
    chance = random.Random(3)
    plain = [[chance.choice(good) for good, _wrong in CELLS] for _row in range(300)]
    mixed = [
        [chance.choice(wrong if chance.random() < 0.03 else good) for good, wrong in CELLS] for _row in range(2500)
    ]
    for position in range(100, 900, 150):  # what stands between rows holds for those below it
        title = [""] * len(HEAD)
        title[2] = chance.choice(("Tổ 12", "Khu phố 2", "Tổng cộng: 40 hộ"))
        mixed.insert(position, title)

    for fixed, left_out in ((2, None), (None, 5), (None, 3), (None, 0)):
        blocks, lines = text_of(plain + mixed, fixed, left_out)
        assert blocks == lines
    assert lines.count("\n") > 1150
    columns = COLUMNS.split(", ")
    assert {len(line.split("\t")) for line in lines.splitlines()} == {len(columns)}
    verdicts = [line.split("\t")[columns.index("verdict")] for line in lines.splitlines()]
    assert min(verdicts.count(one) for one in ("ADDED", "REFUSED")) > 100


def test_a_raised_two_is_a_digit_but_no_number():
    """ "²".isdigit() holds, int("²") fails: a cell like that is a sentence, not an error of the server."""
    with pytest.raises(BadCell, match="Mã hộ ghi “²”"):
        identity_of("²")
    assert group_of("²") == "²"


def test_a_hamlet_of_thousands_of_digits_is_none():
    finder = HamletFinder([(1, "Khu phố 1")], "Phường Hòa Hưng")
    match = finder.find("KP " + "9" * 5000)
    assert (match.pk, match.reason) == (None, f"Phường Hòa Hưng không có “KP {'9' * 57}”.")

"""Lists for the import tests, built in memory."""

import io

import openpyxl

HEAD = ["STT", "Họ và tên chủ hộ", "Địa chỉ", "Khu phố", "Số nhân khẩu", "Người lớn", "Học sinh", "Diện hộ", "Đăng ký"]


def xlsx(rows: list[list], *, title: str = "Danh sách", more: dict[str, list[list]] | None = None) -> bytes:
    """An .xlsx with `rows` on its first sheet and further sheets by name."""
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    for name, body in (more or {}).items():
        sheet = book.create_sheet(name)
        for row in body:
            sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def people(*rows: list) -> bytes:
    """A plain list: the heading above and one row per household (without the serial number)."""
    return xlsx([HEAD, *([number, *row] for number, row in enumerate(rows, start=1))])

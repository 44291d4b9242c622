"""Documents of the demonstration: the plan of the province, and guidance of the ward that most have yet to answer."""

from __future__ import annotations

import datetime

from recognition.choices import DocumentKind
from recognition.domain.documents import Draft, mark_opened, reply, send
from recognition.models import Document
from units.choices import Level
from units.models import Place, User


def send_documents(users: dict[str, User], ward: Place, province: Place, year: int) -> list[Document]:
    """A plan from the province to its wards (opened by this one), guidance from the ward to its hamlets."""
    plan = send(
        actor=users["lanhdao"],
        place=province,
        draft=Draft(
            kind=DocumentKind.PLAN,
            number="05/KH-HKH",
            issued_on=datetime.date(year, 1, 5),
            title=f"Kế hoạch xây dựng các mô hình học tập năm {year}",
            year=year,
            text=(
                "Các phường, xã mở đăng ký từ ngày 10 tháng 1; tổ chức tự chấm và họp bình xét trong tháng 11; "
                "hoàn thành công nhận trước ngày 31 tháng 12."
            ),
            opens_on=datetime.date(year, 1, 10),
        ),
        levels=[Level.COMMUNE],
    )
    mark_opened(actor=users["chutich"], document=plan)
    guidance = send(
        actor=users["phuong"],
        place=ward,
        draft=Draft(
            kind=DocumentKind.GUIDANCE,
            number="12/HD-HKH",
            issued_on=datetime.date(year, 11, 2),
            title=f"Hướng dẫn họp bình xét Gia đình học tập năm {year}",
            year=year,
            text=(
                "Chi hội các khu phố họp bình xét cùng dịp Ngày hội Đại đoàn kết toàn dân tộc.\n\n"
                "Đề nghị trả lời ngày, giờ họp của khu phố."
            ),
            due_on=datetime.date(year, 11, 30),
            reply_wanted=True,
        ),
        levels=[Level.HAMLET],
    )
    receipt = guidance.receipts.select_related("place").get(place=users["chihoi"].postings.get().place)
    reply(actor=users["chihoi"], receipt=receipt, text="Khu phố họp lúc 19 giờ ngày 18/11 tại nhà văn hóa.")
    return [plan, guidance]

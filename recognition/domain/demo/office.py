"""What an office at work has on its desk: sheets from people, objections, trainings, its own figures, a signed report.

Everything goes through the verbs the pages use, so the demonstration holds nothing a person could not have entered.
"""

from __future__ import annotations

import datetime
import random
from decimal import Decimal

from django.utils import timezone

from portal.lib.moments import as_of
from recognition.choices import LearningModel, ObjectionOutcome, State
from recognition.domain import association, closing, entry_links, objecting
from recognition.domain.publishing import set_public_page
from recognition.domain.report_text import draft_narrative
from recognition.models import Registration, Training
from units.models import Place, User

SOURCE = "Số liệu dựng cho bản trình diễn"
LINKS = 5  # of the second hamlet's families: three have answered, two have not yet
ANSWERED = 3


def build_office(users: dict[str, User], ward: Place, year: int) -> None:
    """Fill the desks of the ward for `year`; the report of the year before it is signed, sent and accepted."""
    _association(users, ward, year)
    _trainings(users, ward, year)
    _sheets_from_people(users, year)
    _objections(users, ward, year)
    set_public_page(actor=users["chutich"], place=ward, is_open=True, shows_heads=False)
    with as_of(datetime.date(year - 1, 12, 29)):
        _signed_report(users, ward, year - 1)


def _association(users: dict[str, User], ward: Place, year: int) -> None:
    figures = {
        "branches": 12,
        "committees": 21,
        "members": 2_316,
        "population": 11_940,
        "fund": 418_500_000,
        "scholarships": 264,
        "scholarship_money": 356_000_000,
        "centres": 1,
    }
    before = {**figures, "members": 2_174, "population": 11_902, "fund": 396_200_000, "scholarships": 247}
    for one, values in ((year - 1, before), (year, figures)):
        association.record_association_year(actor=users["chutich"], place=ward, year=one, figures=values, source=SOURCE)


def _trainings(users: dict[str, User], ward: Place, year: int) -> None:
    sessions = (
        (year - 1, 9, 18, "Hướng dẫn tự chấm điểm và họp bình xét", ("phuong", "chutich"), "Nguyễn Thị Bình An"),
        (year, 4, 9, "Nhập danh sách hộ và đăng ký danh hiệu trên cổng", ("phuong",), "Trần Văn Hiền Hòa"),
        (year, 9, 24, "Bộ tiêu chí, minh chứng và biên bản họp bình xét", ("phuong", "chihoi"), "Lê Thu Cúc Hương"),
    )
    for in_year, month, day, title, who, guest in sessions:
        held = datetime.date(in_year, month, day)
        session = association.save_training(
            actor=users["chutich"],
            training=Training(
                place=ward, held_on=held, title=title, venue="Hội trường phường", speaker=users["lanhdao"].full_name
            ),
        )
        if held <= timezone.localdate():
            ids = [users[name].pk for name in who]
            association.record_attendance(actor=users["chutich"], training=session, user_ids=ids, names=guest)


def _sheets_from_people(users: dict[str, User], year: int) -> None:
    """Families of the second hamlet got a slip with a link; some have scored themselves and wait for its officer."""
    officer, rng = users["chihoi"], random.Random(year)
    hamlet = officer.postings.get().place
    rows = Registration.objects.filter(hamlet=hamlet, year=year, model=LearningModel.FAMILY, state=State.REGISTERED)
    until = timezone.localdate() + datetime.timedelta(days=14)
    for number, row in enumerate(rows.select_related("rulebook").order_by("pk")[:LINKS]):
        (made,) = entry_links.make_links(
            actor=officer, place=hamlet, year=year, model=LearningModel.FAMILY, expires_on=until, only=row.pk
        )
        if number < ANSWERED:
            spec = row.rulebook.spec
            scores = {
                leaf.code: Decimal(round(float(leaf.maximum) * 2 * rng.uniform(0.8, 1))) / 2 for leaf in spec.leaves
            }
            conditions = {knock.condition: False for knock in spec.conditions}
            entry_links.enter(token=made.token, rulebook_id=row.rulebook_id, scores=scores, conditions=conditions)


def _objections(users: dict[str, User], ward: Place, year: int) -> None:
    """Two people ask about a result: one has been answered, the other still waits."""
    rows = Registration.objects.filter(commune=ward, year=year, model=LearningModel.FAMILY, state=State.RECOGNISED)
    texts = (
        ("Trần Thị Lan Anh", "Tôi đề nghị xem lại điểm mục đọc sách của hộ này vì chưa thấy tủ sách."),
        ("Võ Văn Hòa Bình", "Tên chủ hộ trong danh sách công bố thiếu chữ lót, đề nghị kiểm tra."),
    )
    for row, (who, text) in zip(rows.select_related("award__decision").order_by("pk"), texts, strict=False):
        first, last = objecting.published_on(row), objecting.window_until(row)
        day = min(first + datetime.timedelta(days=2), last, timezone.localdate())
        if day < first:
            return  # the demonstration is looked at before that day
        made = objecting.enter(
            actor=users["phuong"], registration=row, objector=who, text=text, received_on=day, contact="Khu phố 3"
        )
        if who == texts[0][0]:
            answer = "Đã đối chiếu minh chứng tại hộ: có tủ sách và góc học tập, giữ nguyên kết quả."
            objecting.answer(actor=users["chutich"], objection=made, outcome=ObjectionOutcome.KEPT, text=answer)


def _signed_report(users: dict[str, User], ward: Place, year: int) -> None:
    prepared = closing.prepare(ward, year)
    texts = [one["text"] for one in draft_narrative(ward, year, prepared.tables)]
    texts[0] = (
        "Phường được thành lập ngày 01/7/2025 từ các phường 12, 13, 15 và một phần phường 14 của Quận 10; "
        "số liệu năm tính theo địa bàn mới."
    )
    texts[1] = "Hội tham mưu kế hoạch năm, mở một lớp tập huấn và phân công cán bộ phụ trách từng khu phố."
    texts[3] = "Nhiều khu phố họp bình xét gọn trong một buổi. Minh chứng về việc học của người lớn còn thiếu."
    texts[4] = "Mở đăng ký từ tháng 01; mỗi khu phố có ít nhất một buổi hướng dẫn tự chấm điểm."
    texts[5] = "Đề nghị cấp trên tập huấn về bộ tiêu chí mới trước tháng 6."
    report = closing.sign_and_send(
        actor=users["chutich"],
        place=ward,
        year=year,
        signer_title="Chủ tịch Hội",
        texts=texts,
        explanations={key: "Đã đối chiếu với danh sách của các khu phố." for key, _one in prepared.warnings},
        prepared=prepared,
    )
    closing.answer(actor=users["lanhdao"], report=report, accepted=True, note="Đã nhận, số liệu khớp danh sách.")

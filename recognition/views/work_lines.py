"""Lines of a work list as people read them: the words, the link to exactly what is counted, the clock."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.lib.numbers import number
from recognition.choices import LearningModel, Step, WorkKind, YearReportState
from recognition.domain.work import Work
from recognition.honour_choices import ListState
from recognition.views import figure_links
from units.models import User

WAITING_FOR = {
    Step.REGISTER: gettext_lazy("%(model)s: hộ trong sổ, chưa đăng ký hộ nào"),
    Step.SELF_ASSESS: gettext_lazy("%(model)s: hồ sơ chờ tự chấm điểm"),
    Step.REVIEW: gettext_lazy("%(model)s: hồ sơ chờ họp bình xét"),
    Step.INSPECT: gettext_lazy("%(model)s: hồ sơ chờ kiểm tra"),
    Step.PROPOSE: gettext_lazy("%(model)s: hồ sơ chờ lập tờ trình"),
    Step.DECIDE: gettext_lazy("%(model)s: hồ sơ chờ quyết định"),
}
TITLES = {
    WorkKind.RETURNED: gettext_lazy("%(model)s: hồ sơ bị trả lại, cần bổ sung"),
    WorkKind.OBJECTION: gettext_lazy("phản ánh kết quả chờ trả lời"),
    WorkKind.MINUTES: gettext_lazy("biên bản kiểm tra chờ địa bàn ký"),
    WorkKind.ACTION_POINT: gettext_lazy("việc phải làm sau kiểm tra"),
    WorkKind.REPORT: gettext_lazy("báo cáo năm chưa ký, gửi"),
    WorkKind.REPORT_ANSWER: gettext_lazy("báo cáo năm của cấp dưới chờ nhận"),
    WorkKind.IMPORT: gettext_lazy("danh sách Excel đã kiểm tra xong, chờ xác nhận"),
    WorkKind.FEEDBACK: gettext_lazy("góp ý về tiêu chí chờ trả lời"),
    WorkKind.HONOURS: gettext_lazy("danh sách đề nghị khen chờ quyết định"),
    WorkKind.HONOURS_BACK: gettext_lazy("danh sách đề nghị khen bị trả lại"),
    WorkKind.ENTRIES: gettext_lazy("%(model)s: phiếu người dân gửi, chờ xác nhận"),
    WorkKind.DOCUMENT: gettext_lazy("văn bản của cấp trên chưa mở"),
    WorkKind.RULEBOOK: gettext_lazy("dự thảo bộ tiêu chí chờ bạn xem và đưa vào dùng"),
    WorkKind.REPLY: gettext_lazy("văn bản của cấp trên chờ trả lời"),
}


@dataclass(frozen=True)
class Line:
    """One line as a page shows it."""

    work: Work
    title: str
    url: str
    where: str
    waiting: int | None
    clock: str
    late: bool
    rules: str  # the rulebook, where the line counts the dossiers of one only


def title_of(work: Work) -> str:
    """Reads on after the number: "12" "Gia đình học tập: hồ sơ chờ tự chấm điểm"."""
    if work.kind == WorkKind.STEP:
        return WAITING_FOR[Step(work.step)] % {"model": LearningModel(work.model).label}
    if work.kind == WorkKind.REPORT and work.state == YearReportState.RETURNED:
        return _("báo cáo năm bị trả lại, cần lập bản mới")
    title = str(TITLES[WorkKind(work.kind)])
    return title % {"model": LearningModel(work.model).label} if work.model else title


def counted(work: Work) -> str:
    """A line of work as one sentence, the number before what it counts: "Gia đình học tập: 12 hồ sơ chờ …"."""
    about, colon, things = title_of(work).rpartition(": ")
    return f"{about}{colon}{number(work.count)} {things}"


def url_of(user: User, work: Work) -> str:
    """The list that holds exactly what the line counts."""
    if work.step == Step.REGISTER:
        page = reverse("recognition:registration-create-many", args=[work.place.pk])
        return f"{page}?nam={work.year}&model={work.model}"
    if work.kind in (WorkKind.STEP, WorkKind.RETURNED):
        more = {"passed": "yes" if work.passed_only else "", "rulebook": work.rulebook_id}
        return figure_links.registrations(user, work.place, work.year, work.model, work.state, **more)
    year = f"?nam={work.year}"
    place = work.place.pk if work.place else None
    if work.kind == WorkKind.ENTRIES:
        return f"{reverse('recognition:entry-links', args=[place])}{year}&model={work.model}&nhom=cho"
    if work.kind == WorkKind.OBJECTION:
        return reverse("recognition:objection-list") + year
    if work.kind == WorkKind.MINUTES:
        if not work.inspected:  # a reminder that an older version wrote
            return reverse("recognition:inspection-list") + year
        return reverse("recognition:inspection-visit", args=[work.target, work.inspected]) + "#ky"
    if work.kind == WorkKind.ACTION_POINT:
        return reverse("recognition:inspection-actions", args=[work.target])
    if work.kind in (WorkKind.DOCUMENT, WorkKind.REPLY):
        wanted = "chua-mo" if work.kind == WorkKind.DOCUMENT else "cho-tra-loi"
        return f"{reverse('recognition:document-list')}{year}&loc={wanted}"
    if work.kind == WorkKind.RULEBOOK:
        one = reverse("recognition:rulebook-draft", args=[work.target]) if work.target else ""
        return one or reverse("recognition:rulebook-drafts")
    if work.kind == WorkKind.FEEDBACK:
        return reverse("recognition:feedback-list")
    if work.kind in (WorkKind.HONOURS, WorkKind.HONOURS_BACK):
        state = ListState.SENT if work.kind == WorkKind.HONOURS else ListState.RETURNED
        return f"{reverse('recognition:commendation-rolls')}?state={state}"
    if work.kind == WorkKind.IMPORT:
        return reverse("units:import-list")
    nation = reverse("recognition:year-report-nation")
    page = (reverse("recognition:year-report-place", args=[place]) if place else nation) + year
    return page + (f"&tinh-trang={YearReportState.SENT}" if work.kind == WorkKind.REPORT_ANSWER else "")


def clock_of(due: datetime.date | None, today: datetime.date) -> str:
    """ "còn 12 ngày", "hạn là hôm nay", "quá hạn 3 ngày"; empty without a deadline."""
    if due is None:
        return ""
    left = (due - today).days
    if left < 0:
        return ngettext("quá hạn %(count)d ngày", "quá hạn %(count)d ngày", -left) % {"count": -left}
    if left == 0:
        return _("hạn là hôm nay")
    return ngettext("còn %(count)d ngày", "còn %(count)d ngày", left) % {"count": left}


def line_of(user: User, work: Work, today: datetime.date) -> Line:
    """A piece of work as a line of the person's list: words, where it leads, how long it waits, its clock."""
    return Line(
        work,
        title_of(work),
        url_of(user, work),
        str(work.place or _("Cả nước")),
        work.days_waiting(today),
        clock_of(work.due, today),
        work.is_late(today),
        work.rulebook_title,
    )


def hint_of(work: Work) -> str:
    """Place and last day, for the first page."""
    where = str(work.place or _("Cả nước"))
    if work.due is None:
        return where
    day = date_format(work.due, "SHORT_DATE_FORMAT")
    hint = _("%(place)s · hạn %(day)s") % {"place": where, "day": day}
    if work.provisional and work.kind in (WorkKind.STEP, WorkKind.RETURNED):
        hint += " " + _("(tạm thời, chưa đối chiếu văn bản gốc)")
    return hint

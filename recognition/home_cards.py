"""What waits for the person and the figures of their place, on the first page.

Read from the work list and the tallies: a few statements, whatever the size of the place.
"""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib import work_count
from portal.lib.home import FIGURE, SHORTCUT, HomeCard, home_card
from portal.lib.numbers import number, signed
from recognition.choices import LearningModel, WorkKind
from recognition.domain.tallies import yearly
from recognition.domain.targets import target_for
from recognition.domain.worklist import work_of
from recognition.views import figure_links
from recognition.views.work_lines import hint_of, title_of, url_of
from units.choices import Role

WORK_LIST = "recognition:work-list"

TASKS_SHOWN = 8  # the rest stands in the work list


@home_card(roles=set(Role.values) - {Role.ADMINISTRATOR}, order=5)
def waiting_tasks(user, postings, year):
    """The first lines of the person's work list; late ones say so. Uploaded lists have a card of their own."""
    today = timezone.localdate()
    work = work_of(postings, year, today)
    work_count.keep(user.pk, year, len(work))
    lines = [one for one in work if one.kind != WorkKind.IMPORT]
    for one in lines[:TASKS_SHOWN]:
        late = one.is_late(today)
        back = one.kind == WorkKind.RETURNED
        yield HomeCard(
            title_of(one),
            one.count,
            url_of(user, one),
            hint=hint_of(one),
            badge=_("Cần bổ sung") if back else _("Quá hạn") if late else "",
            badge_tone="warning" if back else "danger",
        )
    if len(lines) > TASKS_SHOWN:
        yield HomeCard(_("việc khác trong danh sách việc của bạn"), len(lines) - TASKS_SHOWN, reverse(WORK_LIST))


@home_card(roles=set(Role.values) - {Role.ADMINISTRATOR}, order=55)
def work_shortcut(user, postings, year):
    """The whole list, with what is late and who below has not sent."""
    yield HomeCard(_("Việc của tôi"), url=reverse(WORK_LIST), kind=SHORTCUT, icon="list-task")


@home_card(roles=set(Role.values), order=10)
def place_figures(user, postings, year):
    """Families of the first place the person is posted to: registered, recognised, rate against target, open."""
    place = next((posting.place for posting in postings if posting.place_id), None)
    model = LearningModel.FAMILY
    figures = yearly(place, [year - 1, year], model)
    now, before = figures[year], figures[year - 1]
    if not now.total and not now.registered:
        return
    url = figure_links.dashboard(place.pk if place else None, year, model)
    name = str(place) if place else _("Cả nước")
    yield HomeCard(
        _("hộ đăng ký Gia đình học tập"),
        now.registered,
        figure_links.registrations(user, place, year, model) or url,
        hint=_("trên %(total)s hộ của %(place)s") % {"total": number(now.total), "place": name},
        kind=FIGURE,
    )
    yield HomeCard(
        _("hộ được công nhận"),
        now.recognised,
        figure_links.registrations(user, place, year, model, "RECOGNISED") or url,
        hint=_("hồ sơ còn chờ: %(open)s") % {"open": number(now.open)},
        kind=FIGURE,
    )
    rate, last = now.recognised_of_total, before.recognised_of_total
    if rate is None:
        return
    target = target_for(place, year, model)
    change = None if last is None else rate - last
    yield HomeCard(
        _("tỷ lệ công nhận trên tổng số hộ"),
        number(rate, 2),
        url,
        unit="%",
        kind=FIGURE,
        target=f"{number(target.percent)}% ({target.year})" if target else "",
        delta=""
        if change is None
        else _("%(change)s điểm %% so với %(year)d") % {"change": signed(change, 2), "year": year - 1},
        delta_tone="neutral" if not change else "success" if change > 0 else "danger",
    )


@home_card(roles={Role.LEADER, Role.WARD_CHAIR}, order=58)
def brief_shortcut(user, postings, year):
    """The three answers, made for a phone."""
    yield HomeCard(
        _("Bản gọn"),
        url=reverse("recognition:brief"),
        kind=SHORTCUT,
        icon="phone",
        hint=_("Đi được đến đâu, nơi nào chậm, đang chờ ai"),
    )


@home_card(roles={Role.LEADER, Role.DECIDER, Role.INSPECTOR}, order=60)
def readers_shortcuts(user, postings, year):
    """Ways in for people who look and decide."""
    yield HomeCard(_("Bảng theo dõi"), url=reverse("recognition:dashboard"), kind=SHORTCUT, icon="bar-chart-line")
    yield HomeCard(_("Báo cáo năm"), url=reverse("recognition:report-list"), kind=SHORTCUT, icon="table")

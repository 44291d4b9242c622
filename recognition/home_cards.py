"""What waits for the person and the figures of their place, on the first page.

Read from tallies and the rulebook's procedure: a few statements, whatever the size of the place.
"""

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib.home import FIGURE, SHORTCUT, HomeCard, home_card
from portal.lib.numbers import number, signed
from recognition.choices import STEP_STATE, LearningModel, State, Step
from recognition.domain.dashboards import DASHBOARD_MODELS
from recognition.domain.declared import target_for
from recognition.domain.rulebooks import rulebook_for
from recognition.domain.tallies import yearly
from recognition.views import figure_links
from recognition.workflow import next_steps
from units.choices import Role

WAITING_FOR = {
    Step.SELF_ASSESS: gettext_lazy("%(model)s: hồ sơ chờ tự chấm điểm"),
    Step.REVIEW: gettext_lazy("%(model)s: hồ sơ chờ họp bình xét"),
    Step.INSPECT: gettext_lazy("%(model)s: hồ sơ chờ kiểm tra"),
    Step.PROPOSE: gettext_lazy("%(model)s: hồ sơ chờ lập tờ trình"),
    Step.DECIDE: gettext_lazy("%(model)s: hồ sơ chờ quyết định"),
}


@home_card(roles=set(Role.values) - {Role.LEADER, Role.ADMINISTRATOR}, order=5)
def waiting_tasks(user, postings, year):
    """Dossiers whose next step is this person's, by the procedure of the rulebook of that year; late ones say so."""
    today = timezone.localdate()
    for posting in _nearest(postings):
        place, roles = posting.place, {one.role for one in postings if one.place_id == posting.place_id}
        for model in DASHBOARD_MODELS:
            figures = yearly(place, [year], model)[year]
            rulebook = rulebook_for(model, year, place.province or place) if figures.open else None
            if rulebook is not None:
                yield from _tasks(user, place, year, model, figures, rulebook.spec, roles, today)


def _nearest(postings):
    """One posting per place, at most three: a person with more places works from the lists."""
    return list({posting.place_id: posting for posting in postings if posting.place_id}.values())[:3]


def _tasks(user, place, year, model, figures, spec, roles, today):
    """Cards of one place and model, late and returned ones first."""
    where = str(place)
    if figures.returned and roles & set(spec.procedure[0].roles):
        yield HomeCard(
            _("%(model)s: hồ sơ bị trả lại, cần bổ sung") % {"model": model.label},
            figures.returned,
            figure_links.registrations(user, place, year, model, State.RETURNED),
            hint=where,
            badge=_("Cần bổ sung"),
        )
    for state in (STEP_STATE[Step(step.step)] for step in spec.procedure if step.step in STEP_STATE):
        steps = next_steps(spec, state)
        step = spec.step_named(steps[0]) if steps else None
        count = figures.waiting[state]
        if not count or step is None or not roles & set(step.roles):
            continue
        last_day = step.deadline.on(year) if step.deadline else None
        hint = where
        if last_day:
            hint = _("%(place)s · hạn %(day)s") % {"place": where, "day": date_format(last_day, "SHORT_DATE_FORMAT")}
            if step.deadline.fact.confidence != "V":
                hint += " " + _("(tạm thời, chưa đối chiếu văn bản gốc)")
        late = last_day is not None and last_day < today
        yield HomeCard(
            WAITING_FOR[Step(step.step)] % {"model": model.label},
            count,
            figure_links.registrations(user, place, year, model, state),
            hint=hint,
            badge=_("Quá hạn") if late else "",
            badge_tone="danger",
        )


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


@home_card(roles={Role.LEADER, Role.DECIDER, Role.INSPECTOR}, order=60)
def readers_shortcuts(user, postings, year):
    """Ways in for people who look and decide."""
    yield HomeCard(_("Bảng theo dõi"), url=reverse("recognition:dashboard"), kind=SHORTCUT, icon="bar-chart-line")
    yield HomeCard(_("Báo cáo năm"), url=reverse("recognition:report-list"), kind=SHORTCUT, icon="table")

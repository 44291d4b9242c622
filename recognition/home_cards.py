"""Figures of the own place on the first page. Read from tallies: four statements, whatever the size of the place."""

from django.utils.translation import gettext as _

from portal.lib.home import FIGURE, HomeCard, home_card
from portal.lib.numbers import number
from recognition.choices import LearningModel
from recognition.domain.declared import target_for
from recognition.domain.tallies import yearly
from recognition.views import figure_links
from units.choices import Role


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
        else _("%(change)s điểm %% so với %(year)d")
        % {"change": ("+" if change > 0 else "−" if change < 0 else "") + number(abs(change), 2), "year": year - 1},
        delta_tone="neutral" if not change else "success" if change > 0 else "danger",
    )

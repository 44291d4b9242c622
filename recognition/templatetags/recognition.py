"""Tags of the yearly work: the state of a dossier in a word and a tone, and the buttons a person may press."""

from __future__ import annotations

from django import template
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.lib import numbers
from recognition.choices import (
    RESULT_TONE,
    STATE_TONE,
    VISIT_TONE,
    Action,
    ActionState,
    SampleResult,
    State,
    VisitState,
)
from recognition.rules import may

register = template.Library()

TONES = {"muted": "neutral", "accent": "accent"}
ICONS = {State.WITHDRAWN: "slash-circle", State.RETURNED: "arrow-counterclockwise", State.PROPOSED: "send"}
# Action → (URL name, label, icon, button). Meetings, letters and decisions take many dossiers at once and have their
# own pages; from one dossier only what concerns it alone is offered.
BUTTONS = (
    (Action.SELF_ASSESS, "recognition:assessment-form", _("Chấm điểm"), "pencil-square", "primary"),
    (Action.INSPECT, "recognition:inspection-score", _("Ghi kết quả kiểm tra"), "clipboard-check", "primary"),
    (
        Action.RETURN,
        "recognition:registration-return",
        pgettext_lazy("button", "Trả lại bổ sung"),
        "arrow-counterclockwise",
        "secondary",
    ),
    (Action.WITHDRAW, "recognition:registration-withdraw", _("Rút đăng ký"), "slash-circle", "secondary"),
)


@register.inclusion_tag("components/badge.html")
def state_badge(state):
    """Status tag of a dossier's state."""
    state = State(state)
    tone = STATE_TONE[state]
    icons = {"neutral": "circle", "info": "info-circle", "success": "check-circle-fill", "danger": "x-circle-fill"}
    tone = TONES.get(tone, tone)
    return {"label": state.label, "tone": tone, "icon": ICONS.get(state) or icons.get(tone, "circle")}


@register.inclusion_tag("recognition/_action_buttons.html", takes_context=True)
def action_buttons(context, registration):
    """Buttons for what this person may do with this dossier now; asked of the rule that guards page and verb."""
    user = context["request"].user
    asked = [(may(user, action, registration), *rest) for action, *rest in BUTTONS]
    buttons = [
        {"url": reverse(name, args=[registration.pk]), "label": label, "icon": icon, "tone": tone}
        for answer, name, label, icon, tone in asked
        if answer
    ]
    return {"buttons": buttons}


BADGE_ICONS = {
    "neutral": "circle",
    "muted": "slash-circle",
    "info": "info-circle",
    "success": "check-circle-fill",
    "warning": "exclamation-triangle-fill",
    "danger": "x-circle-fill",
}


def _plain_badge(label, tone):
    return {"label": label, "tone": "neutral" if tone == "muted" else tone, "icon": BADGE_ICONS[tone]}


@register.inclusion_tag("components/badge.html")
def visit_badge(state):
    """Status tag of a team's visit."""
    state = VisitState(state)
    return _plain_badge(state.label, VISIT_TONE[state])


@register.inclusion_tag("components/badge.html")
def result_badge(row):
    """What was found at somebody drawn."""
    return _plain_badge(row.get_result_display(), RESULT_TONE[SampleResult(row.result)])


@register.inclusion_tag("components/badge.html")
def action_badge(action, late):
    """Status tag of an action point; late ones say so."""
    if late:
        return _plain_badge(_("Quá hạn"), "danger")
    tones = {ActionState.OPEN: "info", ActionState.DONE: "success", ActionState.DROPPED: "muted"}
    return _plain_badge(action.get_state_display(), tones[ActionState(action.state)])


@register.filter
def signed(value):
    """A difference with its sign; a dash when there is none."""
    return numbers.EMPTY if value is None or value == "" else numbers.signed(value)


@register.filter
def half(value):
    """Half points as points: 17 → 8.5; None stays."""
    return None if value is None else value / 2


@register.filter
def at(found, key):
    """The value of a dictionary at a key known only to the template; None when there is none."""
    return found.get(key)

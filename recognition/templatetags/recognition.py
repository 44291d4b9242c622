"""Tags of the yearly work: the state of a dossier in a word and a tone, and the buttons a person may press."""

from __future__ import annotations

from django import template
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from recognition.choices import STATE_TONE, Action, State
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


@register.filter
def half(value):
    """Half points as points: 17 → 8.5; None stays."""
    return None if value is None else value / 2

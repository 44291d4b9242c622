"""Forms of the association's own figures and of training sessions."""

from __future__ import annotations

from crispy_forms.layout import Column, Fieldset, Row
from django import forms
from django.utils.translation import gettext_lazy as _

from portal.lib.fields import WholeNumberField
from portal.lib.layouts import inside_form
from recognition.domain.association import FIGURES
from recognition.models import AssociationYear, Training


def _row(*names) -> Row:
    return Row(*(Column(name, css_class="col-12 col-sm-6 col-lg-4") for name in names))


class AssociationYearForm(forms.ModelForm):
    """Figures of one year. An empty field means "not reported"."""

    class Meta:
        model = AssociationYear
        fields = [
            "branches",
            "committees",
            "centres",
            "members",
            "population",
            "fund",
            "scholarships",
            "scholarship_money",
            "source",
        ]
        field_classes = dict.fromkeys(FIGURES, WholeNumberField)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = inside_form(
            Fieldset(_("Tổ chức"), _row("branches", "committees", "centres")),
            Fieldset(_("Hội viên"), _row("members", "population")),
            Fieldset(_("Quỹ và khen thưởng"), _row("fund", "scholarships", "scholarship_money")),
            "source",
        )

    def _get_validation_exclusions(self):
        return super()._get_validation_exclusions() | {"place", "year"}


class TrainingForm(forms.ModelForm):
    """A training session."""

    class Meta:
        model = Training
        fields = ["held_on", "title", "venue", "speaker", "note"]
        widgets = {"note": forms.Textarea(attrs={"rows": 3})}
        help_texts = {"held_on": _("Ví dụ: 15/11/2026"), "title": _("Ví dụ: Bộ tiêu chí Công dân học tập")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = inside_form(
            Row(Column("held_on", css_class="col-12 col-sm-4"), Column("title", css_class="col-12 col-sm-8")),
            Row(Column("venue", css_class="col-12 col-sm-6"), Column("speaker", css_class="col-12 col-sm-6")),
            "note",
        )


class AttendanceForm(forms.Form):
    """Who attended: officers of the place to tick, and other names one a line."""

    officers = forms.ModelMultipleChoiceField(
        label=_("Cán bộ của Hội"), queryset=None, required=False, widget=forms.CheckboxSelectMultiple
    )
    names = forms.CharField(
        label=_("Người khác dự"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Mỗi dòng một họ tên."),
    )

    def __init__(self, *args, officers, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["officers"].queryset = officers.order_by("full_name", "pk")
        self.fields["officers"].label_from_instance = lambda user: user.full_name
        self.helper = inside_form("officers", "names")


class CancelTrainingForm(forms.Form):
    """Why a session was not held."""

    reason = forms.CharField(label=_("Lý do hủy"), max_length=300, error_messages={"required": _("Hãy ghi lý do hủy.")})

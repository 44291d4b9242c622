"""Form of a proposal letter."""

from __future__ import annotations

import datetime

from crispy_forms.layout import Column, Row
from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.layouts import inside_form
from recognition.models import Proposal


class ProposalForm(forms.ModelForm):
    """Date, signer and note of a letter; its number is given when it is sent."""

    class Meta:
        model = Proposal
        fields = ["signed_on", "signer_title", "signer", "note"]
        widgets = {"note": forms.Textarea(attrs={"rows": 2, "maxlength": 500})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["signed_on"].help_text = _("Ví dụ: 01/12/2026")
        self.fields["note"].help_text = _("In ở cuối tờ trình, nếu có.")
        self.helper = inside_form(
            Row(
                Column("signed_on", css_class="col-md-4"),
                Column("signer_title", css_class="col-md-4"),
                Column("signer", css_class="col-md-4"),
            ),
            "note",
        )

    def _get_validation_exclusions(self):
        """Number, addressee and author are given by the verb."""
        return {*super()._get_validation_exclusions(), "number", "to_place", "symbol", "created_by"}

    def clean_signed_on(self) -> datetime.date:
        """Not before the year it is about, not more than a week ahead."""
        day = self.cleaned_data["signed_on"]
        if day > timezone.localdate() + datetime.timedelta(days=7):
            raise forms.ValidationError(_("Ngày ký tờ trình không được muộn hơn một tuần kể từ hôm nay."))
        if day.year < self.instance.year:
            raise forms.ValidationError(_("Ngày ký không được trước năm xét %(year)d.") % {"year": self.instance.year})
        return day

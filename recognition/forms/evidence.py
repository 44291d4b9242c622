"""Evidence of a criterion: several photos at once, or the word of the branch."""

from django import forms
from django.utils.translation import gettext_lazy

from recognition.domain.evidence import NOTE_LENGTH


class ManyFilesInput(forms.ClearableFileInput):
    """A file input that takes several files at once."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several files of one field. Empty ones are judged with all others, so they get the same kind of sentence."""

    widget = ManyFilesInput

    def clean(self, data, initial=None):
        return [one for one in data or () if one]


class EvidenceForm(forms.Form):
    """What is handed in for one criterion. The criterion is a hidden field: the page has one such form for each."""

    criterion = forms.CharField(max_length=40, widget=forms.HiddenInput)
    files = ManyFilesField(required=False)
    note = forms.CharField(label=gettext_lazy("Ghi chú"), required=False, max_length=NOTE_LENGTH)
    confirmed = forms.CharField(required=False)


class TakeBackForm(forms.Form):
    """Why a piece of evidence is taken back."""

    reason = forms.CharField(
        label=gettext_lazy("Lý do rút"),
        max_length=NOTE_LENGTH,
        help_text=gettext_lazy("Ví dụ: gửi nhầm ảnh của hộ khác."),
        error_messages={"required": gettext_lazy("Hãy ghi lý do rút minh chứng.")},
    )

"""Forms about certificates, objections and what stands on a place's papers."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recognition.choices import CertificateLayout, ObjectionOutcome, RevocationGround
from recognition.models import Letterhead


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class ReprintForm(forms.Form):
    """A print of one certificate; `again`: it was printed before, and the register keeps why."""

    reason = forms.CharField(label=_("Lý do in lại"), max_length=300)

    def __init__(self, *args, again: bool, **kwargs):
        super().__init__(*args, **kwargs)
        self.again = again
        if not again:
            self.fields["reason"].required = False
            self.fields["reason"].widget = forms.HiddenInput()


class RevokeForm(forms.Form):
    """Ground, reason and day of a revocation."""

    ground = forms.ChoiceField(
        label=_("Căn cứ thu hồi"),
        choices=RevocationGround.choices,
        help_text=_("Tạm thời: chưa tìm thấy văn bản quy định các trường hợp thu hồi."),
    )
    reason = forms.CharField(label=_("Lý do"), max_length=400, widget=_area(3))
    on = forms.DateField(label=_("Ngày thu hồi"), initial=timezone.localdate, help_text=_("Ví dụ: 15/12/2026"))
    number = forms.CharField(label=_("Số quyết định thu hồi (nếu có)"), max_length=40, required=False)


class ReplaceForm(forms.Form):
    """What the new certificate prints, and why."""

    printed_name = forms.CharField(label=_("Tên in"), max_length=200)
    printed_address = forms.CharField(label=_("Địa chỉ in"), max_length=600, required=False)
    reason = forms.CharField(
        label=_("Lý do"), max_length=300, help_text=_("Ví dụ: in sai tên, giấy bị mất, giấy bị hỏng.")
    )


class ObjectionForm(forms.Form):
    """Who objects, to what, and when it was received."""

    objector = forms.CharField(label=_("Người phản ánh"), max_length=150)
    contact = forms.CharField(label=_("Địa chỉ, điện thoại"), max_length=200, required=False)
    received_on = forms.DateField(label=_("Ngày nhận"), initial=timezone.localdate, help_text=_("Ví dụ: 15/12/2026"))
    text = forms.CharField(label=_("Nội dung"), max_length=2000, widget=_area(5))


class AnswerForm(forms.Form):
    """The answer to an objection."""

    outcome = forms.ChoiceField(label=_("Kết quả"), choices=ObjectionOutcome.choices, widget=forms.RadioSelect)
    text = forms.CharField(label=_("Trả lời"), max_length=2000, widget=_area(5))


class LetterheadForm(forms.ModelForm):
    """Head and signature of a place's papers; what is left empty follows from the place's name."""

    certificate_layout = forms.ChoiceField(label=_("Mẫu giấy công nhận"), choices=CertificateLayout.choices)

    class Meta:
        model = Letterhead
        fields = ["superior", "agency", "signed_for", "archive", "certificate_layout"]
        help_texts = {
            "superior": _("Để trống thì phần mềm tự ghi."),
            "agency": _(
                "Để trống thì phần mềm tự ghi. Hai dòng cách nhau bằng dấu |, ví dụ: Ủy ban nhân dân|Phường Hòa Hưng"
            ),
            "signed_for": _("Ví dụ: TM. ỦY BAN NHÂN DÂN hoặc KT. CHỦ TỊCH"),
            "archive": _("Ví dụ: Lưu: VT, KH."),
        }

    def __init__(self, *args, committee: bool, **kwargs):
        super().__init__(*args, **kwargs)
        if not committee:  # certificates carry the deciding body's head
            del self.fields["certificate_layout"]

"""Forms about rules: who decides where no rule was found, and what people say about criteria."""

import datetime

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.text import clean
from recognition.domain.authorities import Authority
from recognition.models.feedback import LONGEST


class AuthorityForm(forms.Form):
    """What a paper says about who inspects and decides in a province."""

    province = forms.ModelChoiceField(label=_("Tỉnh, thành phố"), queryset=None, empty_label=_("Chọn tỉnh, thành phố"))
    name = forms.CharField(
        label=_("Người quyết định công nhận"),
        max_length=200,
        help_text=_("Ghi đúng chức danh và cơ quan như trong văn bản; in trên quyết định và giấy công nhận."),
    )
    symbol = forms.RegexField(
        r"^[A-ZĐ][A-ZĐ0-9-]{1,19}$",
        label=_("Chữ trong số quyết định"),
        max_length=20,
        help_text=_("Phần sau dấu gạch chéo của số quyết định, ví dụ QĐ-UBND."),
        error_messages={"invalid": _("Chỉ gồm chữ hoa, chữ số và gạch nối, ví dụ QĐ-UBND.")},
    )
    from_day = forms.DateField(label=_("Thực hiện từ ngày"), help_text=_("Ví dụ: 01/07/2025"))
    document = forms.CharField(
        label=_("Số, ký hiệu và tên văn bản"),
        max_length=250,
        help_text=_("Văn bản giao thẩm quyền; in ở phần căn cứ của quyết định."),
    )
    issued_on = forms.DateField(label=_("Ngày ban hành văn bản"), help_text=_("Ví dụ: 12/06/2025"))
    seen_at = forms.CharField(
        label=_("Đọc văn bản ở đâu"), max_length=250, help_text=_("Địa chỉ trang web, hoặc nơi lưu bản giấy.")
    )

    def __init__(self, *args, provinces, since: datetime.date, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["province"].queryset = provinces
        self.fields["from_day"].initial = since
        if len(found := list(provinces[:2])) == 1:
            self.fields["province"].initial = found[0]

    def clean_name(self) -> str:
        return clean(self.cleaned_data["name"])

    def clean_issued_on(self) -> datetime.date:
        """A paper of tomorrow has not been issued."""
        day = self.cleaned_data["issued_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("Ngày ban hành không thể ở tương lai."))
        return day

    def authority(self) -> Authority:
        """What was entered."""
        values = self.cleaned_data
        return Authority(
            from_day=values["from_day"],
            name=values["name"],
            symbol=values["symbol"],
            document=clean(values["document"]),
            issued_on=values["issued_on"],
            seen_at=clean(values["seen_at"]),
        )


class FeedbackForm(forms.Form):
    """What is hard to understand."""

    text = forms.CharField(
        label=_("Khó hiểu ở chỗ nào"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Không ghi tên, địa chỉ của hộ hay công dân."),
    )


class FeedbackAnswerForm(forms.Form):
    """The answer of those who keep the rulebook."""

    text = forms.CharField(label=_("Trả lời"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 4}))

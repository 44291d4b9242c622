"""Forms of documents sent down the tree."""

from __future__ import annotations

from crispy_forms.layout import Column, Field, Fieldset, Row
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.layouts import inside_form
from portal.lib.years import allowed_years
from recognition.choices import DocumentKind
from recognition.domain.documents import Draft, Upload
from recognition.forms.evidence import ManyFilesField, ManyFilesInput
from units.choices import Level

DRAFT = ("kind", "number", "issued_on", "title", "year", "text", "due_on", "reply_wanted", "opens_on", "rulebook")
ACCEPT = "image/jpeg,image/png,image/webp,.pdf,.docx,.xlsx"


class DocumentForm(forms.Form):
    """What a document says and, for a new one, whom it goes to. A new version goes to the same places."""

    kind = forms.ChoiceField(label=_("Loại văn bản"), choices=DocumentKind.choices)
    number = forms.CharField(label=_("Số, ký hiệu"), max_length=60, help_text=_("Ví dụ: 12/KH-HKH"))
    issued_on = forms.DateField(label=_("Ngày văn bản"), initial=timezone.localdate, help_text=_("Ví dụ: 15/01/2026"))
    year = forms.TypedChoiceField(label=_("Năm công tác"), coerce=int)
    title = forms.CharField(label=_("Trích yếu"), max_length=300)
    text = forms.CharField(
        label=_("Nội dung"),
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Có thể để trống nếu gửi kèm tệp."),
    )
    rulebook = forms.TypedChoiceField(
        label=_("Bộ tiêu chí gửi kèm"),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("Nơi nhận mở được bộ tiêu chí này ngay trong cổng."),
    )
    files = ManyFilesField(
        label=_("Tệp kèm theo"), required=False, widget=ManyFilesInput(attrs={"accept": ACCEPT, "multiple": True})
    )
    due_on = forms.DateField(
        label=_("Hạn thực hiện, trả lời"), required=False, help_text=_("Để trống nếu không có hạn.")
    )
    reply_wanted = forms.BooleanField(label=_("Yêu cầu nơi nhận trả lời"), required=False)
    opens_on = forms.DateField(
        label=_("Mở đăng ký của năm từ ngày"),
        required=False,
        help_text=_("Chỉ dùng với kế hoạch năm. Nơi nhận chưa đăng ký được trước ngày này; để trống thì không đổi gì."),
    )
    levels = forms.MultipleChoiceField(label=_("Cấp nhận"), widget=forms.CheckboxSelectMultiple)
    only = forms.TypedMultipleChoiceField(
        label=_("Chỉ gửi trong các địa bàn"),
        coerce=int,
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 6}),
        help_text=_("Không chọn nơi nào là gửi mọi nơi. Giữ phím Ctrl để chọn nhiều nơi."),
    )
    reason = forms.CharField(label=_("Lý do thay bản mới"), max_length=500)

    def __init__(self, *args, levels=(), places=(), rulebooks=(), year=None, again=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["rulebook"].choices = [("", _("Không")), *((one.pk, f"{one.title} ({one})") for one in rulebooks)]
        self.fields["year"].choices = [(one, str(one)) for one in allowed_years()]
        self.fields["year"].initial = year
        whom = []
        if again:
            del self.fields["levels"], self.fields["only"]
        else:
            del self.fields["reason"]
            self.fields["levels"].choices = [(level, Level(level).label) for level in levels]
            self.fields["levels"].initial = list(levels)[:1]
            self.fields["only"].choices = [(place.pk, place.name) for place in places]
            whom = [Fieldset(_("Gửi cho"), "levels", "only")]
        self.helper = inside_form(
            *([Field("reason")] if again else []),
            Fieldset(
                _("Văn bản"),
                Row(Column("kind", css_class="col-12 col-md-6"), Column("year", css_class="col-12 col-md-6")),
                Row(Column("number", css_class="col-12 col-md-6"), Column("issued_on", css_class="col-12 col-md-6")),
                "title",
                "text",
                "rulebook",
                "files",
            ),
            Fieldset(
                _("Hạn và trả lời"),
                Row(Column("due_on", css_class="col-12 col-md-6"), Column("opens_on", css_class="col-12 col-md-6")),
                "reply_wanted",
            ),
            *whom,
        )

    @property
    def draft(self) -> Draft:
        """The document as it was typed."""
        return Draft(**{name: self.cleaned_data[name] for name in DRAFT})


class ReplyForm(forms.Form):
    """An answer to a document."""

    text = forms.CharField(label=_("Nội dung trả lời"), max_length=5000, widget=forms.Textarea(attrs={"rows": 4}))
    files = ManyFilesField(
        label=_("Tệp kèm theo"), required=False, widget=ManyFilesInput(attrs={"accept": ACCEPT, "multiple": True})
    )


class WithdrawDocumentForm(forms.Form):
    """Why a document is taken back; whoever received it reads this."""

    reason = forms.CharField(
        label=_("Lý do thu hồi"), max_length=500, help_text=_("Nơi nhận đọc được lý do này; văn bản vẫn mở xem được.")
    )


def uploads(files, most: int) -> list[Upload]:
    """Files as the verbs take them. One byte more than allowed is enough to be refused."""
    return [Upload(one.name, one.read(most + 1)) for one in files]

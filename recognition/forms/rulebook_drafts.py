"""Forms of a rulebook being written as a whole: name and years, what it rests on, for whom it is copied, its end."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from recognition.choices import RulebookStatus
from recognition.forms.rulebook_fields import PartForm, PointField, text, year


class GeneralForm(PartForm):
    """Name, years, state, step."""

    FACTS = {}
    KEPT_EMPTY = ("valid_to_year",)
    ROWS = (("status", "valid_from_year", "valid_to_year", "step"),)

    title = text(_("Tên bộ tiêu chí"), 250, required=True)
    summary = text(_("Giới thiệu"), 2000, rows=3, help_text=_("Người dùng đọc ở đầu trang bộ tiêu chí."))
    status = forms.ChoiceField(
        label=_("Tình trạng"),
        choices=[
            (RulebookStatus.OFFICIAL, RulebookStatus.OFFICIAL.label),
            (RulebookStatus.PROVISIONAL, RulebookStatus.PROVISIONAL.label),
        ],
        help_text=_("“Chính thức” chỉ khi mọi chỗ đã đối chiếu văn bản."),
    )
    valid_from_year = year(_("Áp dụng từ năm"))
    valid_to_year = year(_("Đến hết năm"), required=False, help_text=_("Để trống nếu chưa biết."))
    step = PointField(label=_("Bước điểm"), help_text=_("Ví dụ 0,5"))

    def __init__(self, *args, by_levels=False, **kwargs):
        super().__init__(*args, **kwargs)
        if by_levels:
            del self.fields["step"]
            self.lay_out()


class BasisForm(PartForm):
    """A document the rules rest on."""

    ROWS = (("document", "issued_on"),)
    document = text(_("Số, ký hiệu, tên văn bản"), 250, required=True)
    issued_on = forms.DateField(label=_("Ngày ban hành"), required=False)
    content = text(_("Nội dung"), 500, rows=2)


class SourceForm(PartForm):
    """Where a text was read."""

    FACTS = {}
    ROWS = (("key", "text"),)
    key = forms.RegexField(
        r"^[A-Za-z0-9]{1,12}$",
        label=_("Mã nguồn"),
        max_length=12,
        error_messages={"invalid": _("Chỉ gồm chữ không dấu và chữ số, ví dụ S1.")},
    )
    text = text(_("Đọc ở đâu"), 400, required=True, help_text=_("Tên văn bản, trang web, hoặc nơi lưu bản giấy."))


class CopyForm(forms.Form):
    """For whom a copy is."""

    province = forms.ModelChoiceField(label=_("Dùng cho"), queryset=None, required=False, empty_label=_("Cả nước"))

    def __init__(self, *args, provinces, nation: bool, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["province"]
        field.queryset = provinces
        if not nation:
            field.required, field.empty_label = True, _("Chọn tỉnh, thành phố")
            if len(found := list(provinces[:2])) == 1:
                field.initial = found[0]


class ImportDraftForm(CopyForm):
    """A rulebook as a file."""

    file = forms.FileField(label=_("Tệp bộ tiêu chí (.yaml)"), allow_empty_file=True)


class EndForm(forms.Form):
    """The last year of a rulebook."""

    year = year(_("Năm cuối còn áp dụng"))

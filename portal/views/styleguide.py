"""Every component with samples. Open to administrators, and to everyone signed in while developing or in the demo."""

import datetime
from dataclasses import dataclass, field
from types import SimpleNamespace

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from portal.lib import numbers
from portal.lib.listing import Listing


@dataclass
class SamplePlace:
    """Looks like a place to the breadcrumb."""

    pk: int
    name: str
    ancestors: list = field(default_factory=list)

    def __str__(self):
        return self.name


class SampleFilterForm(forms.Form):
    """Filter form of the sample list."""

    q = forms.CharField(label=gettext_lazy("Tên chủ hộ"), required=False)
    state = forms.ChoiceField(
        label=gettext_lazy("Tình trạng"),
        required=False,
        choices=[("", gettext_lazy("Tất cả")), ("done", gettext_lazy("Đã chấm")), ("todo", gettext_lazy("Chưa chấm"))],
    )


class SampleForm(forms.Form):
    """A form with errors, to show the summary and the words beside the fields."""

    head = forms.CharField(label=gettext_lazy("Họ và tên chủ hộ"))
    day = forms.DateField(label=gettext_lazy("Ngày họp bình xét"), help_text=gettext_lazy("Ví dụ: 15/11/2026"))
    file = forms.FileField(label=gettext_lazy("Danh sách hộ (Excel)"), required=False)


class SampleRows(list):
    """A list that answers what Listing asks of a queryset."""

    def order_by(self, *names):
        key = names[0].removeprefix("-")
        return SampleRows(sorted(self, key=lambda row: row[key], reverse=names[0].startswith("-")))


ROWS = [
    {"name": "Trần Thị Ánh", "hamlet": "Khu phố 1", "points": 92, "tone": "success", "state": "Đã công nhận"},
    {"name": "Nguyễn Văn Đạt", "hamlet": "Khu phố 1", "points": 78.5, "tone": "info", "state": "Chờ họp bình xét"},
    {"name": "Lê Thị Hồng Nhung", "hamlet": "Khu phố 2", "points": None, "tone": "warning", "state": "Chưa chấm điểm"},
    {"name": "Đặng Quốc Ưng", "hamlet": "Khu phố 3", "points": 45, "tone": "danger", "state": "Không đạt"},
]
COLOURS = [
    ("primary-deep", "#082a35"),
    ("primary-strong", "#0b3946"),
    ("primary", "#12505f"),
    ("primary-soft", "#e4eff1"),
    ("accent", "#a8471a"),
    ("gold", "#d9a441"),
    ("success", "#1b6339"),
    ("warning", "#7c4a00"),
    ("danger", "#9c1f1a"),
    ("info", "#1a5188"),
    ("ink", "#18252c"),
    ("ink-muted", "#4d5d66"),
]


def may_see_styleguide(user) -> bool:
    """Administrators always; everybody signed in outside production."""
    return not settings.PRODUCTION or user.has_role("ADMINISTRATOR")


def sample_context(request) -> dict:
    """Invented samples for every component."""
    nation = SamplePlace(1, "Thành phố Hồ Chí Minh")
    listing = Listing(
        request,
        SampleRows(ROWS),
        form_class=SampleFilterForm,
        form_kwargs={"prefix": None},
        sorts={"name": ("name",), "hamlet": ("hamlet",)},
        default_sort="name",
        page_size=50,
        total=612,
    )
    return {
        "place": SamplePlace(2, "Khu phố 1", [nation, SamplePlace(3, "Phường Hòa Hưng")]),
        "listing": listing,
        "chips": SimpleNamespace(
            chips=[{"label": _("Khu phố"), "value": "Khu phố 1", "remove_url": "?"}], clear_url="?"
        ),
        "bad_form": SampleForm({"head": "", "day": "31/02/2026"}),
        "sample_messages": [
            {"level_tag": "success", "message": _("Đã lưu thông tin hộ bà Trần Thị Ánh.")},
            {"level_tag": "error", "message": _("Chưa lưu được: có người khác vừa sửa hồ sơ này.")},
        ],
        "confirm_fields": [("ids", "1,2,3")],
        "colours": COLOURS,
        **_chains(),
        **_record(),
        **_charts(),
    }


def _chains() -> dict:
    """The steps bar of a dossier on its way and of one that came back."""
    return {
        "steps": [
            {"label": _("Đăng ký"), "state": "done", "hint": "15/02/2026"},
            {"label": _("Tự đánh giá"), "state": "done", "hint": "05/11/2026"},
            {"label": _("Họp bình xét"), "state": "current", "hint": _("hạn 30/11/2026")},
            {"label": _("Kiểm tra"), "state": "skipped", "hint": _("không bắt buộc")},
            {"label": _("Quyết định"), "state": "todo"},
        ],
        "returned_steps": [
            {"label": _("Đăng ký"), "state": "done"},
            {"label": _("Tự đánh giá"), "state": "returned", "hint": _("thiếu phiếu tự chấm")},
            {"label": _("Quyết định"), "state": "refused", "hint": _("dưới điểm đạt")},
        ],
    }


def _record() -> dict:
    """What the page of a record shows: history, facts, tabs."""
    now = timezone.now()
    return {
        "entries": [
            {
                "at": now,
                "title": _("Sửa thông tin hộ"),
                "actor": "Nguyễn Thị Mai",
                "tone": "info",
                "changes": [(_("Số nhân khẩu"), 4, 5), (_("Địa chỉ"), "", "12/3 Hòa Hưng")],
            },
            {
                "at": now - datetime.timedelta(days=3),
                "title": _("Trả lại hồ sơ"),
                "actor": "Trần Văn Bình",
                "text": _("Phiếu tự chấm chưa có chữ ký của chủ hộ."),
                "tone": "warning",
            },
            {"at": now - datetime.timedelta(days=40), "title": _("Đăng ký năm 2026"), "tone": "success"},
        ],
        "facts": [
            (_("Chủ hộ"), "Trần Thị Ánh"),
            (_("Khu phố"), "Khu phố 1"),
            (_("Số nhân khẩu"), 5, _("2 người đang đi học")),
            (_("Điện thoại"), ""),
        ],
        "tabs": [
            {"label": _("Thông tin"), "url": "?tab=1", "active": True},
            {"label": _("Hồ sơ các năm"), "url": "?tab=2", "count": 3},
            {"label": _("Lịch sử"), "url": "?tab=3", "count": 0},
        ],
    }


def _charts() -> dict:
    """Bars, parts of a whole, and the sentence beside them."""
    return {
        "labels": ["Khu phố 1", "Khu phố 2", "Khu phố 3", "Khu phố 4", "Khu phố 5"],
        "bars": [
            {"name": _("Năm 2025"), "values": [61, 70.5, 48, 66, 72]},
            {"name": _("Năm 2026"), "values": [68, 74, 52.5, None, 80]},
            {"name": _("Chỉ tiêu"), "values": [70, 70, 70, 70, 70], "target": True},
        ],
        "parts": [{"name": _("Số hộ"), "values": [412, 120, 56, 24]}],
        "part_labels": [_("Đã công nhận"), _("Chờ quyết định"), _("Chưa chấm điểm"), _("Không đạt")],
        "hint_share": _("%(share)s số hộ đăng ký") % {"share": numbers.percent(1968, 2874)},
        "parts_by_hamlet": [{"name": _("Số hộ"), "values": [96, 88, 120, 64, 44]}],
    }


@require_safe
def styleguide(request):
    """The page builders read before they write markup. 403 for others in production."""
    if not may_see_styleguide(request.user):
        raise PermissionDenied(_("Trang mẫu giao diện chỉ dành cho người quản trị hệ thống."))
    return render(request, "portal/styleguide.html", sample_context(request))

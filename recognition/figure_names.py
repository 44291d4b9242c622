"""Every figure people may ask about: its name in an address, its title, and the question it answers in words.

Pure: which rows a figure counts stands in domain/explaining.py.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class FigureName:
    """`over`: (part, whole) of a rate, which is explained by its two counts."""

    key: str
    title: object
    words: object
    over: tuple[str, str] | None = None


_COUNTED = (
    FigureName("total", _("Tổng số"), _("Đối tượng có tên trong sổ của nơi này vào ngày 31/12 của năm.")),
    FigureName("registered", _("Đã đăng ký"), _("Hồ sơ đăng ký của năm, ở mọi tình trạng, trừ hồ sơ đã rút.")),
    FigureName("assessed", _("Đã tự đánh giá"), _("Hồ sơ đã có điểm tự chấm, trừ hồ sơ đã rút.")),
    FigureName("reviewed", _("Đã họp bình xét"), _("Hồ sơ đã có kết quả họp bình xét, trừ hồ sơ đã rút.")),
    FigureName("inspected", _("Đã thẩm định"), _("Hồ sơ đã có điểm của đoàn kiểm tra, trừ hồ sơ đã rút.")),
    FigureName(
        "proposed",
        _("Đã trình đề nghị"),
        _("Hồ sơ đã trình cấp quyết định: đang chờ, đã được công nhận hoặc không được công nhận."),
    ),
    FigureName(
        "proposed_or_inspected",
        _("Đã trình đề nghị"),
        _("Hồ sơ đã trình cấp quyết định, kể cả hồ sơ đoàn kiểm tra đã chấm sau khi trình."),
    ),
    FigureName("decided", _("Đã có quyết định"), _("Hồ sơ đã được công nhận hoặc đã có quyết định không công nhận.")),
    FigureName(
        "open", _("Đang chờ xử lý"), _("Hồ sơ chưa có quyết định và chưa rút, kể cả hồ sơ bị trả lại để bổ sung.")
    ),
    FigureName("at_registered", _("Chờ sau đăng ký"), _("Hồ sơ đang ở tình trạng “Đã đăng ký”.")),
    FigureName("at_self_assessed", _("Chờ sau tự đánh giá"), _("Hồ sơ đang ở tình trạng “Đã tự đánh giá”.")),
    FigureName("at_reviewed", _("Chờ sau bình xét"), _("Hồ sơ đang ở tình trạng “Đã bình xét”.")),
    FigureName("at_inspected", _("Chờ sau kiểm tra"), _("Hồ sơ đang ở tình trạng “Đã kiểm tra”.")),
    FigureName("at_proposed", _("Chờ quyết định"), _("Hồ sơ đang ở tình trạng “Đã trình đề nghị”.")),
    FigureName("returned", _("Bị trả lại"), _("Hồ sơ đang ở tình trạng “Trả lại bổ sung”.")),
    FigureName("withdrawn", _("Đã rút"), _("Hồ sơ đã rút; không tính vào số đăng ký.")),
    FigureName("recognised", _("Được công nhận"), _("Hồ sơ đã có quyết định công nhận của năm.")),
    FigureName("refused", _("Không công nhận"), _("Hồ sơ có quyết định không công nhận.")),
    FigureName("rank_good", _("Xếp loại Tốt"), _("Hồ sơ có xếp loại Tốt, trừ hồ sơ đã rút.")),
    FigureName("rank_fair", _("Xếp loại Khá"), _("Hồ sơ có xếp loại Khá, trừ hồ sơ đã rút.")),
    FigureName("rank_average", _("Xếp loại Trung bình"), _("Hồ sơ có xếp loại Trung bình, trừ hồ sơ đã rút.")),
    FigureName("rank_not_met", _("Xếp loại Không đạt"), _("Hồ sơ có xếp loại Không đạt, trừ hồ sơ đã rút.")),
    FigureName("met_level_1", _("Đạt mức độ 1"), _("Hồ sơ đạt mức độ 1, trừ hồ sơ đã rút.")),
    FigureName("met_level_2", _("Đạt mức độ 2"), _("Hồ sơ đạt mức độ 2, trừ hồ sơ đã rút.")),
)
_RATES = (
    FigureName(
        "registered_of_total",
        _("Tỷ lệ đăng ký trên tổng số"),
        _("Số hồ sơ đăng ký chia cho tổng số đối tượng có trong sổ ngày 31/12."),
        ("registered", "total"),
    ),
    FigureName(
        "recognised_of_registered",
        _("Tỷ lệ công nhận trên số đăng ký"),
        _("Số hồ sơ được công nhận chia cho số hồ sơ đăng ký."),
        ("recognised", "registered"),
    ),
    FigureName(
        "recognised_of_total",
        _("Tỷ lệ công nhận trên tổng số"),
        _("Số hồ sơ được công nhận chia cho tổng số đối tượng có trong sổ ngày 31/12."),
        ("recognised", "total"),
    ),
)
FIGURES = {one.key: one for one in (*_COUNTED, *_RATES)}

# What declared figures and targets count, in the words of their pages.
MEASURE_LABELS = {
    "total": _("Tổng số"),
    "registered": _("Đăng ký"),
    "assessed": _("Được đánh giá"),
    "recognised": _("Được công nhận"),
    "ranked": _("Được xếp loại"),
    "count": _("Số lượng"),
    "recognised_of_total": _("Công nhận/tổng số"),
    "recognised_of_adults": _("Công dân học tập/người lớn"),
    "recognised_of_workers": _("Công dân học tập/người lao động"),
    "recognised_of_staff": _("Công dân học tập/cán bộ, viên chức"),
}


def measure_label(measure: str) -> str:
    """A measure in words; unknown ones as they are."""
    return str(MEASURE_LABELS.get(measure, measure))

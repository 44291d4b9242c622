"""Words people read for the keys of a rulebook's content. Pure."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from recognition.choices import Rank, RulebookStatus, Step
from recognition.shares import TITLES
from units.choices import AreaClass, CitizenGroup, Level, OrganisationType, Role

PARTS = {
    "code": _("Mã"),
    "version": _("Phiên bản"),
    "model": _("Mô hình"),
    "managed_by": _("Cấp quản lý"),
    "title": _("Tên"),
    "status": _("Tình trạng"),
    "valid_from_year": _("Từ năm"),
    "valid_to_year": _("Đến năm"),
    "provinces": _("Tỉnh, thành phố"),
    "summary": _("Giới thiệu"),
    "sources": _("Nguồn"),
    "legal_basis": _("Căn cứ"),
    "evaluation": _("Cách đánh giá"),
    "step": _("Bước điểm"),
    "na_policy": _("Mục không áp dụng"),
    "criteria": _("Tiêu chí"),
    "pass_marks": _("Mức đạt"),
    "ranks": _("Xếp loại"),
    "unknown_levels": _("Mức độ chưa rõ"),
    "knock_outs": _("Điều kiện không công nhận"),
    "derived": _("Tỷ lệ tính từ mô hình khác"),
    "procedure": _("Quy trình"),
    "validity": _("Hiệu lực công nhận"),
    "decision": _("Thẩm quyền quyết định"),
    "upgrade": _("Lên mức độ cao hơn"),
    "objection": _("Phản ánh"),
    "revocation": _("Căn cứ thu hồi"),
    "decider_cannot_be_subject": _("Người quyết định không tự công nhận mình"),
}
FIELDS = {
    "title": _("Nội dung"),
    "title_fact": _("Nguồn của nội dung"),
    "max": _("Điểm tối đa"),
    "max_fact": _("Nguồn của điểm"),
    "min": _("Điểm tối thiểu"),
    "help": _("Hướng dẫn"),
    "evidence": _("Minh chứng"),
    "na_allowed": _("Được ghi “không áp dụng”"),
    "levels": _("Thuộc mức độ"),
    "applies_to": _("Loại hình đơn vị"),
    "variants": _("Theo nhóm công dân"),
    "parent": _("Thuộc tiêu chí"),
    "value": _("Trị số"),
    "fact": _("Nguồn"),
    "from": _("Từ"),
    "to": _("Đến"),
    "required": _("Mức cần"),
    "roles": _("Người thực hiện"),
    "places": _("Cấp thực hiện"),
    "optional": _("Có thể bỏ qua"),
    "bulk": _("Làm cho nhiều hồ sơ một lúc"),
    "differs_from": _("Phải khác người làm bước"),
    "deadline": _("Hạn"),
    "within": _("Thời gian"),
    "level": _("Cấp"),
    "authority": _("Người quyết định"),
    "symbol": _("Chữ trong số quyết định"),
    "years": _("Số năm"),
    "months": _("Số tháng"),
    "days": _("Số ngày làm việc"),
    "answer_days": _("Số ngày làm việc để trả lời"),
    "working_days": _("Số ngày làm việc"),
    "document": _("Văn bản"),
    "issued_on": _("Ngày ban hành"),
    "content": _("Nội dung"),
    "criterion": _("Tiêu chí"),
    "condition": _("Cách xét"),
    "measure": _("Cách đếm"),
    "numerator": _("Tử số"),
    "denominator": _("Mẫu số"),
    "rank": _("Xếp loại"),
    "month": _("Tháng"),
    "day": _("Ngày"),
    "year_offset": _("Năm sau năm đánh giá"),
    "mark": _("Độ tin cậy"),
    "sources": _("Nguồn"),
    "note": _("Ghi chú"),
    "group": _("Nhóm"),
    "from_level": _("Từ mức độ"),
    "to_level": _("Lên mức độ"),
    "early": _("Đề nghị sớm hơn thì"),
    "brackets": _("Bảng đổi ra điểm"),
    "points": _("Điểm"),
    "brackets_fact": _("Nguồn của bảng đổi"),
}
VALUES = {
    "block": _("Không công nhận mức độ 2"),
    "warn": _("Chỉ nhắc người quyết định"),
    **{str(value): label for value, label in (*Step.choices, *Role.choices, *Level.choices, *RulebookStatus.choices)},
    **{str(value): label for value, label in (*Rank.choices, *AreaClass.choices, *OrganisationType.choices)},
    "points": _("Chấm điểm"),
    "levels": _("Theo mức độ"),
    "FULL_POINTS": _("Tính đủ điểm tối đa"),
    "RESCALE": _("Không tính, quy đổi về thang 100"),
    "everywhere": _("Mọi nơi"),
}


def part_label(key: str) -> str:
    """A part of a rulebook in words; what has no words stays as it is."""
    return str(PARTS.get(key, key))


def field_label(key: str) -> str:
    """A field of a rulebook in words; what has no words stays as it is."""
    return str(FIELDS.get(key) or VALUES.get(key) or PARTS.get(key, key))


def shown(value, key: str = "") -> str:
    """A value of the content in words; "" for nothing."""
    if value is None or value == "" or value == [] or value == {}:
        return ""
    if isinstance(value, bool):
        return str(_("có") if value else _("không"))
    if isinstance(value, (int, float)):
        if key == "group" and value in CitizenGroup.values:
            return str(CitizenGroup(value).label)
        return f"{value:g}".replace(".", ",") if isinstance(value, float) else str(value)
    if isinstance(value, list):
        return "; ".join(shown(item, key) for item in value)
    if isinstance(value, dict):
        if "mark" in value:
            return _fact(value)
        return ", ".join(
            f"{field_label(name)}: {shown(item, name)}" for name, item in value.items() if shown(item, name)
        )
    if key == "measure":
        return str(TITLES.get(str(value), value))
    if key == "condition":
        return str(_("hỏi có hay không (%(code)s)") % {"code": value})
    return _words(str(value), key)


def _words(text: str, key: str) -> str:
    if key in ("from", "to", "issued_on") and len(text) == 10 and text[4:5] == "-":
        return f"{text[8:]}/{text[5:7]}/{text[:4]}"
    known = ("step", "roles", "differs_from", "level", "status", "rank", "value", "evaluation", "applies_to", "within")
    return str(VALUES.get(text, text)) if key in known else text


def _fact(fact: dict) -> str:
    """P (S1, S2) – note."""
    keys = fact.get("sources")
    text = str(fact.get("mark", ""))
    if isinstance(keys, list) and keys:
        text += f" ({', '.join(map(str, keys))})"
    return f"{text} – {fact['note']}" if fact.get("note") else text

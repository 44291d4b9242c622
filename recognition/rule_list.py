"""The association's validation list (R-01 … R-28): what each rule says, how grave it is, when and where it is kept.

Pure. `kept_by` names code ("module:name") and database constraints ("constraint:name"); a test resolves every one.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from recognition.checks import ERROR, HINT, NOTICE, WARN

ENTRY, IMPORT, DECLARED, SIGNING = "entry", "import", "declared", "signing"
MOMENTS = {
    ENTRY: _("Khi nhập, xử lý hồ sơ"),
    IMPORT: _("Khi nạp tệp"),
    DECLARED: _("Khi khai, đối chiếu số liệu khai báo"),
    SIGNING: _("Khi ký báo cáo năm"),
}
LEVELS = {ERROR: _("Sai"), WARN: _("Cần xem lại"), NOTICE: _("Lưu ý"), HINT: _("Gợi ý")}
TONES = {ERROR: "danger", WARN: "warning", NOTICE: "info", HINT: "info"}


@dataclass(frozen=True)
class Rule:
    """One rule. Without moments the portal has the rule but asks it nowhere by itself yet; the page says so."""

    id: str
    title: object  # lazy text
    levels: tuple[str, ...]
    moments: tuple[str, ...]
    kept_by: tuple[str, ...]


def _rule(number: int, title, levels, moments, *kept_by: str) -> Rule:
    return Rule(f"R-{number:02}", title, tuple(levels), tuple(moments), kept_by)


_CHECKS, _YEAR, _FIGURES = "recognition.checks", "recognition.year_checks", "recognition.figure_checks"
RULES: tuple[Rule, ...] = (
    _rule(
        1,
        _("Số được công nhận không lớn hơn số đăng ký; số đăng ký không lớn hơn tổng số."),
        [ERROR],
        [IMPORT, DECLARED, SIGNING],
        f"{_CHECKS}:check_order",
    ),
    _rule(
        2, _("Các số thành phần cộng lại bằng số tổng."), [ERROR], [IMPORT, DECLARED, SIGNING], f"{_CHECKS}:check_sum"
    ),
    _rule(
        3,
        _("Tỷ lệ in bằng tử số chia mẫu số, làm tròn hai chữ số; làm tròn xuống thì chỉ lưu ý."),
        [ERROR, NOTICE],
        [IMPORT, DECLARED, SIGNING],
        f"{_CHECKS}:check_percent",
    ),
    _rule(
        4,
        _("Số không khớp mà đổi một chữ số thì khớp: gợi ý số có thể đúng, người giữ văn bản quyết định."),
        [HINT],
        [IMPORT, DECLARED, SIGNING],
        f"{_CHECKS}:propose_percent",
        f"{_CHECKS}:misprint_hint",
    ),
    _rule(
        5,
        _("Số được xếp loại cộng số không xếp loại có lý do bằng số được kiểm tra."),
        [ERROR],
        [IMPORT, DECLARED, SIGNING],
        f"{_CHECKS}:check_ranked",
        "recognition.domain.ranking:ranking_findings",
    ),
    _rule(
        6,
        _("Điểm từng tiêu chí từ 0 đến điểm tối đa; điểm tối đa cộng lại bằng tổng của bộ tiêu chí."),
        [ERROR],
        [ENTRY],
        "recognition.scoring:evaluate",
        "recognition.rulebook_checks:parse_rulebook",
        "constraint:recognition_assessment_total_in_bounds",
    ),
    _rule(
        7,
        _("Xếp loại tính từ điểm, không gõ tay; mốc điểm tính cả điểm đầu."),
        [ERROR],
        [ENTRY],
        "recognition.scoring:evaluate",
    ),
    _rule(8, _("Điều kiện loại trừ xét sau khi đã có tổng điểm."), [ERROR], [ENTRY], "recognition.scoring:evaluate"),
    _rule(
        9,
        _("Đề nghị mức độ 2 khi quyết định mức độ 1 còn hiệu lực và đủ 12 tháng, trừ nơi đạt thẳng mức độ 2."),
        [ERROR, WARN],
        [ENTRY],
        f"{_YEAR}:check_upgrade",
        "recognition.domain.upgrades:upgrade_findings",
    ),
    _rule(
        10,
        _("Số liệu đánh giá trong năm, từ 01/01 đến 31/12; bộ tiêu chí áp dụng cho năm đó."),
        [ERROR],
        [ENTRY],
        "recognition.forms.inspecting:VisitForm.clean",
        "recognition.domain.rulebooks:rulebook_for",
    ),
    _rule(
        11,
        _("Các bước làm trong hạn của bộ tiêu chí; làm muộn phải ghi lý do."),
        [WARN, NOTICE],
        [SIGNING],
        f"{_YEAR}:check_deadline",
    ),
    _rule(
        12,
        _("Số lấy từ mô hình khác, số cấp dưới đã ký vẫn bằng sổ hiện có; lệch thì nêu ra."),
        [WARN],
        [ENTRY, SIGNING],
        f"{_YEAR}:check_snapshot",
        f"{_YEAR}:check_signed_below",
    ),
    _rule(
        13,
        _("Người quyết định có thẩm quyền với mô hình, địa bàn, ngày đó và không phải là đối tượng được xét."),
        [ERROR],
        [ENTRY],
        "recognition.rules:may_issue",
        "recognition.rules:is_own_staff",
    ),
    _rule(
        14,
        _("Không xét danh hiệu cấp huyện từ ngày 01/07/2025."),
        [ERROR],
        [ENTRY],
        "recognition.domain.registering:no_rulebook_sentence",
        "recognition.rulebook_procedure:DISTRICTS_ENDED",
    ),
    _rule(
        15,
        _("Địa bàn phải tồn tại vào ngày đó; mã địa bàn giữ nguyên số 0 ở đầu."),
        [ERROR],
        [ENTRY, IMPORT],
        "units.models.places:Place.existed_on",
        "constraint:units_place_code_and_start",
    ),
    _rule(
        16,
        _("Mỗi đối tượng chỉ có một hồ sơ cho một danh hiệu trong một năm."),
        [ERROR],
        [ENTRY, IMPORT],
        "constraint:recognition_registration_one_live",
    ),
    _rule(
        17,
        _("Mỗi hộ mỗi lúc chỉ thuộc một khu phố, thôn; chuyển đi vẫn giữ lịch sử; tính theo nơi ở ngày 31/12."),
        [ERROR],
        [ENTRY, IMPORT],
        "constraint:units_stay_one_open",
    ),
    _rule(
        18,
        _("Người có thể bị ghi hai lần: trùng mã băm số định danh, hoặc trùng tên, năm sinh, khu phố."),
        [WARN],
        [ENTRY, IMPORT],
        "constraint:units_citizen_id_once",
        "units.domain.duplicates.finding:find_duplicates",
    ),
    _rule(
        19,
        _("Mỗi công dân mỗi năm chỉ tính một lần, ở nơi cư trú hoặc ở đơn vị."),
        [WARN],
        [ENTRY, IMPORT],
        "constraint:units_citizen_counted_once",
    ),
    _rule(
        20,
        _("Các mô hình khác nhau trong một báo cáo có cùng tổng số: có thể chép nhầm."),
        [WARN],
        [IMPORT, DECLARED, SIGNING],
        f"{_CHECKS}:check_same_totals",
    ),
    _rule(
        21,
        _("Tất cả hồ sơ đăng ký đều đạt (từ hai hồ sơ), hoặc hơn 30% hồ sơ một khu phố cùng một điểm."),
        [WARN],
        [ENTRY, IMPORT, DECLARED, SIGNING],
        f"{_YEAR}:check_all_passed",
        f"{_YEAR}:check_same_scores",
        "recognition.outliers:pass_rate",
        "recognition.outliers:identical_scores",
    ),
    _rule(
        22,
        _("Điểm kiểm tra lệch điểm tự chấm hơn 10 điểm."),
        [WARN],
        [ENTRY, SIGNING],
        f"{_YEAR}:is_wide",
        f"{_YEAR}:check_gaps",
    ),
    _rule(
        23,
        _("Chỉ tiêu từ 0 đến 100%, không giảm theo năm, đủ các mô hình mà tên văn bản và chỉ tiêu cả nước nêu."),
        [WARN],
        [ENTRY, IMPORT, DECLARED, SIGNING],
        f"{_FIGURES}:check_targets",
        "recognition.domain.targets:save_target",
        "constraint:recognition_target_percent",
    ),
    _rule(
        24,
        _(
            "Giữa hai năm liền nhau, tỷ lệ đạt không lệch quá 30 điểm; "
            "tổng số không lệch quá 20% khi địa bàn không sắp xếp."
        ),
        [WARN],
        [IMPORT, DECLARED, SIGNING],
        f"{_YEAR}:check_changes",
    ),
    _rule(
        25,
        _("Tên cũ, tên in sai được hiểu theo tên hiện nay; tên không rõ thì không nhận."),
        [ERROR, NOTICE],
        [IMPORT, DECLARED, SIGNING],
        f"{_CHECKS}:resolve_model",
        f"{_CHECKS}:check_words",
    ),
    _rule(
        26,
        _("Báo cáo có ngày, nơi ban hành, giai đoạn, số liệu của mọi năm và báo cáo của mọi nơi cấp dưới."),
        [ERROR, WARN],
        [IMPORT, DECLARED, SIGNING],
        f"{_CHECKS}:check_source",
        f"{_YEAR}:check_reports_below",
    ),
    _rule(
        27,
        _("Số giấy công nhận không trùng trong một cơ quan, một năm; in khi quyết định đã có số và ngày."),
        [ERROR],
        [ENTRY],
        "constraint:recognition_certificate_number_once",
        "constraint:recognition_decision_number_once",
        "constraint:recognition_decision_issued_complete",
    ),
    _rule(
        28,
        _("Không công nhận, thu hồi phải ghi lý do; lịch sử không sửa, không xóa được."),
        [ERROR],
        [ENTRY],
        "constraint:recognition_registration_reason_given",
        "constraint:recognition_award_reason_given",
        "units.models.history:tracked",
    ),
)

"""Fixed words of the yearly work. Top level, so model constraints can name them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class LearningModel(models.TextChoices):
    """The learning models (mô hình học tập)."""

    FAMILY = "FAMILY", _("Gia đình học tập")
    CLAN = "CLAN", _("Dòng họ học tập")
    COMMUNITY_HAMLET = "COMMUNITY_HAMLET", _("Cộng đồng học tập (khu phố, thôn, ấp)")
    COMMUNITY_COMMUNE = "COMMUNITY_COMMUNE", _("Cộng đồng học tập cấp xã")
    COMMUNITY_DISTRICT = "COMMUNITY_DISTRICT", _("Cộng đồng học tập cấp huyện")
    COMMUNITY_PROVINCE = "COMMUNITY_PROVINCE", _("Cộng đồng học tập cấp tỉnh")
    UNIT = "UNIT", _("Đơn vị học tập")
    CITIZEN = "CITIZEN", _("Công dân học tập")


# The kind of registrant that stands behind each model.
MODEL_KIND = {
    LearningModel.FAMILY: "HOUSEHOLD",
    LearningModel.CLAN: "CLAN",
    LearningModel.COMMUNITY_HAMLET: "COMMUNITY",
    LearningModel.COMMUNITY_COMMUNE: "COMMUNITY",
    LearningModel.COMMUNITY_DISTRICT: "COMMUNITY",
    LearningModel.COMMUNITY_PROVINCE: "COMMUNITY",
    LearningModel.UNIT: "ORGANISATION",
    LearningModel.CITIZEN: "CITIZEN",
}


# Models whose dossiers stand in a hamlet, or in the ward itself: those a ward's own pages offer.
HAMLET_MODELS = (
    LearningModel.FAMILY,
    LearningModel.CITIZEN,
    LearningModel.CLAN,
    LearningModel.COMMUNITY_HAMLET,
    LearningModel.UNIT,
)
# Models that are counted for a ward.
WARD_MODELS = (*HAMLET_MODELS, LearningModel.COMMUNITY_COMMUNE)


class RulebookStatus(models.TextChoices):
    """How far a rulebook is confirmed."""

    OFFICIAL = "official", _("Chính thức")
    PROVISIONAL = "provisional", _("Tạm thời")
    DRAFT = "draft", _("Dự thảo")


class RulebookOrigin(models.TextChoices):
    """Who made a rulebook: it came with the portal, or an association made it here."""

    SHIPPED = "shipped", _("Có sẵn")
    ASSOCIATION = "association", _("Hội soạn")


class DraftState(models.TextChoices):
    """How a draft of a rulebook stands."""

    OPEN = "OPEN", _("Đang soạn")
    ACTIVATED = "ACTIVATED", _("Đã đưa vào dùng")
    DISCARDED = "DISCARDED", _("Đã bỏ")


class Step(models.TextChoices):
    """Steps of a rulebook's procedure, in the order most rulebooks use."""

    REGISTER = "register", _("Đăng ký")
    SELF_ASSESS = "self_assess", _("Tự đánh giá")
    REVIEW = "review", _("Họp bình xét")
    INSPECT = "inspect", _("Kiểm tra")
    PROPOSE = "propose", _("Trình đề nghị")
    DECIDE = "decide", _("Quyết định")


class State(models.TextChoices):
    """Where a registration stands: the last completed step, or how it ended."""

    REGISTERED = "REGISTERED", _("Đã đăng ký")
    SELF_ASSESSED = "SELF_ASSESSED", _("Đã tự đánh giá")
    REVIEWED = "REVIEWED", _("Đã bình xét")
    INSPECTED = "INSPECTED", _("Đã kiểm tra")
    PROPOSED = "PROPOSED", _("Đã trình đề nghị")
    RETURNED = "RETURNED", _("Trả lại bổ sung")
    WITHDRAWN = "WITHDRAWN", _("Đã rút")
    RECOGNISED = "RECOGNISED", _("Được công nhận")
    REFUSED = "REFUSED", _("Không công nhận")


# The state each completed step leads to (a decision leads to RECOGNISED or REFUSED).
STEP_STATE = {
    Step.REGISTER: State.REGISTERED,
    Step.SELF_ASSESS: State.SELF_ASSESSED,
    Step.REVIEW: State.REVIEWED,
    Step.INSPECT: State.INSPECTED,
    Step.PROPOSE: State.PROPOSED,
}

# Tone of the status tag beside the word (never colour alone).
STATE_TONE = {
    State.REGISTERED: "neutral",
    State.SELF_ASSESSED: "info",
    State.REVIEWED: "info",
    State.INSPECTED: "info",
    State.PROPOSED: "accent",
    State.RETURNED: "warning",
    State.WITHDRAWN: "muted",
    State.RECOGNISED: "success",
    State.REFUSED: "danger",
}

FINAL_STATES = (State.WITHDRAWN, State.RECOGNISED, State.REFUSED)


class Action(models.TextChoices):
    """What can be done to a registration."""

    REGISTER = "register", _("Đăng ký")
    SELF_ASSESS = "self_assess", _("Tự đánh giá")
    REVIEW = "review", _("Ghi kết quả bình xét")
    INSPECT = "inspect", _("Ghi kết quả kiểm tra")
    PROPOSE = "propose", _("Trình đề nghị")
    RECOGNISE = "recognise", _("Công nhận")
    REFUSE = "refuse", _("Không công nhận")
    RETURN = "return", _("Trả lại bổ sung")
    WITHDRAW = "withdraw", _("Rút đăng ký")


class Stage(models.TextChoices):
    """Whose scores an assessment holds."""

    SELF = "SELF", _("Tự chấm")
    REVIEW = "REVIEW", _("Bình xét")
    INSPECTION = "INSPECTION", _("Kiểm tra")


class Attending(models.TextChoices):
    """How somebody stands on a meeting's list of attendance."""

    LOCAL = "LOCAL", _("Người của địa bàn có mặt")
    GUEST = "GUEST", _("Khách mời có mặt")
    EXCUSED = "EXCUSED", _("Vắng mặt có lý do")


class Rank(models.TextChoices):
    """Ranks of points rulebooks (xếp loại)."""

    GOOD = "GOOD", _("Tốt")
    FAIR = "FAIR", _("Khá")
    AVERAGE = "AVERAGE", _("Trung bình")
    NOT_MET = "NOT_MET", _("Không đạt")


class AwardStatus(models.TextChoices):
    """Validity of an award beside its end date."""

    VALID = "VALID", _("Còn hiệu lực")
    REVOKED = "REVOKED", _("Đã thu hồi")
    REPLACED = "REPLACED", _("Đã thay thế")


class DecisionState(models.TextChoices):
    """A decision is prepared, then issued once and for all."""

    DRAFT = "DRAFT", _("Đang soạn")
    ISSUED = "ISSUED", _("Đã ban hành")


class ProposalState(models.TextChoices):
    """A proposal letter: sent upward, then answered by a decision or returned."""

    SENT = "SENT", _("Đã trình")
    DECIDED = "DECIDED", _("Đã có quyết định")
    RETURNED = "RETURNED", _("Bị trả lại")


class IssuingBody(models.TextChoices):
    """Whose head a paper carries."""

    COMMITTEE = "COMMITTEE", _("Ủy ban nhân dân")
    ASSOCIATION = "ASSOCIATION", _("Hội Khuyến học")


class CertificateLayout(models.TextChoices):
    """How a certificate looks; NĐ 30/2020 leaves it free."""

    CLASSIC = "CLASSIC", _("Có khung viền (in trên giấy trắng)")
    PLAIN = "PLAIN", _("Không khung (in trên phôi có sẵn viền)")


class CheckOutcome(models.TextChoices):
    """What a public check of a certificate found."""

    VALID = "VALID", _("Còn hiệu lực")
    EXPIRED = "EXPIRED", _("Hết hiệu lực")
    REVOKED = "REVOKED", _("Đã thu hồi")
    REPLACED = "REPLACED", _("Đã thay thế")
    UNKNOWN = "UNKNOWN", _("Không tìm thấy")


class RevocationGround(models.TextChoices):
    """Why a recognition is revoked. No text of law was found; the list is provisional."""

    FALSE = "FALSE", _("Khai báo sai sự thật")
    VIOLATION = "VIOLATION", _("Vi phạm pháp luật nghiêm trọng trong thời hạn công nhận")
    DISSOLVED = "DISSOLVED", _("Đơn vị giải thể, không còn tồn tại")
    OBJECTION = "OBJECTION", _("Theo kết quả giải quyết phản ánh")


class ObjectionOutcome(models.TextChoices):
    """How an objection was answered."""

    KEPT = "KEPT", _("Giữ nguyên kết quả")
    REVOKED = "REVOKED", _("Thu hồi công nhận")


class YearReportState(models.TextChoices):
    """A signed yearly report: sent upward, then accepted or returned. The nation's is signed and goes to nobody."""

    SENT = "SENT", _("Đã gửi")
    RETURNED = "RETURNED", _("Bị trả lại")
    ACCEPTED = "ACCEPTED", _("Đã nhận")
    SIGNED = "SIGNED", _("Đã ký")


YEAR_REPORT_TONE = {
    YearReportState.SENT: "info",
    YearReportState.RETURNED: "warning",
    YearReportState.ACCEPTED: "success",
    YearReportState.SIGNED: "success",
}


class EvidenceKind(models.TextChoices):
    """What stands beside a criterion as evidence."""

    FILE = "FILE", _("Ảnh, tệp")
    CONFIRMED_BY_BRANCH = "CONFIRMED", _("Đã có xác nhận của chi hội")
    SENT = "SENT", _("Ảnh người dân gửi, chờ cán bộ nhận")


class VisitState(models.TextChoices):
    """How far the team's visit to one place has come. Signed by both sides it is frozen."""

    PLANNED = "PLANNED", _("Chưa đi")
    VISITED = "VISITED", _("Đã đi, đang ghi")
    TEAM_SIGNED = "TEAM_SIGNED", _("Chờ nơi được kiểm tra ký")
    SIGNED = "SIGNED", _("Hai bên đã ký")
    CANCELLED = "CANCELLED", _("Không đi")


VISIT_TONE = {
    VisitState.PLANNED: "neutral",
    VisitState.VISITED: "info",
    VisitState.TEAM_SIGNED: "warning",
    VisitState.SIGNED: "success",
    VisitState.CANCELLED: "muted",
}


class SampleFrame(models.TextChoices):
    """From which list a sample is drawn."""

    DOSSIERS = "DOSSIERS", _("Hồ sơ đã tự chấm của năm")
    REGISTER = "REGISTER", _("Mọi đối tượng có trong sổ ngày 31/12")


class SampleResult(models.TextChoices):
    """What the team found at somebody drawn."""

    CONFIRMED = "CONFIRMED", _("Đúng như hồ sơ")
    DIFFERS = "DIFFERS", _("Khác hồ sơ")
    ABSENT = "ABSENT", _("Vắng nhà")


RESULT_TONE = {SampleResult.CONFIRMED: "success", SampleResult.DIFFERS: "warning", SampleResult.ABSENT: "neutral"}


class ActionState(models.TextChoices):
    """An action point after an inspection."""

    OPEN = "OPEN", _("Chưa xong")
    DONE = "DONE", _("Đã xong")
    DROPPED = "DROPPED", _("Không làm nữa")


class WorkKind(models.TextChoices):
    """What a line of somebody's work list is about."""

    STEP = "STEP", _("Bước của hồ sơ")
    RETURNED = "RETURNED", _("Hồ sơ bị trả lại")
    OBJECTION = "OBJECTION", _("Phản ánh chờ trả lời")
    MINUTES = "MINUTES", _("Biên bản kiểm tra chờ ký")
    ACTION_POINT = "ACTION_POINT", _("Việc phải làm sau kiểm tra")
    REPORT = "REPORT", _("Báo cáo năm chờ ký, gửi")
    REPORT_ANSWER = "REPORT_ANSWER", _("Báo cáo năm chờ nhận")
    IMPORT = "IMPORT", _("Danh sách Excel chờ xác nhận")
    DOCUMENT = "DOCUMENT", _("Văn bản chưa mở")
    REPLY = "REPLY", _("Văn bản chờ trả lời")
    FEEDBACK = "FEEDBACK", _("Góp ý về tiêu chí chờ trả lời")
    HONOURS = "HONOURS", _("Danh sách khen chờ quyết định")
    HONOURS_BACK = "HONOURS_BACK", _("Danh sách khen bị trả lại")
    ENTRIES = "ENTRIES", _("Phiếu người dân gửi chờ xác nhận")
    RULEBOOK = "RULEBOOK", _("Dự thảo bộ tiêu chí chờ đưa vào dùng")


class ReminderKind(models.TextChoices):
    """Why somebody is reminded."""

    DUE = "DUE", _("Sắp đến hạn")
    LATE = "LATE", _("Quá hạn")
    NUDGE = "NUDGE", _("Cấp trên nhắc")
    DOCUMENT = "DOCUMENT", _("Văn bản mới")
    RULEBOOK = "RULEBOOK", _("Dự thảo chờ đưa vào dùng")
    ANSWER = "ANSWER", _("Góp ý đã có trả lời")


REMINDER_TONE = {
    ReminderKind.DUE: "info",
    ReminderKind.LATE: "danger",
    ReminderKind.NUDGE: "warning",
    ReminderKind.DOCUMENT: "accent",
    ReminderKind.RULEBOOK: "accent",
    ReminderKind.ANSWER: "success",
}


class DocumentKind(models.TextChoices):
    """What a place sends to those below."""

    PLAN = "PLAN", _("Kế hoạch năm")
    OTHER_PLAN = "OTHER_PLAN", _("Kế hoạch khác")
    GUIDANCE = "GUIDANCE", _("Hướng dẫn")
    RULES = "RULES", _("Bộ tiêu chí, quy định")
    LETTER = "LETTER", _("Công văn")
    NOTICE = "NOTICE", _("Thông báo")


class EntryState(models.TextChoices):
    """How a one-time link for a household's or citizen's own score stands. Past its day an open one is over too."""

    OPEN = "OPEN", _("Chưa dùng")
    SENT = "SENT", _("Chờ xác nhận")
    ACCEPTED = "ACCEPTED", _("Đã nhận")
    CHANGED = "CHANGED", _("Đã nhận, có sửa")
    REFUSED = "REFUSED", _("Không nhận")
    REVOKED = "REVOKED", _("Đã thu hồi")
    LOCKED = "LOCKED", _("Đã khóa, nhập sai nhiều lần")


ENTRY_TONE = {
    EntryState.OPEN: "neutral",
    EntryState.SENT: "warning",
    EntryState.ACCEPTED: "success",
    EntryState.CHANGED: "success",
    EntryState.REFUSED: "danger",
    EntryState.REVOKED: "neutral",
    EntryState.LOCKED: "danger",
}
# Whose own score may come by a link: people, not bodies with an officer of their own.
ENTRY_MODELS = (LearningModel.FAMILY, LearningModel.CITIZEN)

"""Fixed words of the register. Top level, so model constraints can name them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Level(models.TextChoices):
    """Level of a place. Districts exist only until 30/06/2025 (two-tier government since 01/07/2025)."""

    PROVINCE = "province", _("Tỉnh, thành phố")
    DISTRICT = "district", _("Quận, huyện")
    COMMUNE = "commune", _("Phường, xã, đặc khu")
    HAMLET = "hamlet", _("Khu phố, thôn, ấp")


LEVEL_ORDER = [Level.PROVINCE, Level.DISTRICT, Level.COMMUNE, Level.HAMLET]


class ManagingLevel(models.TextChoices):
    """The level that manages an organisation: which rules it follows and who recognises it."""

    COMMUNE = "commune", _("Phường, xã quản lý")
    DISTRICT = "district", _("Quận, huyện quản lý (đến 30/6/2025)")
    PROVINCE = "province", _("Tỉnh, thành phố quản lý")


class HamletKind(models.TextChoices):
    """What people call the self-governing place below a commune."""

    KHU_PHO = "khu phố", _("Khu phố")
    TO_DAN_PHO = "tổ dân phố", _("Tổ dân phố")
    THON = "thôn", _("Thôn")
    AP = "ấp", _("Ấp")
    BAN = "bản", _("Bản")
    BUON = "buôn", _("Buôn")
    LANG = "làng", _("Làng")
    XOM = "xóm", _("Xóm")
    KHOM = "khóm", _("Khóm")
    KHOI_PHO = "khối phố", _("Khối phố")
    TIEU_KHU = "tiểu khu", _("Tiểu khu")


class AreaClass(models.TextChoices):
    """Area class that may lower pass marks (Circulars and programme targets name difficult areas apart)."""

    NORMAL = "NORMAL", _("Bình thường")
    DIFFICULT = "DIFFICULT", _("Đặc biệt khó khăn, miền núi, vùng sâu, vùng xa, hải đảo")


class RegistrantKind(models.TextChoices):
    """Who can be registered for a learning model."""

    HOUSEHOLD = "HOUSEHOLD", _("Hộ gia đình")
    CLAN = "CLAN", _("Dòng họ")
    COMMUNITY = "COMMUNITY", _("Cộng đồng")
    ORGANISATION = "ORGANISATION", _("Cơ quan, đơn vị")
    CITIZEN = "CITIZEN", _("Công dân")


class Poverty(models.TextChoices):
    """Poverty class of a household (hộ nghèo / hộ cận nghèo)."""

    NONE = "NONE", _("Không thuộc diện")
    NEAR_POOR = "NEAR_POOR", _("Cận nghèo")
    POOR = "POOR", _("Nghèo")


class OrganisationType(models.TextChoices):
    """What an organisation is; yearly tables list units by it."""

    AGENCY = "AGENCY", _("Cơ quan")
    KINDERGARTEN = "KINDERGARTEN", _("Trường mầm non")
    PRIMARY = "PRIMARY", _("Trường tiểu học")
    LOWER_SECONDARY = "LOWER_SECONDARY", _("Trường trung học cơ sở")
    UPPER_SECONDARY = "UPPER_SECONDARY", _("Trường trung học phổ thông")
    CONTINUING = "CONTINUING", _("Cơ sở giáo dục thường xuyên")
    VOCATIONAL = "VOCATIONAL", _("Cơ sở giáo dục nghề nghiệp")
    UNIVERSITY = "UNIVERSITY", _("Cao đẳng, đại học")
    ENTERPRISE = "ENTERPRISE", _("Doanh nghiệp, hợp tác xã")
    ARMED_FORCES = "ARMED_FORCES", _("Lực lượng vũ trang")
    RELIGIOUS = "RELIGIOUS", _("Cơ sở tôn giáo")
    OTHER = "OTHER", _("Khác")


# Types that have learners to count.
WITH_LEARNERS = (
    OrganisationType.KINDERGARTEN,
    OrganisationType.PRIMARY,
    OrganisationType.LOWER_SECONDARY,
    OrganisationType.UPPER_SECONDARY,
    OrganisationType.CONTINUING,
    OrganisationType.VOCATIONAL,
    OrganisationType.UNIVERSITY,
)


class Sex(models.TextChoices):
    """Sex as official papers know it."""

    MALE = "MALE", _("Nam")
    FEMALE = "FEMALE", _("Nữ")


class CitizenGroup(models.IntegerChoices):
    """Group whose assessment form a citizen uses. There are four forms; their official names are not at hand, so
    these names follow the pilots of 2021 and are shown as provisional."""

    FARMERS = 1, _("Nhóm 1 – nông dân, lao động nông thôn")
    WORKERS = 2, _("Nhóm 2 – công nhân, lao động khác")
    GRADUATES = 3, _("Nhóm 3 – trình độ cao đẳng trở lên")
    OTHERS = 4, _("Nhóm 4 – người học, người nghỉ hưu")


class CloseReason(models.TextChoices):
    """Why a registrant left the register. Records are closed, never deleted."""

    MOVED_AWAY = "MOVED_AWAY", _("Chuyển đi nơi khác")
    DISSOLVED = "DISSOLVED", _("Không còn (giải thể, qua đời)")
    DUPLICATE = "DUPLICATE", _("Nhập trùng")
    MISTAKE = "MISTAKE", _("Nhập nhầm")
    IMPORT_UNDONE = "IMPORT_UNDONE", _("Hoàn tác lần nhập Excel")
    MERGED = "MERGED", _("Nhập vào hộ khác")


class HeadChange(models.TextChoices):
    """Why another person became the head of a household."""

    DIED = "DIED", _("Chủ hộ cũ qua đời")
    MOVED = "MOVED", _("Chủ hộ cũ chuyển đi")
    AGREED = "AGREED", _("Gia đình thống nhất đổi chủ hộ")
    PAPERS = "PAPERS", _("Theo giấy tờ cư trú mới")


class Role(models.TextChoices):
    """What a person does at a place."""

    HAMLET_OFFICER = "HAMLET_OFFICER", _("Cán bộ chi hội khu phố, thôn")
    WARD_OFFICER = "WARD_OFFICER", _("Cán bộ Hội Khuyến học phường, xã")
    WARD_CHAIR = "WARD_CHAIR", _("Chủ tịch Hội Khuyến học phường, xã")
    INSPECTOR = "INSPECTOR", _("Thành viên đoàn kiểm tra")
    DECIDER = "DECIDER", _("Người ký quyết định công nhận")
    LEADER = "LEADER", _("Lãnh đạo theo dõi")
    ADMINISTRATOR = "ADMINISTRATOR", _("Quản trị hệ thống")


# Who keeps the register of a place.
REGISTER_KEEPERS = (Role.HAMLET_OFFICER, Role.WARD_OFFICER, Role.WARD_CHAIR)


class ImportState(models.TextChoices):
    """Life of one uploaded list."""

    UPLOADED = "UPLOADED", _("Đã tải lên")
    CHECKING = "CHECKING", _("Đang kiểm tra")
    PREVIEW = "PREVIEW", _("Chờ xác nhận")
    CONFIRMING = "CONFIRMING", _("Đang ghi")
    DONE = "DONE", _("Đã nhập")
    UNDONE = "UNDONE", _("Đã hoàn tác")
    REJECTED = "REJECTED", _("Không đọc được")


class RowVerdict(models.TextChoices):
    """What an import will do with one row."""

    ADDED = "ADDED", _("Thêm mới")
    CHANGED = "CHANGED", _("Thay đổi")
    UNCHANGED = "UNCHANGED", _("Không đổi")
    DUPLICATE = "DUPLICATE", _("Có thể trùng")
    REFUSED = "REFUSED", _("Từ chối")

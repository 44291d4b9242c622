"""What the left rail shows, by role. One list; the shell and a test read it.

An item whose URL name does not exist yet is skipped, so apps can be built one after another;
tests/portal/test_ui.py asserts that in the finished product every name resolves.
"""

from dataclasses import dataclass
from functools import cache

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from units.choices import REGISTER_KEEPERS, Role

WARD, CHAIR, INSPECTOR = Role.WARD_OFFICER, Role.WARD_CHAIR, Role.INSPECTOR
DECIDER, LEADER, ADMIN = Role.DECIDER, Role.LEADER, Role.ADMINISTRATOR
EVERYONE = frozenset(Role)
KEEPERS = frozenset(REGISTER_KEEPERS)


@dataclass(frozen=True)
class Item:
    """One link of the rail. `needs_place`: its URL takes the key of the person's own place. `also`: URL names
    (prefixes) of pages that belong to it, so it stays marked as current there."""

    label: object
    url_name: str
    icon: str
    roles: frozenset = EVERYONE
    needs_place: bool = False
    also: tuple = ()
    counted: bool = False  # shows how many lines of work wait (portal.lib.work_count)


@dataclass(frozen=True)
class Group:
    """A titled group of links."""

    title: object
    items: tuple


GROUPS = (
    Group(
        "",
        (
            Item(_("Trang chủ"), "portal:home", "house"),
            Item(
                _("Việc của tôi"),
                "recognition:work-list",
                "list-task",
                EVERYONE - {ADMIN},
                also=("recognition:work-", "recognition:below-", "recognition:reminder-"),
                counted=True,
            ),
            Item(
                pgettext_lazy("menu", "Văn bản"),
                "recognition:document-list",
                "envelope-paper",
                EVERYONE - {ADMIN},
                also=("recognition:document-",),
            ),
            Item(pgettext_lazy("menu", "Hướng dẫn"), "portal:guide", "question-circle"),
        ),
    ),
    Group(
        _("Sổ bộ"),
        (
            Item(_("Hộ gia đình"), "units:household-list", "people", EVERYONE, also=("units:household-",)),
            Item(_("Công dân"), "units:citizen-list", "person", EVERYONE, also=("units:citizen-",)),
            Item(_("Dòng họ"), "units:clan-list", "diagram-3", EVERYONE, also=("units:clan-",)),
            Item(
                _("Cơ quan, đơn vị"),
                "units:organisation-list",
                "building",
                EVERYONE,
                also=("units:organisation-",),
            ),
            Item(
                _("Cộng đồng"),
                "units:community-list",
                "house-heart",
                KEEPERS | {INSPECTOR, ADMIN},
                also=("units:community-",),
            ),
            Item(
                _("Có thể nhập trùng"),
                "units:duplicate-list",
                "intersect",
                KEEPERS,
                also=("units:duplicate-", "units:merge-"),
            ),
            Item(
                _("Nhập từ Excel"),
                "units:import-list",
                "file-earmark-arrow-up",
                KEEPERS | {ADMIN},
                also=("units:import-",),
            ),
            Item(
                pgettext_lazy("menu", "Địa bàn"),
                "units:place-search",
                "geo-alt",
                EVERYONE,
                also=("units:place-", "units:hamlet-"),
            ),
        ),
    ),
    Group(
        _("Công việc trong năm"),
        (
            Item(
                _("Đăng ký, hồ sơ"),
                "recognition:registration-list",
                "journal-check",
                EVERYONE,
                also=(
                    *("recognition:registration-", "recognition:assessment-", "recognition:evidence-"),
                    *("recognition:measure-list", "recognition:measure-members", "recognition:measure-type"),
                ),
            ),
            Item(
                _("Chấm điểm theo bảng"),
                "recognition:scoring-grid",
                "grid-3x3",
                KEEPERS,
                needs_place=True,
                also=("recognition:score-file",),
            ),
            Item(
                _("Phiếu tự chấm"),
                "recognition:entry-links",
                "qr-code",
                frozenset({WARD, Role.HAMLET_OFFICER}),
                needs_place=True,
                also=("recognition:entry-link",),
            ),
            Item(
                pgettext_lazy("menu", "Họp bình xét"),
                "recognition:meeting-list",
                "chat-square-text",
                KEEPERS,
                also=("recognition:meeting-",),
            ),
            Item(
                pgettext_lazy("menu", "Kiểm tra"),
                "recognition:inspection-list",
                "clipboard-check",
                frozenset({WARD, CHAIR, INSPECTOR, DECIDER, LEADER, ADMIN}),
                also=("recognition:inspection-",),
            ),
            Item(
                pgettext_lazy("menu", "Tờ trình"),
                "recognition:proposal-list",
                "file-earmark-text",
                frozenset({WARD, CHAIR, DECIDER, ADMIN}),
                also=("recognition:proposal-",),
            ),
            Item(
                pgettext_lazy("menu", "Quyết định"),
                "recognition:decision-list",
                "file-earmark-ruled",
                frozenset({WARD, CHAIR, DECIDER, LEADER, ADMIN}),
                also=("recognition:decision-",),
            ),
            Item(
                pgettext_lazy("menu", "Giấy công nhận"),
                "recognition:certificate-list",
                "award",
                frozenset({WARD, CHAIR, DECIDER, ADMIN}),
                also=("recognition:certificate-",),
            ),
            Item(
                pgettext_lazy("menu", "Khen thưởng"),
                "recognition:commendation-list",
                "trophy",
                frozenset({WARD, CHAIR, DECIDER, LEADER, ADMIN}),
                also=("recognition:commendation-",),
            ),
            Item(
                pgettext_lazy("menu", "Đại hội, biểu dương"),
                "recognition:congress-list",
                "people-fill",
                EVERYONE - {INSPECTOR},
                also=("recognition:congress-",),
            ),
            Item(
                pgettext_lazy("menu", "Phản ánh"),
                "recognition:objection-list",
                "chat-left-text",
                frozenset({WARD, CHAIR, DECIDER, ADMIN}),
                also=("recognition:objection-",),
            ),
        ),
    ),
    Group(
        _("Theo dõi"),
        (
            Item(
                _("Bảng theo dõi"),
                "recognition:dashboard",
                "bar-chart-line",
                also=("recognition:dashboard-", "recognition:explain", "recognition:brief"),
            ),
            Item(
                pgettext_lazy("menu", "Tin tiến độ"),
                "recognition:progress-home",
                "chat-dots",
                EVERYONE - {ADMIN},
                also=("recognition:progress",),
            ),
            Item(
                _("Còn thiếu ai"),
                "recognition:missing-own",
                "person-exclamation",
                KEEPERS,
                also=("recognition:missing-", "recognition:measure-place"),
            ),
            Item(_("Báo cáo"), "recognition:report-list", "table", also=("recognition:report-",)),
            Item(
                pgettext_lazy("menu", "Tổng kết giai đoạn"),
                "recognition:summary-home",
                "journal-text",
                also=("recognition:summary-",),
            ),
            Item(
                _("Ký, gửi báo cáo năm"),
                "recognition:year-report-home",
                "send-check",
                frozenset({WARD, CHAIR, LEADER, ADMIN}),
                also=("recognition:year-report-",),
            ),
            Item(
                _("Số liệu khai báo"),
                "recognition:declared-list",
                "pencil-square",
                frozenset({WARD, CHAIR, LEADER, ADMIN}),
                also=("recognition:declared-",),
            ),
            Item(
                pgettext_lazy("menu", "Chỉ tiêu"), "recognition:target-own", "bullseye", also=("recognition:target-",)
            ),
            Item(
                pgettext_lazy("menu", "Tổ chức Hội"),
                "recognition:association-home",
                "diagram-2",
                also=("recognition:association-",),
            ),
            Item(
                pgettext_lazy("menu", "Tập huấn"),
                "recognition:training-list",
                "mortarboard",
                also=("recognition:training-",),
            ),
            Item(
                pgettext_lazy("menu", "Bộ tiêu chí"),
                "recognition:rulebook-list",
                "list-check",
                also=("recognition:rulebook-", "recognition:holiday-"),
            ),
        ),
    ),
    Group(
        _("Quản trị"),
        (
            Item(
                _("Cán bộ"),
                "units:staff-list",
                "person-badge",
                frozenset({ADMIN, CHAIR}),
                also=("units:staff-", "units:posting-"),
            ),
            Item(
                _("Trang công khai"),
                "recognition:public-settings",
                "globe",
                frozenset({CHAIR, LEADER}),
                needs_place=True,
                also=("recognition:public-",),
            ),
            Item(_("Mẫu giao diện"), "portal:styleguide", "palette", frozenset({ADMIN})),
        ),
    ),
)


@cache
def _reverse(url_name: str, place_pk) -> str | None:
    try:
        return reverse(url_name, args=[place_pk] if place_pk else None)
    except NoReverseMatch:
        return None


def visible_groups(roles: set[str], place_pk, current: str) -> list[dict]:
    """Groups for a person holding `roles`; `place_pk` is their own place, `current` the view name being shown."""
    groups = []
    for group in GROUPS:
        links = []
        for item in group.items:
            if not item.roles & roles or (item.needs_place and not place_pk):
                continue
            url = _reverse(item.url_name, place_pk if item.needs_place else None)
            if url is None:
                continue
            active = current == item.url_name or any(current.startswith(prefix) for prefix in item.also)
            links.append(
                {
                    "label": item.label,
                    "url": url,
                    "icon": item.icon,
                    "active": active,
                    "counted": item.counted,
                    "page": item.url_name,
                }
            )
        if links:
            groups.append({"title": group.title, "links": links})
    return groups

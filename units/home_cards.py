"""The register on the first page: lists that wait for a decision, and the ways in that are used most."""

from django.urls import reverse
from django.utils.translation import gettext as _

from portal.lib.home import SHORTCUT, HomeCard, home_card
from units.choices import REGISTER_KEEPERS, ImportState, Role
from units.models import ImportBatch


@home_card(roles=REGISTER_KEEPERS, order=3)
def imports_to_confirm(user, postings, year):
    """Uploaded lists that were checked but neither confirmed nor discarded; one statement."""
    waiting = ImportBatch.objects.visible_to(user).filter(state=ImportState.PREVIEW).count()
    if waiting:
        yield HomeCard(
            _("danh sách Excel đã kiểm tra xong, chờ bạn xác nhận"),
            waiting,
            reverse("units:import-list"),
            hint=_("Chưa có gì được ghi vào sổ cho đến khi bạn bấm xác nhận."),
        )


@home_card(roles=REGISTER_KEEPERS, order=60)
def keepers_shortcuts(user, postings, year):
    """What people who keep the register do most."""
    yield HomeCard(
        _("Nhập danh sách từ Excel"), url=reverse("units:import-create"), kind=SHORTCUT, icon="file-earmark-arrow-up"
    )
    yield HomeCard(_("Thêm một hộ"), url=reverse("units:household-create"), kind=SHORTCUT, icon="person-plus")
    yield HomeCard(_("Sổ hộ gia đình"), url=reverse("units:household-list"), kind=SHORTCUT, icon="people")


@home_card(roles={Role.ADMINISTRATOR}, order=60)
def administrators_shortcuts(user, postings, year):
    """Accounts and places."""
    yield HomeCard(_("Cán bộ và phân công"), url=reverse("units:staff-list"), kind=SHORTCUT, icon="person-badge")
    yield HomeCard(_("Địa bàn"), url=reverse("units:place-search"), kind=SHORTCUT, icon="geo-alt")

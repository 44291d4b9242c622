from importlib import import_module

from django.apps import AppConfig
from django.forms import DateField, Field, IntegerField
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    """The project package: settings, shell, home and styleguide. Owns no business."""

    name = "portal"
    verbose_name = "Cổng thông tin"

    def ready(self):
        autodiscover_modules("home_cards")
        import_module("portal.lib.lookups")  # registers them
        # Django's own words are no help here: "Trường này là bắt buộc." speaks of a school ("trường"), and
        # "Nhập một số tổng thể." of nothing at all.
        for field, name, text in (
            (Field, "required", _("Chỗ này phải điền.")),
            (DateField, "invalid", _("Hãy ghi ngày, tháng, năm, ví dụ 31/12/2026.")),
            (IntegerField, "invalid", _("Hãy ghi một số nguyên, không có chữ.")),
        ):
            field.default_error_messages = field.default_error_messages | {name: text}

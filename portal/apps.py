from django.apps import AppConfig
from django.forms import Field
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    """The project package: settings, shell, home and styleguide. Owns no business."""

    name = "portal"
    verbose_name = "Cổng thông tin"

    def ready(self):
        autodiscover_modules("home_cards")
        # Django's own words, "Trường này là bắt buộc.", speak of a school ("trường") to the people here.
        Field.default_error_messages = Field.default_error_messages | {"required": _("Chỗ này phải điền.")}

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class PortalConfig(AppConfig):
    """The project package: settings, shell, home and styleguide. Owns no business."""

    name = "portal"
    verbose_name = "Cổng thông tin"

    def ready(self):
        autodiscover_modules("home_cards")

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The project package: settings, shell, home and styleguide. Owns no business."""

    name = "portal"
    verbose_name = "Cổng thông tin"

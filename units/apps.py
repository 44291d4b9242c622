from django.apps import AppConfig


class UnitsConfig(AppConfig):
    """Who and where: places in time, staff and postings, the register, Excel in and out."""

    name = "units"
    verbose_name = "Địa bàn và sổ bộ"

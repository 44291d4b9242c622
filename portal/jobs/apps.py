from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class JobsConfig(AppConfig):
    """Long work in the background with progress."""

    name = "portal.jobs"
    label = "jobs"
    verbose_name = "Việc chạy nền"

    def ready(self) -> None:
        """Import `jobs.py` of every app, where handlers are registered."""
        autodiscover_modules("jobs")

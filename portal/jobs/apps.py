from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Long work in the background with progress."""

    name = "portal.jobs"
    label = "jobs"
    verbose_name = "Việc chạy nền"

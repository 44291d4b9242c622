from django.apps import AppConfig


class RecognitionConfig(AppConfig):
    """The yearly work: rulebooks, registrations, assessments, decisions, certificates, tallies, reports."""

    name = "recognition"
    verbose_name = "Công nhận mô hình học tập"

"""Routes: signed yearly reports."""

from django.urls import path, register_converter

from recognition.views import year_reports


class ReportFile:
    """What a signed report can be had as."""

    regex = "docx|pdf|xlsx"

    def to_python(self, value):
        return value

    def to_url(self, value):
        return value


register_converter(ReportFile, "report_file")

urlpatterns = [
    path("bao-cao-nam/", year_reports.year_report_home, name="year-report-home"),
    path("bao-cao-nam/ca-nuoc/", year_reports.year_report_nation, name="year-report-nation"),
    path("bao-cao-nam/ca-nuoc/ky/", year_reports.year_report_sign_nation, name="year-report-sign-nation"),
    path("bao-cao-nam/dia-ban/<int:place_pk>/", year_reports.year_report_place, name="year-report-place"),
    path("bao-cao-nam/dia-ban/<int:place_pk>/ky/", year_reports.year_report_sign, name="year-report-sign"),
    path("bao-cao-nam/<int:pk>/", year_reports.year_report_detail, name="year-report-detail"),
    path("bao-cao-nam/<int:pk>/nhan/", year_reports.year_report_accept, name="year-report-accept"),
    path("bao-cao-nam/<int:pk>/tra-lai/", year_reports.year_report_return, name="year-report-return"),
    path("bao-cao-nam/<int:pk>/tai/<report_file:kind>/", year_reports.year_report_file, name="year-report-file"),
]

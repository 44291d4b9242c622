"""Routes: summaries of several years, of citizens, of inspections."""

from django.urls import path

from recognition.urls import year_reports  # noqa: F401  (registers the converter of files)
from recognition.views import period_reports, summaries

urlpatterns = [
    path("tong-ket/", summaries.summary_home, name="summary-home"),
    path("tong-ket/ca-nuoc/", summaries.summary_period_nation, name="summary-period-nation"),
    path("tong-ket/ca-nuoc/sua/", summaries.summary_edit_nation, name="summary-edit-nation"),
    path("tong-ket/ca-nuoc/ky/", period_reports.summary_sign_nation, name="summary-sign-nation"),
    path("tong-ket/ban/<int:pk>/", period_reports.summary_report, name="summary-report"),
    path(
        "tong-ket/ban/<int:pk>/tai/<report_file:kind>/", period_reports.summary_report_file, name="summary-report-file"
    ),
    path("tong-ket/<int:place_pk>/", summaries.summary_period, name="summary-period"),
    path("tong-ket/<int:place_pk>/sua/", summaries.summary_edit, name="summary-edit"),
    path("tong-ket/<int:place_pk>/ky/", period_reports.summary_sign, name="summary-sign"),
    path("tong-ket/<int:place_pk>/cong-dan/", summaries.summary_citizens, name="summary-citizens"),
    path("tong-ket/<int:place_pk>/kiem-tra/", summaries.summary_inspection, name="summary-inspection"),
]

"""Routes: reports."""

from django.urls import path

from recognition.views import reports

urlpatterns = [
    path("bao-cao/", reports.report_list, name="report-list"),
    path("bao-cao/<str:table>/ca-nuoc/", reports.report, name="report-nation"),
    path("bao-cao/<str:table>/<int:place_pk>/", reports.report, name="report"),
]

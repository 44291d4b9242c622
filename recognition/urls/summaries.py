"""Routes: summaries of several years, of citizens, of inspections."""

from django.urls import path

from recognition.views import summaries

urlpatterns = [
    path("tong-ket/", summaries.summary_home, name="summary-home"),
    path("tong-ket/ca-nuoc/", summaries.summary_period_nation, name="summary-period-nation"),
    path("tong-ket/<int:place_pk>/", summaries.summary_period, name="summary-period"),
    path("tong-ket/<int:place_pk>/sua/", summaries.summary_edit, name="summary-edit"),
    path("tong-ket/<int:place_pk>/cong-dan/", summaries.summary_citizens, name="summary-citizens"),
    path("tong-ket/<int:place_pk>/kiem-tra/", summaries.summary_inspection, name="summary-inspection"),
]

"""Routes of the yearly work, one module per area."""

from recognition.urls import (
    association,
    chain,
    congresses,
    dashboard,
    decisions,
    declared,
    documents,
    entries,
    honours,
    inspections,
    publishing,
    reports,
    rulebooks,
    summaries,
    worklist,
    year_reports,
)

app_name = "recognition"
urlpatterns = [
    *dashboard.urlpatterns,
    *chain.urlpatterns,
    *entries.urlpatterns,
    *inspections.urlpatterns,
    *decisions.urlpatterns,
    *honours.urlpatterns,
    *congresses.urlpatterns,
    *reports.urlpatterns,
    *year_reports.urlpatterns,
    *declared.urlpatterns,
    *association.urlpatterns,
    *rulebooks.urlpatterns,
    *summaries.urlpatterns,
    *publishing.urlpatterns,
    *worklist.urlpatterns,
    *documents.urlpatterns,
]

"""Routes: inspections, the visits of a team, its sheets."""

from django.urls import path

from recognition.views import inspection_sheets, inspection_visits, inspections

visit = "doan-kiem-tra/<int:pk>/noi/<int:place_pk>/"

urlpatterns = [
    path("doan-kiem-tra/", inspections.inspection_list, name="inspection-list"),
    path("doan-kiem-tra/lap/<int:place_pk>/", inspections.inspection_create, name="inspection-create"),
    path("doan-kiem-tra/<int:pk>/", inspections.inspection_detail, name="inspection-detail"),
    path("doan-kiem-tra/<int:pk>/quyet-dinh/", inspections.inspection_decision, name="inspection-decision"),
    path("doan-kiem-tra/<int:pk>/phan-cong/", inspections.inspection_duties, name="inspection-duties"),
    path("doan-kiem-tra/<int:pk>/lich/", inspections.inspection_dates, name="inspection-dates"),
    path("doan-kiem-tra/<int:pk>/viec-theo-doi/", inspections.inspection_actions, name="inspection-actions"),
    path("doan-kiem-tra/<int:pk>/chenh-lech/", inspections.inspection_gaps, name="inspection-gaps"),
    path(visit, inspection_visits.visit_detail, name="inspection-visit"),
    path(f"{visit}danh-sach/", inspection_visits.visit_list, name="inspection-visit-list"),
    path(f"{visit}bien-ban/", inspection_visits.visit_minutes, name="inspection-minutes"),
    path("doan-kiem-tra/cham-diem/<int:pk>/", inspection_sheets.inspection_score, name="inspection-score"),
    path("doan-kiem-tra/cham-diem/<int:pk>/muc/<int:n>/", inspection_sheets.score_line, name="inspection-score-line"),
]

"""Routes: inspections by the level above."""

from django.urls import path

from recognition.views import inspections

urlpatterns = [
    path("doan-kiem-tra/", inspections.inspection_list, name="inspection-list"),
    path("doan-kiem-tra/lap/<int:place_pk>/", inspections.inspection_create, name="inspection-create"),
    path("doan-kiem-tra/<int:pk>/", inspections.inspection_detail, name="inspection-detail"),
    path("doan-kiem-tra/cham-diem/<int:pk>/", inspections.inspection_score, name="inspection-score"),
]

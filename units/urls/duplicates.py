"""Routes: probable duplicates."""

from django.urls import path

from units.views import duplicates

urlpatterns = [
    path("trung/", duplicates.duplicate_list, name="duplicate-list"),
    path("trung/dia-ban/<int:place_pk>/", duplicates.duplicate_place, name="duplicate-place"),
    path("trung/cua/<int:pk>/", duplicates.duplicate_of, name="duplicate-of"),
    path("trung/<int:first>/<int:second>/", duplicates.duplicate_pair, name="duplicate-pair"),
    path("trung/<int:first>/<int:second>/khong-trung/", duplicates.duplicate_dismiss, name="duplicate-dismiss"),
    path("trung/<int:first>/<int:second>/xem-lai/", duplicates.duplicate_take_back, name="duplicate-take-back"),
    path("trung/gop/<int:pk>/", duplicates.merge_detail, name="merge-detail"),
    path("trung/gop/<int:pk>/hoan-tac/", duplicates.merge_undo, name="merge-undo"),
]

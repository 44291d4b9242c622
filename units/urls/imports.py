"""Routes: imports."""

from django.urls import path

from units.views import absences, imports, pasting

urlpatterns = [
    path("nhap-excel/", imports.import_list, name="import-list"),
    path("nhap-excel/tai-len/", imports.import_create, name="import-create"),
    path("nhap-excel/dan/", pasting.import_paste, name="import-paste"),
    path("nhap-excel/dan/kiem-tra/", pasting.import_paste_check, name="import-paste-check"),
    path("nhap-excel/mau/", imports.import_template, name="import-template"),
    path("nhap-excel/<int:pk>/", imports.import_detail, name="import-detail"),
    path("nhap-excel/<int:pk>/vang-mat/", absences.import_absent, name="import-absent"),
    path(
        "nhap-excel/<int:pk>/vang-mat/<int:position>/tro-lai/", absences.import_absent_back, name="import-absent-back"
    ),
    path("nhap-excel/<int:pk>/nghia-cot/", imports.import_headings, name="import-headings"),
    path("nhap-excel/cot/<int:pk>/bo/", imports.import_heading_forget, name="import-heading-forget"),
    path("nhap-excel/<int:pk>/xac-nhan/", imports.import_confirm, name="import-confirm"),
    path("nhap-excel/<int:pk>/hoan-tac/", imports.import_undo, name="import-undo"),
    path("nhap-excel/<int:pk>/bo/", imports.import_discard, name="import-discard"),
    path("nhap-excel/<int:pk>/co-the-trung/", imports.import_decide, name="import-decide"),
    path("nhap-excel/<int:pk>/dong-khong-nhap/", imports.import_refused, name="import-refused"),
]

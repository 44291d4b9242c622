"""Routes: reforms of the map."""

from django.urls import path

from units.views import reforms

urlpatterns = [
    path("dia-ban/<int:pk>/sap-xep/", reforms.reform_list, name="reform-list"),
    path("dia-ban/<int:pk>/nhap/", reforms.hamlet_merge, name="hamlet-merge"),
    path("dia-ban/<int:pk>/doi-ten/", reforms.hamlet_rename, name="hamlet-rename"),
    path("dia-ban/<int:pk>/chia/", reforms.hamlet_split, name="hamlet-split"),
    path("dia-ban/<int:pk>/chuyen/", reforms.hamlet_move, name="hamlet-move"),
    path("dia-ban/<int:pk>/ket-thuc/", reforms.hamlet_close, name="hamlet-close"),
    path("dia-ban/<int:pk>/chuyen-so/", reforms.ward_carry, name="ward-carry"),
    path("dia-ban/<int:pk>/phan-ve/", reforms.ward_assign, name="ward-assign"),
    path("dia-ban/<int:pk>/phan-ve.xlsx", reforms.ward_assignment, name="ward-assignment"),
    path("sap-xep/<int:pk>/", reforms.reform_detail, name="reform-detail"),
    path("sap-xep/<int:pk>/hoan-tac/", reforms.reform_undo, name="reform-undo"),
]

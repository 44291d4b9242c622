"""Routes: commendations."""

from django.urls import path

from recognition.views import commendation_candidates, commendation_lists, commendations

urlpatterns = [
    path("khen-thuong/", commendations.commendation_list, name="commendation-list"),
    path("khen-thuong/<int:pk>/", commendations.commendation_detail, name="commendation-detail"),
    path("khen-thuong/<int:pk>/giay/", commendations.commendation_paper, name="commendation-paper"),
    path("khen-thuong/<int:pk>/thay-the/", commendations.commendation_replace, name="commendation-replace"),
    path(
        "khen-thuong/ung-vien/<int:place_pk>/",
        commendation_candidates.commendation_candidates,
        name="commendation-candidates",
    ),
    path("khen-thuong/danh-sach/", commendation_lists.commendation_rolls, name="commendation-rolls"),
    path(
        "khen-thuong/danh-sach/lap/<int:place_pk>/",
        commendation_lists.commendation_create,
        name="commendation-create",
    ),
    path("khen-thuong/danh-sach/<int:pk>/", commendation_lists.commendation_roll, name="commendation-roll"),
    path("khen-thuong/danh-sach/<int:pk>/them/", commendation_lists.commendation_add, name="commendation-add"),
    path("khen-thuong/danh-sach/<int:pk>/bo/", commendation_lists.commendation_remove, name="commendation-remove"),
    path("khen-thuong/danh-sach/<int:pk>/trinh/", commendation_lists.commendation_send, name="commendation-send"),
    path("khen-thuong/danh-sach/<int:pk>/tra-lai/", commendation_lists.commendation_return, name="commendation-return"),
    path(
        "khen-thuong/danh-sach/<int:pk>/quyet-dinh/",
        commendation_lists.commendation_decide,
        name="commendation-decide",
    ),
    path(
        "khen-thuong/danh-sach/<int:pk>/van-ban/",
        commendation_lists.commendation_roll_paper,
        name="commendation-roll-paper",
    ),
    path(
        "khen-thuong/quyet-dinh/<int:pk>/van-ban/",
        commendations.commendation_decision_paper,
        name="commendation-decision-paper",
    ),
    path(
        "khen-thuong/quyet-dinh/<int:pk>/giay-khen/<int:batch>/",
        commendations.commendation_certificates,
        name="commendation-certificates",
    ),
    path("khen-thuong/hinh-thuc/", commendations.commendation_forms, name="commendation-forms"),
    path("khen-thuong/hinh-thuc/them/", commendations.commendation_form_create, name="commendation-form-create"),
    path("khen-thuong/hinh-thuc/<int:pk>/sua/", commendations.commendation_form_edit, name="commendation-form-edit"),
]

"""Routes: staff, the invitation link, and one's own page."""

from django.urls import path

from units.views import staff

urlpatterns = [
    path("can-bo/", staff.staff_list, name="staff-list"),
    path("can-bo/them/", staff.staff_create, name="staff-create"),
    path("can-bo/<int:pk>/", staff.staff_detail, name="staff-detail"),
    path("can-bo/<int:pk>/sua/", staff.staff_update, name="staff-update"),
    path("can-bo/<int:pk>/lien-ket/", staff.staff_link, name="staff-link"),
    path("can-bo/<int:pk>/ngung/", staff.staff_stop, name="staff-stop"),
    path("can-bo/<int:pk>/mo-lai/", staff.staff_reopen, name="staff-reopen"),
    path("can-bo/<int:pk>/phan-cong/", staff.posting_create, name="posting-create"),
    path("can-bo/phan-cong/<int:pk>/ket-thuc/", staff.posting_end, name="posting-end"),
    path("toi/", staff.my_account, name="my-account"),
    path("loi-moi/<str:token>/", staff.invitation, name="invitation"),
]

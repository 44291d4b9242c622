"""Routes: documents down the tree."""

from django.urls import path

from recognition.views import documents

urlpatterns = [
    path("van-ban/", documents.document_list, name="document-list"),
    path("van-ban/gui/", documents.document_create, name="document-create"),
    path("van-ban/gui/<int:place_pk>/", documents.document_create, name="document-create"),
    path("van-ban/<int:pk>/", documents.document_detail, name="document-detail"),
    path("van-ban/<int:pk>/thu-hoi/", documents.document_withdraw, name="document-withdraw"),
    path("van-ban/<int:pk>/ban-moi/", documents.document_replace, name="document-replace"),
    path("van-ban/<int:pk>/nhac/", documents.document_nudge, name="document-nudge"),
    path("van-ban/noi-nhan/<int:pk>/tra-loi/", documents.document_reply, name="document-reply"),
    path("van-ban/tep/<int:pk>/", documents.document_file, name="document-file"),
]

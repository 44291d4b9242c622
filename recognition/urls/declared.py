"""Routes: declared."""

from django.urls import path

from recognition.views import declared

urlpatterns = [
    path("so-lieu-khai-bao/", declared.declared_list, name="declared-list"),
    path("so-lieu-khai-bao/<str:source>/", declared.declared_detail, name="declared-detail"),
]

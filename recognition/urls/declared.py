"""Routes: declared."""

from django.urls import path

from recognition.views import declared

urlpatterns = [
    path("cac-phep-kiem-tra/", declared.rule_list, name="declared-rules"),
    path("so-lieu-khai-bao/", declared.declared_list, name="declared-list"),
    # A source may be the number of a paper, "12/BC-HKH".
    path("so-lieu-khai-bao/<path:source>/", declared.declared_detail, name="declared-detail"),
]

"""Routes: congresses and their delegates."""

from django.urls import path

from recognition.views import congresses

urlpatterns = [
    path("dai-hoi/", congresses.congress_list, name="congress-list"),
    path("dai-hoi/lap/<int:place_pk>/", congresses.congress_create, name="congress-create"),
    path("dai-hoi/<int:pk>/", congresses.congress_detail, name="congress-detail"),
    path("dai-hoi/<int:pk>/sua/", congresses.congress_edit, name="congress-edit"),
    path("dai-hoi/<int:pk>/phan-bo/", congresses.congress_quotas, name="congress-quotas"),
    path("dai-hoi/<int:pk>/don-vi/<int:place_pk>/", congresses.congress_place, name="congress-place"),
    path("dai-hoi/<int:pk>/danh-sach/", congresses.congress_file, name="congress-file"),
    path("dai-hoi/dai-bieu/<int:pk>/thoi/", congresses.delegate_remove, name="congress-delegate-remove"),
]

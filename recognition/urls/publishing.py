"""Routes: public pages of wards and their open data."""

from django.urls import path

from recognition.views import publishing

urlpatterns = [
    path("cong-khai/<int:place_pk>/", publishing.public_page, name="public-page"),
    path("cong-khai/<int:place_pk>/so-lieu.csv", publishing.public_csv, name="public-csv"),
    path("cong-khai/<int:place_pk>/so-lieu.json", publishing.public_json, name="public-json"),
    path("cong-khai/<int:place_pk>/cai-dat/", publishing.public_settings, name="public-settings"),
]

"""Routes: self-scores by one-time link."""

from django.urls import path

from recognition.views import entries, entry_links

urlpatterns = [
    path("tu-cham/<str:token>/", entries.entry, name="entry"),
    path("phieu-tu-cham/<int:place_pk>/", entry_links.entry_links, name="entry-links"),
    path("phieu-tu-cham/<int:place_pk>/chon/", entry_links.entry_links_bulk, name="entry-links-bulk"),
    path("phieu-tu-cham/phieu/<int:pk>/", entry_links.entry_link_detail, name="entry-link-detail"),
]

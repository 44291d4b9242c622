"""Routes: places."""

from django.urls import path

from units.views import places

urlpatterns = [
    path("dia-ban/", places.place_search, name="place-search"),
    path("dia-ban/chon/", places.place_options, name="place-options"),
    path("dia-ban/<int:pk>/", places.place_detail, name="place-detail"),
    path("dia-ban/<int:pk>/them-khu-pho/", places.hamlet_create, name="hamlet-create"),
    path("dia-ban/<int:pk>/them-nhieu-khu-pho/", places.hamlet_create_many, name="hamlet-create-many"),
    path("dia-ban/<int:pk>/sua/", places.hamlet_update, name="hamlet-update"),
]

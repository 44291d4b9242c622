"""Routes: the association's own figures and its training register."""

from django.urls import path

from recognition.views import association

urlpatterns = [
    path("hoi/", association.association_home, name="association-home"),
    path("hoi/<int:place_pk>/", association.association_place, name="association-place"),
    path("hoi/<int:place_pk>/ghi/", association.association_edit, name="association-edit"),
    path("tap-huan/", association.training_list, name="training-list"),
    path("tap-huan/them/<int:place_pk>/", association.training_create, name="training-create"),
    path("tap-huan/<int:pk>/", association.training_detail, name="training-detail"),
    path("tap-huan/<int:pk>/sua/", association.training_edit, name="training-edit"),
    path("tap-huan/<int:pk>/huy/", association.training_cancel, name="training-cancel"),
]

"""Routes: rulebooks."""

from django.urls import path

from recognition.views import authorities, rulebooks

urlpatterns = [
    path("bo-tieu-chi/", rulebooks.rulebook_list, name="rulebook-list"),
    path("bo-tieu-chi/<int:pk>/", rulebooks.rulebook_detail, name="rulebook-detail"),
    path("bo-tieu-chi/<int:pk>/tham-quyen/", authorities.authority_create, name="authority-create"),
    path("bo-tieu-chi/<int:pk>/tham-quyen/bo/", authorities.authority_take_back, name="authority-take-back"),
]

"""Routes: rulebooks."""

from django.urls import path

from recognition.views import rulebooks

urlpatterns = [
    path("bo-tieu-chi/", rulebooks.rulebook_list, name="rulebook-list"),
    path("bo-tieu-chi/<int:pk>/", rulebooks.rulebook_detail, name="rulebook-detail"),
]

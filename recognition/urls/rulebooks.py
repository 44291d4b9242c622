"""Routes: rulebooks."""

from django.urls import path

from recognition.views import authorities, feedback, rulebooks

urlpatterns = [
    path("bo-tieu-chi/", rulebooks.rulebook_list, name="rulebook-list"),
    path("bo-tieu-chi/<int:pk>/", rulebooks.rulebook_detail, name="rulebook-detail"),
    path("bo-tieu-chi/<int:pk>/tham-quyen/", authorities.authority_create, name="authority-create"),
    path("bo-tieu-chi/<int:pk>/tham-quyen/bo/", authorities.authority_take_back, name="authority-take-back"),
    path("bo-tieu-chi/<int:pk>/gop-y/<str:code>/", feedback.feedback_create, name="feedback-create"),
    path("gop-y-tieu-chi/", feedback.feedback_list, name="feedback-list"),
    path("gop-y-tieu-chi/<int:pk>/", feedback.feedback_detail, name="feedback-detail"),
]

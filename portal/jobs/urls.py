"""Route of the progress page."""

from django.urls import path

from portal.jobs import views

app_name = "jobs"
urlpatterns = [path("<int:pk>/", views.detail, name="detail")]

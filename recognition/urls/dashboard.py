"""Routes: dashboard."""

from django.urls import path

from recognition.views import dashboard

urlpatterns = [
    path("theo-doi/", dashboard.dashboard, name="dashboard"),
    path("theo-doi/ca-nuoc/", dashboard.nation, name="dashboard-nation"),
    path("theo-doi/<int:pk>/", dashboard.dashboard, name="dashboard"),
]

"""Routes: dashboard."""

urlpatterns = []

"""Routes: reports."""

urlpatterns = []

"""Routes: register."""

urlpatterns = []

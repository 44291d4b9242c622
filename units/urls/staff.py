"""Routes: staff."""

urlpatterns = []

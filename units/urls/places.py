"""Routes: places."""

urlpatterns = []

"""Routes: declared."""

urlpatterns = []

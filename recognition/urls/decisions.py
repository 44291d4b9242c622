"""Routes: decisions."""

urlpatterns = []

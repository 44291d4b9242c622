"""Routes: rulebooks."""

urlpatterns = []

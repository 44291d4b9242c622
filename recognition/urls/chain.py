"""Routes: chain."""

urlpatterns = []

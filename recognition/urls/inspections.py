"""Routes: inspections."""

urlpatterns = []

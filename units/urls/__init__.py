"""Routes of the register, one module per area."""

from units.urls import duplicates, imports, places, reforms, register, staff

app_name = "units"
urlpatterns = [
    *places.urlpatterns,
    *reforms.urlpatterns,
    *register.urlpatterns,
    *duplicates.urlpatterns,
    *imports.urlpatterns,
    *staff.urlpatterns,
]

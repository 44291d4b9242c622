"""Routes of the register, one module per area."""

from units.urls import imports, places, reforms, register, staff

app_name = "units"
urlpatterns = [
    *places.urlpatterns,
    *reforms.urlpatterns,
    *register.urlpatterns,
    *imports.urlpatterns,
    *staff.urlpatterns,
]

"""Routes: work lists and who below has not sent."""

from django.urls import path

from recognition.views import worklist

urlpatterns = [
    path("viec-cua-toi/", worklist.work_list, name="work-list"),
    path("viec-cua-toi/so/", worklist.work_badge, name="work-badge"),
    path("chua-gui/", worklist.below_list, name="below-home"),
    path("chua-gui/<int:place_pk>/", worklist.below_list, name="below-list"),
]

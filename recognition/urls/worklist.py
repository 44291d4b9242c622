"""Routes: work lists, who below has not sent, reminders, progress to send on."""

from django.urls import path

from recognition.views import progress, reminders, worklist

urlpatterns = [
    path("viec-cua-toi/", worklist.work_list, name="work-list"),
    path("viec-cua-toi/so/", worklist.work_badge, name="work-badge"),
    path("chua-gui/", worklist.below_list, name="below-home"),
    path("chua-gui/<int:place_pk>/", worklist.below_list, name="below-list"),
    path("chua-gui/nhac/", reminders.nudge_below, name="below-nudge-nation"),
    path("chua-gui/<int:place_pk>/nhac/", reminders.nudge_below, name="below-nudge"),
    path("nhac-viec/", reminders.reminder_list, name="reminder-list"),
    path("nhac-viec/da-doc/", reminders.reminder_read, name="reminder-read"),
    path("nhac-viec/thu/", reminders.reminder_email, name="reminder-email"),
    path("tien-do/", progress.progress_home, name="progress-home"),
    path("tien-do/<int:place_pk>/", progress.progress_page, name="progress"),
    path("tien-do/<int:place_pk>/anh.png", progress.progress_picture, name="progress-picture"),
]

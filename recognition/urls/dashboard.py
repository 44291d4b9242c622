"""Routes: dashboards, the same on a wall and on a phone, and where a figure comes from."""

from django.urls import path

from recognition.views import dashboard, explaining, missing, screens

urlpatterns = [
    path("theo-doi/", dashboard.dashboard, name="dashboard"),
    path("theo-doi/ca-nuoc/", dashboard.nation, name="dashboard-nation"),
    path("theo-doi/<int:pk>/", dashboard.dashboard, name="dashboard"),
    path("theo-doi/ca-nuoc/trinh-chieu/", screens.screen_nation, name="screen-nation"),
    path("theo-doi/<int:pk>/trinh-chieu/", screens.screen, name="screen"),
    path("theo-doi/gon/", screens.brief, name="brief"),
    path("theo-doi/ca-nuoc/gon/", screens.brief_nation, name="brief-nation"),
    path("theo-doi/<int:pk>/gon/", screens.brief, name="brief"),
    path("theo-doi/ca-nuoc/so/<slug:figure>/", explaining.explain_nation, name="explain-nation"),
    path("theo-doi/<int:pk>/so/<slug:figure>/", explaining.explain, name="explain"),
    path("con-thieu/", missing.missing_own, name="missing-own"),
    path("con-thieu/<int:pk>/", missing.missing_place, name="missing-place"),
    path("con-thieu/<int:pk>/ty-le/<str:measure>/", missing.measure_place, name="measure-place"),
    path("con-thieu/dong-ho/<int:pk>/", missing.missing_clan, name="missing-clan"),
]

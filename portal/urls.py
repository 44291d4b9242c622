"""The only place that joins the two apps."""

from django.urls import include, path
from django.views.generic import RedirectView

from portal.views import errors, guide, health, home, preferences, styleguide

portal_urls = [
    path("", home.home, name="home"),
    path("huong-dan/", guide.guide, name="guide"),
    path("health/", health.health, name="health"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    path("tuy-chon/nam/", preferences.set_year, name="set-year"),
    path("tuy-chon/co-chu/", preferences.set_text_size, name="set-text-size"),
]

urlpatterns = [
    path("", include((portal_urls, "portal"))),
    path("tuy-chon/ngon-ngu/", preferences.set_language, name="set_language"),
    # Addresses are kept by administrators (they sign in too), so people's own page stands in for allauth's.
    path("tai-khoan/email/", RedirectView.as_view(pattern_name="units:my-account"), name="account_email"),
    path("tai-khoan/", include("allauth.urls")),
    path("", include("units.urls")),
    path("", include("recognition.urls")),
    path("viec-nen/", include("portal.jobs.urls")),
]

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.page_not_found
handler500 = errors.server_error

"""Routes: decisions, certificates, the public check page."""

from django.urls import path

from recognition.views import certificates, decisions

urlpatterns = [
    path("quyet-dinh/", decisions.decision_list, name="decision-list"),
    path("quyet-dinh/to-trinh/<int:pk>/", decisions.decision_create, name="decision-create"),
    path("quyet-dinh/<int:pk>/", decisions.decision_detail, name="decision-detail"),
    path("quyet-dinh/<int:pk>/ban-hanh/", decisions.decision_issue, name="decision-issue"),
    path("quyet-dinh/<int:pk>/van-ban/", decisions.decision_paper, name="decision-paper"),
    path(
        "quyet-dinh/<int:pk>/giay-cong-nhan/<int:batch>/", decisions.decision_certificates, name="decision-certificates"
    ),
    path("giay-cong-nhan/", certificates.certificate_list, name="certificate-list"),
    path("giay-cong-nhan/<int:pk>/", certificates.certificate_paper, name="certificate-paper"),
    path("kiem-tra/", certificates.check_start, name="check-start"),
    path("kiem-tra/<str:token>/", certificates.check, name="check"),
]

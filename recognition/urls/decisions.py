"""Routes: decisions, certificates, the public check page."""

from django.urls import path

from recognition.views import certificates, checks, decisions, letterheads, objections

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
    path("giay-cong-nhan/<int:pk>/", certificates.certificate_detail, name="certificate-detail"),
    path("giay-cong-nhan/<int:pk>/giay/", certificates.certificate_paper, name="certificate-paper"),
    path("giay-cong-nhan/<int:pk>/thu-hoi/", certificates.certificate_revoke, name="certificate-revoke"),
    path("giay-cong-nhan/<int:pk>/thay-the/", certificates.certificate_replace, name="certificate-replace"),
    path("phan-anh/", objections.objection_list, name="objection-list"),
    path("phan-anh/ho-so/<int:pk>/", objections.objection_create, name="objection-create"),
    path("phan-anh/<int:pk>/", objections.objection_detail, name="objection-detail"),
    path("mau-van-ban/<int:place_pk>/<str:body>/", letterheads.letterhead, name="letterhead"),
    path("kiem-tra/", checks.check_start, name="check-start"),
    path("kiem-tra/<str:token>/", checks.check, name="check"),
]

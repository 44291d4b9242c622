"""Routes: registrations, self-scores, review meetings, proposal letters."""

from django.urls import path

from recognition.views import (
    affiliations,
    assessments,
    dossier_papers,
    evidence,
    measures,
    meetings,
    proposals,
    registering,
    registrations,
    renewing,
    score_files,
    scoring_grid,
)

urlpatterns = [
    # Dossiers
    path("ho-so/", registrations.registration_list, name="registration-list"),
    path("ho-so/hang-loat/", registrations.registration_bulk, name="registration-bulk"),
    path("ho-so/dang-ky/<int:registrant_pk>/", registering.registration_create, name="registration-create"),
    path("ho-so/dang-ky-nhieu/<int:place_pk>/", registering.registration_create_many, name="registration-create-many"),
    path("ho-so/phien-ban/<int:pk>/", renewing.registration_renew, name="registration-renew"),
    path("ho-so/<int:pk>/", registrations.registration_detail, name="registration-detail"),
    path("ho-so/<int:pk>/tra-lai/", registrations.registration_return, name="registration-return"),
    path("ho-so/<int:pk>/rut/", registrations.registration_withdraw, name="registration-withdraw"),
    path("ho-so/<int:pk>/mau-don/", dossier_papers.registration_form, name="registration-paper"),
    path("ho-so/mau-don/<int:place_pk>/", dossier_papers.place_forms, name="registration-papers"),
    # Self-scores
    path("ho-so/<int:pk>/cham-diem/", assessments.assessment_form, name="assessment-form"),
    path("cham-diem/<int:pk>/", scoring_grid.scoring_grid, name="scoring-grid"),
    path("cham-diem/<int:pk>/tep/", score_files.score_file, name="score-file"),
    # Evidence
    path("ho-so/<int:pk>/minh-chung/", evidence.evidence_list, name="evidence-list"),
    path("minh-chung/<int:pk>/", evidence.evidence_file, name="evidence-file"),
    path("minh-chung/<int:pk>/rut/", evidence.evidence_take_back, name="evidence-take-back"),
    path("don-vi/<int:pk>/nguoi-tinh-noi-khac/", affiliations.affiliations, name="affiliations"),
    # Shares computed from other models' results
    path("ho-so/<int:pk>/ty-le/", measures.measure_list, name="measure-list"),
    path("ho-so/<int:pk>/ty-le/tinh-lai/", measures.measure_count, name="measure-count"),
    path("to-trinh/lap/<int:place_pk>/tinh-lai/", measures.measure_count_place, name="measure-count-place"),
    path("ho-so/<int:pk>/ty-le/<str:code>/danh-sach/", measures.measure_members, name="measure-members"),
    path("ho-so/<int:pk>/ty-le/<str:code>/khai/", measures.measure_type, name="measure-type"),
    path("ho-so/<int:pk>/ty-le/<str:code>/bo-khai/", measures.measure_take_back, name="measure-take-back"),
    # Review meetings
    path("hop-binh-xet/", meetings.meeting_list, name="meeting-list"),
    path("hop-binh-xet/ghi/<int:place_pk>/", meetings.meeting_create, name="meeting-create"),
    path("hop-binh-xet/<int:pk>/", meetings.meeting_detail, name="meeting-detail"),
    path("hop-binh-xet/<int:pk>/bien-ban/", meetings.meeting_minutes, name="meeting-minutes"),
    path("hop-binh-xet/<int:pk>/sua/", meetings.meeting_correct, name="meeting-correct"),
    # Proposal letters
    path("to-trinh/", proposals.proposal_list, name="proposal-list"),
    path("to-trinh/lap/<int:place_pk>/", proposals.proposal_create, name="proposal-create"),
    path("to-trinh/<int:pk>/", proposals.proposal_detail, name="proposal-detail"),
    path("to-trinh/<int:pk>/van-ban/", proposals.proposal_paper, name="proposal-paper"),
]

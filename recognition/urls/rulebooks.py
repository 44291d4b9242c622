"""Routes: rulebooks."""

from django.urls import path

from recognition.views import (
    authorities,
    feedback,
    holidays,
    rulebook_draft_parts,
    rulebook_drafts,
    rulebook_files,
    rulebooks,
)

urlpatterns = [
    path("bo-tieu-chi/", rulebooks.rulebook_list, name="rulebook-list"),
    path("bo-tieu-chi/<int:pk>/", rulebooks.rulebook_detail, name="rulebook-detail"),
    path("bo-tieu-chi/<int:pk>/sao-chep/", rulebook_drafts.rulebook_copy, name="rulebook-copy"),
    path("bo-tieu-chi/<int:pk>/sua-lai/", rulebook_drafts.rulebook_reopen, name="rulebook-reopen"),
    path("bo-tieu-chi/<int:pk>/ket-thuc/", rulebook_drafts.rulebook_end, name="rulebook-end"),
    path("bo-tieu-chi/<int:pk>/so-sanh/", rulebook_files.rulebook_compare, name="rulebook-compare"),
    path("bo-tieu-chi/<int:pk>/tep/", rulebook_files.rulebook_export, name="rulebook-export"),
    path("ngay-nghi-le/", holidays.holiday_list, name="holiday-list"),
    path("bo-tieu-chi/du-thao/", rulebook_drafts.draft_list, name="rulebook-drafts"),
    path("bo-tieu-chi/du-thao/nhap-tep/", rulebook_files.draft_import, name="rulebook-draft-import"),
    path("bo-tieu-chi/du-thao/<int:pk>/", rulebook_drafts.draft_detail, name="rulebook-draft"),
    path("bo-tieu-chi/du-thao/<int:pk>/phan/<slug:slug>/", rulebook_draft_parts.draft_part, name="rulebook-draft-part"),
    path(
        "bo-tieu-chi/du-thao/<int:pk>/tieu-chi/<str:code>/",
        rulebook_draft_parts.draft_criterion,
        name="rulebook-draft-criterion",
    ),
    path("bo-tieu-chi/du-thao/<int:pk>/buoc/<slug:name>/", rulebook_draft_parts.draft_step, name="rulebook-draft-step"),
    path("bo-tieu-chi/du-thao/<int:pk>/sap-xep/", rulebook_draft_parts.draft_arrange, name="rulebook-draft-arrange"),
    path("bo-tieu-chi/du-thao/<int:pk>/dua-vao-dung/", rulebook_drafts.draft_activate, name="rulebook-draft-activate"),
    path("bo-tieu-chi/du-thao/<int:pk>/de-nghi/", rulebook_drafts.draft_offer, name="rulebook-draft-offer"),
    path("bo-tieu-chi/du-thao/<int:pk>/bo/", rulebook_drafts.draft_discard, name="rulebook-draft-discard"),
    path("bo-tieu-chi/du-thao/<int:pk>/so-sanh/", rulebook_files.draft_compare, name="rulebook-draft-compare"),
    path("bo-tieu-chi/du-thao/<int:pk>/tep/", rulebook_files.draft_export, name="rulebook-draft-export"),
    path("bo-tieu-chi/<int:pk>/tham-quyen/", authorities.authority_create, name="authority-create"),
    path("bo-tieu-chi/<int:pk>/tham-quyen/bo/", authorities.authority_take_back, name="authority-take-back"),
    path("bo-tieu-chi/<int:pk>/gop-y/<str:code>/", feedback.feedback_create, name="feedback-create"),
    path("gop-y-tieu-chi/", feedback.feedback_list, name="feedback-list"),
    path("gop-y-tieu-chi/<int:pk>/", feedback.feedback_detail, name="feedback-detail"),
]

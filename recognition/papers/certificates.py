"""Certificates (GCN-01) as PDF, in batches: a free design, typeset by templates/typst/certificate.typ."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import QuerySet

from portal.lib import pdf
from portal.lib.language import in_official_language
from recognition.choices import CheckOutcome, LearningModel, Rank
from recognition.domain.certifying import outcome_of
from recognition.models import Award, Certificate, Decision
from recognition.papers.letterheads import COMMITTEE, head_of

CHECK_PATH = "/kiem-tra/"

# Printed across a paper that is only looked at any more.
MARKS = {CheckOutcome.REVOKED: "ĐÃ THU HỒI", CheckOutcome.REPLACED: "ĐÃ THAY THẾ"}
LOOK = "BẢN XEM"
_RANK_WORDS = {Rank.GOOD: "loại tốt", Rank.FAIR: "loại khá", Rank.AVERAGE: "loại trung bình"}


def _degree(award: Award) -> str:
    """ "loại tốt", "mức độ 2", or nothing for models without ranks."""
    return f"mức độ {award.level}" if award.level else _RANK_WORDS.get(award.rank, "")


@in_official_language
def title_of(award: Award) -> tuple[str, str]:
    """The title as printed and its detail: rank for ranked models, the year otherwise.

    A commune's title names its kind: "Cộng đồng học tập cấp phường loại tốt" (the wording of real certificates).
    """
    if award.model == LearningModel.COMMUNITY_COMMUNE:
        kind = "xã" if award.commune.kind not in ("phường", "thị trấn", "đặc khu") else award.commune.kind
        return f"CỘNG ĐỒNG HỌC TẬP CẤP {kind.upper()}", f"{_degree(award)} năm {award.year}".strip()
    if award.model == LearningModel.COMMUNITY_HAMLET:
        return "CỘNG ĐỒNG HỌC TẬP", f"{_degree(award)} năm {award.year}".strip()
    return str(LearningModel(award.model).label).upper(), f"năm {award.year}"


def subject_of(certificate: Certificate) -> str:
    """ "Gia đình ông (bà) …" for families, the name itself for the others."""
    if certificate.award.model == LearningModel.FAMILY:
        return f"Gia đình ông (bà) {certificate.printed_name}"
    return certificate.printed_name


def check_url(certificate: Certificate) -> str:
    """Address behind the QR code."""
    return f"{settings.PUBLIC_URL}{CHECK_PATH}{certificate.token}/"


def certificate_number(certificate: Certificate) -> str:
    """The number as printed: four digits, then the year of its book."""
    return f"{certificate.number:04d}/{certificate.number_year}"


@in_official_language
def certificates_pdf(decision: Decision, certificates: QuerySet[Certificate], *, to_look_at: bool = False) -> bytes:
    """One document with a page per certificate, in the order of their numbers; what holds no more is marked so.

    `to_look_at`: a copy for the eye, marked too, so that what is handed out has always been printed (and counted).
    """
    head = head_of(decision.place, COMMITTEE, decision.issued_at)
    rows = []
    for certificate in certificates.select_related("award__commune").order_by("number_year", "number"):
        title, detail = title_of(certificate.award)
        rows.append(
            {
                "subject": subject_of(certificate),
                "address": certificate.printed_address,
                "title": title,
                "detail": detail,
                "number": certificate_number(certificate),
                "valid_until": f"{certificate.award.valid_until:%d/%m/%Y}" if certificate.award.valid_until else "",
                "qr": pdf.qr_dots(check_url(certificate)),
                "mark": MARKS.get(outcome_of(certificate), LOOK if to_look_at else ""),
            }
        )
    return pdf.compile(
        "certificate.typ",
        {
            "issuer": list(head.agency),
            "heading": "GIẤY CÔNG NHẬN",
            "given": "",
            "book": "Số vào sổ",
            "authority": decision.authority.upper(),
            "achieves": "đạt danh hiệu",
            "decision": str(decision),
            "decided_on": f"{decision.signed_on:%d/%m/%Y}",
            "check_address": urlsplit(settings.PUBLIC_URL).netloc + CHECK_PATH.rstrip("/"),
            "place_and_date": pdf.place_and_date(head.town, decision.signed_on),
            "signed_for": head.signed_for,
            "layout": head.layout,
            "signer_title": decision.signer_title,
            "signer": decision.signer,
            "code": "GCN-01",
            "watermark": "BẢN TRÌNH DIỄN" if settings.DEMO else "",
            "rows": rows,
        },
    )

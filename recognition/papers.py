"""Papers as PDF: decisions with their list, certificates in batches. Data out, typeset by templates/typst."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import QuerySet

from portal.lib import pdf
from portal.lib.language import in_official_language
from recognition.choices import LearningModel, Rank
from recognition.models import Award, Certificate, Decision
from units.choices import Level

# One document per batch; a thousand pages typeset in about a second and stay handy for an office printer.
CERTIFICATE_BATCH = 1000
CHECK_PATH = "/kiem-tra/"

_RANK_WORDS = {Rank.GOOD: "loại tốt", Rank.FAIR: "loại khá", Rank.AVERAGE: "loại trung bình"}


def issuer_lines(decision: Decision) -> list[str]:
    """The issuing body as the paper's head says it: "ỦY BAN NHÂN DÂN" over the place's name."""
    return ["Ủy ban nhân dân", decision.place.name]


def signer_place(decision: Decision) -> str:
    return pdf.short_place_name(decision.place.name)


@in_official_language
def title_of(award: Award) -> tuple[str, str]:
    """The title as printed and its detail: rank for ranked models, the year otherwise.

    A commune's title names its kind: "Cộng đồng học tập cấp phường loại tốt" (the wording of real certificates).
    """
    if award.model == LearningModel.COMMUNITY_COMMUNE:
        kind = "xã" if award.commune.kind not in ("phường", "thị trấn", "đặc khu") else award.commune.kind
        return f"CỘNG ĐỒNG HỌC TẬP CẤP {kind.upper()}", f"{_RANK_WORDS.get(award.rank, '')} năm {award.year}".strip()
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
    return f"{certificate.number:04d}/{certificate.number_year}"


@in_official_language
def certificates_pdf(decision: Decision, certificates: QuerySet[Certificate]) -> bytes:
    """One document with a page per certificate, in the order of their numbers."""
    rows = []
    for certificate in certificates.select_related("award__commune").order_by("number"):
        title, detail = title_of(certificate.award)
        rows.append(
            {
                "subject": subject_of(certificate),
                "address": certificate.printed_address,
                "title": title,
                "detail": detail,
                "number": certificate_number(certificate),
                "valid_until": f"{certificate.award.valid_until:%d/%m/%Y}" if certificate.award.valid_until else "",
                "qr": pdf.qr_svg(check_url(certificate)),
            }
        )
    return pdf.compile(
        "certificate.typ",
        {
            "issuer": issuer_lines(decision),
            "authority": decision.authority.upper(),
            "achieves": "đạt danh hiệu",
            "decision": str(decision),
            "decided_on": f"{decision.signed_on:%d/%m/%Y}",
            "check_address": urlsplit(settings.PUBLIC_URL).netloc + CHECK_PATH.rstrip("/"),
            "place_and_date": pdf.place_and_date(signer_place(decision), decision.signed_on),
            "signer_title": decision.signer_title,
            "signer": decision.signer,
            "watermark": "BẢN TRÌNH DIỄN" if settings.DEMO else "",
            "rows": rows,
        },
    )


@in_official_language
def decision_pdf(decision: Decision, awards: QuerySet[Award]) -> bytes:
    """The decision and its list as annex, in the layout of NĐ 30/2020, Phụ lục I."""
    rows = list(awards)
    model = LearningModel(decision.model)
    families = decision.model == LearningModel.FAMILY
    noun = "hộ gia đình" if families else "đơn vị"
    title = f"danh hiệu “{model.label}” năm {decision.year}"
    return pdf.compile(
        "decision.typ",
        {
            "superior": "",
            "agency": issuer_lines(decision),
            "number": str(decision),
            "place_and_date": pdf.place_and_date(signer_place(decision), decision.signed_on),
            "title": f"Về việc công nhận {title}",
            "authority": decision.authority,
            "grounds": decision.grounds,
            "articles": _articles(decision, len(rows), noun, title),
            "recipients": ["- Như Điều 3;", "- Lưu: VT."],
            "signer_title": decision.signer_title,
            "signer": decision.signer,
            "list_title": f"{noun.capitalize()} được công nhận {title}",
            "list_reference": f"(Kèm theo Quyết định số {decision} ngày {decision.signed_on:%d/%m/%Y})",
            **(_family_list(rows) if families else _community_list(rows)),
        },
    )


def _articles(decision: Decision, count: int, noun: str, title: str) -> list[dict]:
    association = (
        decision.proposal.place.name
        if decision.proposal and decision.proposal.place.level != Level.HAMLET
        else decision.place.name
    )
    return [
        {"name": "Điều 1", "text": f"Công nhận {count} {noun} (danh sách kèm theo) đạt {title}."},
        {"name": "Điều 2", "text": f"Hội Khuyến học {association} cấp Giấy công nhận theo quy định."},
        {
            "name": "Điều 3",
            "text": f"Văn phòng, Hội Khuyến học {association} và các {noun} có tên trong danh sách chịu trách nhiệm "
            "thi hành Quyết định này. Quyết định có hiệu lực kể từ ngày ký.",
        },
    ]


def _points(half: int | None) -> str:
    return "" if half is None else f"{half / 2:g}".replace(".", ",")


def _family_list(rows: list[Award]) -> dict:
    return {
        "list_columns": ["STT", "Họ và tên chủ hộ", "Địa chỉ", "Khu phố, thôn", "Điểm"],
        "list_widths": ["auto", "3", "3", "1.6", "0.8"],
        "list_numeric": [0, 4],
        "rows": [
            [
                str(index),
                award.registrant.name,
                _address(award),
                award.hamlet.name if award.hamlet else "",
                _points(award.total_half),
            ]
            for index, award in enumerate(rows, start=1)
        ],
    }


def _address(award: Award) -> str:
    household = getattr(award.registrant, "household", None)
    if household is None:
        return ""
    return ", ".join(part for part in (household.address, household.group_name) if part)


def _community_list(rows: list[Award]) -> dict:
    return {
        "list_columns": ["STT", "Phường, xã", "Điểm", "Xếp loại"],
        "list_widths": ["auto", "3", "1", "1"],
        "list_numeric": [0, 2, 3],
        "rows": [
            [
                str(index),
                award.registrant.name,
                _points(award.total_half),
                str(Rank(award.rank).label) if award.rank else "",
            ]
            for index, award in enumerate(rows, start=1)
        ],
    }

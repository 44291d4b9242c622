"""Who may open the URLs of: documents down the tree. A ward sends to its hamlets."""

from django.core.files.base import ContentFile
from django.utils import timezone

from recognition.domain.documents import Draft, Upload, send
from recognition.models import DocumentFile, DocumentReceipt
from tests.url_matrix.cast import Row, only, per_side

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\nstartxref\n9\n%%EOF\n"


@per_side
def document(side):
    today = timezone.localdate()
    draft = Draft("GUIDANCE", "12/HD", today, "Hướng dẫn", today.year, due_on=today, reply_wanted=True)
    files = [Upload("a.pdf", PDF)]
    return send(actor=side.officer, place=side.ward, draft=draft, levels=["hamlet"], files=files)


@per_side
def reply_file(side):
    """A file of the answer of the first hamlet."""
    receipt = _receipt(side)
    row = DocumentFile(document=receipt.document, receipt=receipt, name="b.pdf", format="PDF", size=1, sha256="0")
    row.file.save("b.pdf", ContentFile(PDF))
    return row


def _receipt(side) -> DocumentReceipt:
    return document(side).receipts.get(place=side.hamlet)


def _pk(side):
    return {"pk": document(side).pk}


SENDERS = only("an", "chi", ok=302)

ROWS = [
    Row("recognition:document-list"),
    Row("recognition:document-create", own=403),  # in the name of the centre
    Row("recognition:document-create", lambda side: {"place_pk": side.ward.pk}, own=only("an", "chi") | {"ba": 404}),
    Row("recognition:document-detail", _pk),
    Row("recognition:document-withdraw", _pk, own=only("an", "chi")),
    Row("recognition:document-replace", _pk, own=only("an", "chi")),
    Row("recognition:document-nudge", _pk, method="post", own=SENDERS),
    Row(
        "recognition:document-reply",
        lambda side: {"pk": _receipt(side).pk},
        method="post",
        data={"text": "Đã nhận"},
        own=only("ba", ok=302),
        foreign={"*": 404, "quan": 403},
    ),
    Row("recognition:document-file", lambda side: {"pk": document(side).files.get(receipt=None).pk}),
    Row("recognition:document-file", lambda side: {"pk": reply_file(side).pk}),
]

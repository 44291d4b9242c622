"""Papers as files: PDF to print, DOCX to edit."""

from django.http import HttpRequest, HttpResponse

from portal.lib import docx, paper
from recognition.exports import PDF_TYPE, XLSX_TYPE

DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TYPES = {"docx": DOCX_TYPE, "pdf": PDF_TYPE, "xlsx": XLSX_TYPE, "json": "application/json"}


def pdf_response(content: bytes, name: str) -> HttpResponse:
    """A PDF shown in the browser; never kept by it, for it names people."""
    return _response(content, PDF_TYPE, f'inline; filename="{name}.pdf"')


def docx_response(content: bytes, name: str) -> HttpResponse:
    """A DOCX to save and edit."""
    return attachment(content, name, "docx")


def attachment(content: bytes, name: str, kind: str) -> HttpResponse:
    """A file to save; `kind` is its extension."""
    return _response(content, TYPES[kind], f'attachment; filename="{name}.{kind}"')


def paper_response(request: HttpRequest, *papers: paper.Paper, name: str) -> HttpResponse:
    """The papers in the form asked for: ?tep=docx, anything else is PDF."""
    if request.GET.get("tep") == "docx":
        return docx_response(docx.render(*papers), name)
    return pdf_response(paper.to_pdf(*papers), name)


def _response(content: bytes, kind: str, disposition: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = disposition
    response["Cache-Control"] = "no-store, private"
    return response

"""Papers as files: PDF to print, DOCX to edit."""

from django.http import HttpRequest, HttpResponse

from portal.lib import docx, paper

DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def pdf_response(content: bytes, name: str) -> HttpResponse:
    """A PDF shown in the browser; never kept by it, for it names people."""
    return _response(content, "application/pdf", f'inline; filename="{name}.pdf"')


def docx_response(content: bytes, name: str) -> HttpResponse:
    """A DOCX to save and edit."""
    return _response(content, DOCX_TYPE, f'attachment; filename="{name}.docx"')


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

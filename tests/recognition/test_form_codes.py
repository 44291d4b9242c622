"""Forms on paper carry a QR code each that opens the right page for an officer who signs in."""

import io

import docx
import pypdfium2
import pytest
import zxingcpp
from django.urls import reverse

from tests.factories.recognition import YEAR, make_registrations, make_ward


@pytest.fixture
def ward(db, client, settings):
    settings.PUBLIC_URL = "http://testserver"
    ward = make_ward()
    client.force_login(ward.hamlet_officer)
    return ward


def pages(response) -> list[tuple[str, list[str]]]:
    """(text, addresses of the codes) of each page, codes from top to bottom."""
    document = pypdfium2.PdfDocument(response.content)
    found = []
    for page in document:
        codes = zxingcpp.read_barcodes(page.render(scale=3).to_pil())
        codes = sorted(codes, key=lambda code: code.position.top_left.y)
        found.append((page.get_textpage().get_text_range(), [code.text for code in codes]))
    document.close()
    return found


def test_a_score_sheet_for_every_family_of_a_hamlet(client, ward):
    rows = make_registrations(ward, 2, names=["Lê Văn Bình", "Lê Văn Cường"])
    url = reverse("recognition:registration-papers", args=[ward.hamlet.pk])
    query = {"nam": YEAR, "model": "FAMILY", "mau": "tu-cham", "san": "1"}
    found = [page for page in pages(client.get(url, query)) if page[1]]
    assert [codes for _text, codes in found] == [
        [f"http://testserver{reverse('recognition:assessment-form', args=[row.pk])}"] for row in rows
    ]
    for row, (text, codes) in zip(rows, found, strict=True):
        leaf = row.rulebook.spec.leaves[0]
        assert row.registrant.name in text and "Tô Hiến Thành" in text and leaf.code in text and "Tối đa" in text
        assert client.get(codes[0].removeprefix("http://testserver")).status_code == 200
    word = docx.Document(io.BytesIO(client.get(url, query | {"tep": "docx"}).content))
    assert len(word.inline_shapes) == 2
    client.logout()
    asked = client.get(found[0][1][0].removeprefix("http://testserver"))
    assert asked.status_code == 302 and reverse("account_login") in asked.url


def test_slips_of_the_register_five_a_page(client, ward):
    rows = make_registrations(ward, 6)
    response = client.get(reverse("units:household-slips", args=[ward.hamlet.pk]))
    found = pages(response)
    assert [len(codes) for _text, codes in found] == [5, 1]
    assert found[0][1] == [
        f"http://testserver{reverse('units:household-correct', args=[row.registrant_id])}" for row in rows[:5]
    ]
    assert rows[0].registrant.name in found[0][0] and "1 Tô Hiến Thành" in found[0][0]
    for address in found[1][1]:
        assert client.get(address.removeprefix("http://testserver")).status_code == 200

"""Rows pasted from Excel on screen: spread over the grid, checked cell by cell, saved as an import with undo."""

import threading

import pytest
from django.db import connection
from django.urls import reverse

from portal import jobs
from portal.jobs.models import Job
from tests.clock import this_year
from tests.factories.units import CommuneFactory, HamletFactory, make_household, make_officer
from units.choices import ImportState, Role, RowVerdict
from units.domain import importing
from units.domain.errors import NotAllowed
from units.domain.importing import pasting
from units.models import ImportBatch, Place, Registrant

COPIED = (
    "STT\tHọ tên chủ hộ\tSố nhà\tĐường\tNhân khẩu\tHộ cận nghèo\tKhu phố\tCCCD\r\n"
    "1\tTRẦN THỊ BÌNH\t2\tHòa Hưng\t4\tx\tKP 1\t079\r\n"
    '2\t"Lê Văn ""Tư"""\t3/5\tHòa Hưng\t3\t\tKP 2\t\r\n'
)


@pytest.fixture
def ward(db):
    ward = CommuneFactory(name="Phường Hòa Hưng")
    for number in (1, 2):
        HamletFactory(parent=ward, name=f"Khu phố {number}")
    return ward


def row(name="", address="", hamlet="", members="", phone="", **more) -> list[str]:
    told = {"name": name, "address": address, "hamlet": hamlet, "members": members, "phone": phone} | more
    return [told.get(field, "") for field in pasting.HOUSEHOLDS.fields]


def posted(place, rows, action="luu", **more) -> dict:
    """The page's form with its grid."""
    cells = {f"c-{n}-{k}": text for n, line in enumerate(rows) for k, text in enumerate(line)}
    return {"place": place.pk, "year": this_year(), "dong": len(rows), "viec": action, **cells, **more}


def test_copied_cells_find_their_columns():
    """With headings by meaning, without them in the order of the grid; a stray quote does not swallow lines."""
    found = pasting.read_text(COPIED)
    assert found.rows == [
        row("TRẦN THỊ BÌNH", "2 Hòa Hưng", "KP 1", "4", poverty="Cận nghèo"),
        row('Lê Văn "Tư"', "3/5 Hòa Hưng", "KP 2", "3"),
    ]
    assert (found.by_headings, found.unused) == (True, ["CCCD"])
    plain = pasting.read_text("1\tTrần Thị Bình\t2 Hòa Hưng\t5\n2\tLê Văn Tư\t3 Hòa Hưng\n")
    assert plain.rows == [row("Trần Thị Bình", "2 Hòa Hưng", group="5"), row("Lê Văn Tư", "3 Hòa Hưng")]
    assert pasting.read_text('Tư "Béo\t1\nNăm\t2').rows == [row('Tư "Béo', "1"), row("Năm", "2")]
    wide = pasting.read_text("A\t" * 11 + "thừa")
    assert (wide.rows, wide.unused) == ([["A"] * 11], ["các cột sau cột thứ 11"])
    with pytest.raises(importing.ImportRefused) as refused:
        pasting.read_text("Trần Văn A\t1\n" * 501)
    assert refused.value.message == (
        "Mỗi lần dán nhiều nhất 500 dòng, bạn dán 501 dòng. Hãy dán từng phần hoặc tải tệp Excel lên."
    )
    assert len(pasting.read_text("Trần Văn A\t1\n" * 500).rows) == 500


def test_merged_cells_of_the_copied_table_hold_for_each_of_their_rows():
    """By headings, in the order of the grid, and from a column on; not for what each row has of its own."""
    said = (
        "Trang tính “Dán từ Excel” có ô gộp; nội dung ô gộp được hiểu là của mọi dòng trong ô: Khu phố, thôn, ấp (%s)."
    )
    lines = ["STT\tHọ tên chủ hộ\tKhu phố\tTổ\tĐiện thoại", "1\tTrần An\tKP 1\t5\t0903111222", "2\tLê Bình\t\t\t"]
    text = "\n".join([*lines, "", "3\tVõ Chi\t\t6\t"])
    found = pasting.read_text(text, merged="5;1,2,4;1,3,2;1,4,2;0,0,1")
    assert found.rows == [
        row("Trần An", hamlet="KP 1", phone="0903111222", group="5"),
        row("Lê Bình", hamlet="KP 1", group="5"),
        row("Võ Chi", hamlet="KP 1", group="6"),
    ]
    assert found.notices == [
        said.replace("(%s)", "(2 dòng), Tổ (1 dòng)"),
        "Trang tính “Dán từ Excel” có ô gộp ở cột Điện thoại. Mỗi dòng cần ghi riêng ở đó nên chỉ dòng đầu của ô gộp "
        "được đọc.",
    ]
    # Rows hidden in Excel, or words that are no ranges: what stands in the text, and nothing guessed.
    for odd in ("6;1,2,4", "5;1,2", "5;1,2,4;x", "99999;1,2,4", "5;9,2,4", "5;1,99,4", "5;2,2,3", "x" * 9999):
        found = pasting.read_text(text, merged=odd)
        assert ([line[3] for line in found.rows], found.notices) == (["KP 1", "", ""], [])
    plain = pasting.read_text("1\tTrần An\t2 A\t5\tKP 1\n2\tLê Bình\t3 A\t\t", merged="2;0,4,2;0,3,2")
    assert plain.rows[1] == row("Lê Bình", "3 A", "KP 1", group="5")
    column = pasting.HOUSEHOLDS.fields.index("hamlet")
    right = pasting.read_text("KP 1\t4\n\t3\n\t", merged="3;0,0,3;0,1,2", start=column)
    assert (right.rows, right.notices[0]) == ([["KP 1", "4"], ["KP 1", "3"]], said % "1 dòng")
    assert pasting.read_text("a\tb\tc", start=10).rows == [["a"]]


def test_every_wrong_cell_is_marked_with_its_sentence(an, ward):
    known = make_household(Place.objects.get(name="Khu phố 1"), "Phạm Thị Dung", address="4 Hòa Hưng", members=3)
    other = make_household(Place.objects.get(name="Khu phố 1"), "Võ Văn Giàu", address="4 Hòa Hưng")
    rows = [
        row("Trần Thị Bình", "2 Hòa Hưng", "KP 1", "4"),
        row("", "9 Hòa Hưng", "KP 1", "2"),
        row("Lê Văn 5", "3 Hòa Hưng", "KP 9", "61", phone="12"),
        [""] * 11,
        row("tran thi binh", "2 hoa hung", "KP 1"),
        row("Phạm Thị Dung", "4 Hòa Hưng", "KP 1", "5"),
        row("Võ Văn Giàu", "44 Hòa Hưng", "KP 1", "5"),
        row("Đỗ Văn Em", "5 Hòa Hưng", "KP 2", "3", adults="2", pupils="2"),
        row("", "", "", "3", adults="2"),
    ]
    found = pasting.preview(actor=an, place=ward, year=this_year(), rows=rows)
    assert [(one.number, one.verdict) for one in found] == [
        (2, RowVerdict.ADDED),
        (3, RowVerdict.REFUSED),
        (4, RowVerdict.REFUSED),
        (6, RowVerdict.REFUSED),
        (7, RowVerdict.CHANGED),
        (8, RowVerdict.DUPLICATE),
        (9, RowVerdict.REFUSED),
        (10, RowVerdict.REFUSED),
    ]
    cells = {one.number: one.cells for one in found}
    assert cells[2] == cells[7] == {}
    assert cells[3] == {"name": "Thiếu họ tên chủ hộ."}
    assert cells[4] == {
        "name": "Họ tên “Lê Văn 5” có chữ số. Hãy ghi đúng họ tên chủ hộ.",
        "hamlet": "Phường Hòa Hưng không có “KP 9”. Gần giống nhất: Khu phố 2, Khu phố 1.",
        "members": "Số nhân khẩu là 61, phải từ 0 đến 60.",
        "phone": "Điện thoại ghi “12”, không phải số điện thoại.",
    }
    assert cells[6] == {"name": "Trùng với dòng 2 trong tệp (cùng họ tên chủ hộ, cùng địa chỉ)."}
    assert cells[8] == {"name": "Cùng khu phố đã có hộ trùng tên ở địa chỉ “4 Hòa Hưng”."}
    assert cells[9] == {"members": "Người lớn (2) cộng học sinh (2) nhiều hơn số nhân khẩu (3)."}
    assert cells[10] == {"name": "Thiếu họ tên chủ hộ."}
    assert (ImportBatch.objects.count(), list(Registrant.objects.order_by("pk"))) == (0, [known, other])


def test_all_or_nothing_then_the_good_ones_and_what_is_left_stays(client, an, ward):
    url = reverse("units:import-paste")
    rows = [row("Trần Thị Bình", "2 Hòa Hưng", "KP 1", "4"), row("Lê Văn Tư", "3 Hòa Hưng", "KP 9")]

    refused = client.post(url, posted(ward, rows))
    text = refused.content.decode()
    assert refused.status_code == 422 and "Chưa ghi gì: 1 dòng cần sửa" in text
    assert 'value="Lê Văn Tư"' in text and 'value="Trần Thị Bình"' in text
    assert Registrant.objects.count() == ImportBatch.objects.count() == 0

    partly = client.post(url, posted(ward, rows, "luu-dong-dung"))
    text = partly.content.decode()
    assert partly.status_code == 200 and "Các dòng dưới đây chưa ghi vào sổ." in text
    assert 'name="c-0-0" value="Lê Văn Tư"' in text and "Trần Thị Bình" not in text
    assert [str(one) for one in partly.context["messages"]] == [
        "Đã ghi vào sổ (hộ): thêm mới 1, thay đổi 0, không đổi 0."
    ]
    batch = ImportBatch.objects.get()
    assert (batch.state, batch.counts["added"], batch.counts["refused"]) == (ImportState.DONE, 1, 1)

    rows[1][pasting.HOUSEHOLDS.fields.index("hamlet")] = "KP 2"
    done = client.post(url, posted(ward, rows))  # the whole grid again: what is in the register stays as it is
    second = ImportBatch.objects.latest("pk")
    assert done.url == reverse("units:import-detail", args=[second.pk])
    assert (second.counts["added"], second.counts["unchanged"]) == (1, 1)

    client.post(reverse("units:import-undo", args=[second.pk]))
    jobs.run_now(Job.objects.latest("pk"))
    assert list(Registrant.objects.open().values_list("name", flat=True)) == ["Trần Thị Bình"]


def test_a_household_of_its_own_is_added_only_when_somebody_says_so(client, an, ward):
    make_household(Place.objects.get(name="Khu phố 1"), "Phạm Thị Dung", address="4 Hòa Hưng")
    rows = [row("Phạm Thị Dung", "44 Hòa Hưng", "KP 1")]
    assert client.post(reverse("units:import-paste"), posted(ward, rows, "luu-dong-dung")).status_code == 422
    assert Registrant.objects.count() == 1
    done = client.post(reverse("units:import-paste"), posted(ward, rows, **{"ho-khac": ["2", "x", "99999999"]}))
    assert (done.status_code, Registrant.objects.count()) == (302, 2)


def test_without_a_script_the_box_fills_the_grid(client, an, ward):
    response = client.post(reverse("units:import-paste"), posted(ward, [row("Đỗ Văn Em")], "doc", dan=COPIED))
    text = response.content.decode()
    assert response.status_code == 200 and Registrant.objects.count() == 0
    assert 'name="c-0-0" value="Đỗ Văn Em"' in text and 'name="c-1-0" value="TRẦN THỊ BÌNH"' in text
    assert "Không dùng các cột: CCCD." in text
    # Too much at once: nothing lost, the box keeps it.
    much = client.post(reverse("units:import-paste"), posted(ward, [], "luu", dan="Trần Văn A\t1\n" * 501))
    assert much.status_code == 422 and "bạn dán 501 dòng" in much.content.decode()
    assert much.context["box"].count("Trần Văn A") == 501


def test_a_grid_of_too_many_rows_keeps_what_was_typed_and_emptied_rows_do_not_count(client, an, ward):
    url, width = reverse("units:import-paste"), len(pasting.HOUSEHOLDS.fields)
    rows = [row(f"Trần Văn {chr(65 + n % 26)}", f"{n} Hòa Hưng", "KP 1") for n in range(501)]
    text = "Mỗi lần dán nhiều nhất 500 dòng, bạn dán 501 dòng. Hãy dán từng phần hoặc tải tệp Excel lên."
    many = posted(ward, [*rows, *[[""] * width] * 20])

    assert client.post(reverse("units:import-paste-check"), many).json() == {"error": text}
    refused = client.post(url, many)
    kept = [[cell["text"] for cell in line.cells] for line in refused.context["lines"]]
    assert (refused.status_code, kept[:501]) == (422, rows) and text in refused.content.decode()
    fuller = client.post(url, posted(ward, rows[:2], "doc", dan="Lê Văn Tư\t1\n" * 499))
    assert (fuller.status_code, fuller.context["box"].count("Lê Văn Tư")) == (422, 499)
    assert fuller.context["lines"][1].cells[0]["text"] == "Trần Văn B"
    assert Registrant.objects.count() == 0

    saved = client.post(url, posted(ward, [rows[0], *[[""] * width] * 600, rows[1]]))
    assert saved.status_code == 302
    assert list(Registrant.objects.order_by("name").values_list("name", flat=True)) == ["Trần Văn A", "Trần Văn B"]

    # More than a page can draw comes back as text, to be pasted in parts; emptied rows are no reason.
    endless = client.post(url, posted(ward, [row(f"Lê {n}\t“A”", "1 Hòa Hưng", "KP 1") for n in range(2011)]))
    assert endless.status_code == 422 and "bạn dán 2011 dòng" in endless.content.decode()
    lines = endless.context["box"].splitlines()
    assert len(lines) == 2011
    assert [one[:2] for one in pasting.read_text("\n".join(lines[:2]), pasting.HOUSEHOLDS).rows] == [
        ["Lê 0 “A”", "1 Hòa Hưng"],
        ["Lê 1 “A”", "1 Hòa Hưng"],
    ]
    far = client.post(url, posted(ward, rows[2:3], dong=90000))
    assert far.status_code == 302 and Registrant.objects.count() == 3


def test_the_script_is_answered_in_sentences(client, an, ward):
    url = reverse("units:import-paste-check")
    assert client.post(url, {"dan": COPIED}).json()["pasted"][0][0] == "TRẦN THỊ BÌNH"
    found = client.post(url, posted(ward, [row("Lê Văn Tư", "3 Hòa Hưng", "KP 9"), row("Đỗ Em", "1", "KP 1")])).json()
    assert (found["left"], found["summary"]) == (1, "1 dòng ghi được; 1 dòng cần sửa")
    assert [(one["number"], one["label"], one["tone"]) for one in found["rows"]] == [
        (2, "Từ chối", "danger"),
        (3, "Thêm mới", "success"),
    ]
    assert "KP 9" in found["rows"][0]["cells"]["hamlet"]
    assert client.post(url, posted(ward, [])).json() == {"left": 0, "summary": "0 dòng ghi được", "rows": []}
    make_household(Place.objects.get(name="Khu phố 1"), "Phạm Thị Dung", address="4 Hòa Hưng", members=3)
    changed = client.post(
        url, posted(ward, [row("Phạm Thị Dung", "4 Hòa Hưng", "KP 1", "5", phone="0903111222")])
    ).json()
    assert [(one["label"], one["reasons"]) for one in changed["rows"]] == [
        ("Thay đổi", ["Số nhân khẩu: 3 → 5.", "Điện thoại: – → 0903111222."])
    ]
    other = CommuneFactory()
    foreign = client.post(url, posted(other, [row("Đỗ Em", "1", "KP 1")]))
    assert foreign.status_code == 422 and foreign.json()["error"]
    merged = {"dan": "KP 1\t4\n\t3", "gop": "2;0,0,2", "tu": "3"}
    spread = client.post(url, merged).json()
    assert (spread["pasted"], spread["unused"]) == ([["KP 1", "4"], ["KP 1", "3"]], [])
    assert "Khu phố, thôn, ấp (1 dòng)" in spread["notices"][0]
    assert client.post(url, merged | {"tu": "99", "gop": "1"}).json()["pasted"] == [[], []]
    for odd in ({"dong": "999999999"}, {"dong": "x", "place": "y"}, {"dong": "700"}, {"dan": "x\t" * 100_000}):
        assert client.post(url, odd).status_code in (200, 422)
    with pytest.raises(NotAllowed):
        pasting.preview(actor=an, place=other, year=this_year(), rows=[row("Đỗ Em")])
    long = client.post(url, posted(ward, [row("A" * 5000, "=1+1", "KP 1")])).json()["rows"][0]
    assert long["cells"]["name"] == "Họ tên dài quá 200 ký tự."


@pytest.mark.django_db(transaction=True)
def test_two_officers_paste_the_same_rows_at_once():
    ward = CommuneFactory(name="Phường Hòa Hưng")
    HamletFactory(parent=ward, name="Khu phố 1")
    people = [make_officer(Role.WARD_OFFICER, ward) for _ in range(2)]
    rows = [row(f"Trần Văn {chr(65 + n)}", f"{n} Hòa Hưng", "KP 1") for n in range(20)]
    gate, results = threading.Barrier(2), []

    def paste(actor):
        try:
            gate.wait()
            results.append(pasting.save(actor=actor, place=ward, year=this_year(), register=False, rows=rows))
        finally:
            connection.close()

    threads = [threading.Thread(target=paste, args=[one]) for one in people]
    [one.start() for one in threads]
    [one.join() for one in threads]

    assert sorted(one.batch.counts["added"] for one in results) == [0, 20]
    assert Registrant.objects.count() == 20


def test_more_text_than_a_form_may_have_is_told_in_a_sentence_of_its_own(client, settings, ward):
    client.force_login(make_officer(Role.WARD_OFFICER, ward))
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
    for name in ("units:import-paste", "units:import-paste-check"):
        answer = client.post(reverse(name), {"dan": "Nguyễn Văn An\n" * 70_000})
        text = answer.content.decode()
        assert answer.status_code == 413 and "Mỗi lần chỉ gửi được nhiều nhất 1 MB chữ. Chưa có gì được lưu." in text
        assert "lưu thành tệp Excel rồi tải tệp lên" in text
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 50
    page, check = reverse("units:import-paste"), reverse("units:import-paste-check")
    sent = {f"c-{number}-0": "" for number in range(60)}
    many = client.post(check, sent, headers={"Referer": f"http://testserver{page}"})
    text = many.content.decode()
    assert many.status_code == 413 and "Mỗi lần chỉ gửi được nhiều nhất 50 ô. Chưa có gì được lưu." in text
    # Back to the page of the form: the address it sends to is no page.
    assert f'href="{page}">Quay lại trang vừa rồi' in text and client.get(check).status_code == 405

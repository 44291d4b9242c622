"""One-time links: handed out for a hamlet, used once without an account, counted only when an officer confirms."""

import datetime
from decimal import Decimal

import pgtrigger
import pypdfium2
import pytest
import zxingcpp
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from portal.lib.moments import moment
from recognition.choices import EntryState, LearningModel, Stage, State, WorkKind
from recognition.domain import entry_links as verbs
from recognition.domain import integrity
from recognition.domain.assessing import Entry, record_scores
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.registering import register_many
from recognition.domain.worklist import work_of
from recognition.models import Assessment, EntryLink, Evidence, Registration
from recognition.papers.entry_slips import entry_url, slips_pdf
from recognition.scoring import from_half_points
from recognition.views.entries import initials
from recognition.views.work_lines import title_of
from tests.clock import within_a_minute
from tests.factories.recognition import YEAR, full_scores, make_registrations, make_ward
from tests.factories.units import HamletFactory, make_citizen, make_household
from tests.recognition.test_evidence import picture
from tests.recognition.test_races import together
from units.choices import CloseReason
from units.models import Registrant

TODAY = datetime.date(2025, 11, 20)


@pytest.fixture(autouse=True)
def november(monkeypatch):
    """The day the slips are handed out; also nobody was counted yet."""
    monkeypatch.setattr(verbs.timezone, "localdate", lambda *_: TODAY)
    cache.clear()


@pytest.fixture
def ward(db):
    return make_ward()


def hand_out(ward, **more) -> list[verbs.MadeLink]:
    options = {"expires_on": TODAY + datetime.timedelta(days=14), "model": LearningModel.FAMILY} | more
    return verbs.make_links(actor=ward.officer, place=ward.hamlet, year=YEAR, **options)


def enter(made, scores=None):
    return verbs.enter(
        token=made.token,
        rulebook_id=made.registration.rulebook_id,
        scores=full_scores(made.registration) if scores is None else scores,
    )


def sheet(row, **changed) -> dict:
    """The posted form of a sheet."""
    values = full_scores(row) | changed
    points = {f"s-{n}": str(values[code]) for n, code in enumerate(row.rulebook.spec.leaf_codes)}
    return points | {"rulebook": row.rulebook_id}


def link_of(made) -> EntryLink:
    return EntryLink.objects.get(token_hash=verbs.token_hash(made.token))


def test_links_for_a_hamlet_are_made_once_and_renewed_on_request(ward):
    rows = make_registrations(ward, 3)
    record_scores(actor=ward.officer, stage=Stage.SELF, entries=[Entry(rows[0].pk, rows[0].state, total=90)])
    first = hand_out(ward)
    assert [one.registration.pk for one in first] == [row.pk for row in rows]  # a score may still be corrected
    assert all(len(one.token) == 22 for one in first) and len({one.token for one in first}) == 3
    kept = EntryLink.objects.values_list("token_hash", flat=True)
    assert not {one.token for one in first} & set(kept)
    with pytest.raises(RecognitionError) as refused:
        hand_out(ward)
    assert refused.value.message == (
        "Mọi hồ sơ còn tự chấm được đều đã có liên kết còn hạn. Muốn in lại, hãy chọn “Làm lại liên kết chưa dùng”."
    )
    enter(first[0])
    second = hand_out(ward, renew=True)  # the sheet that waits is nobody's to throw away
    assert [one.registration.pk for one in second] == [rows[1].pk, rows[2].pk]
    assert [link_of(one).state for one in first] == [EntryState.SENT, EntryState.REVOKED, EntryState.REVOKED]
    assert enter(first[1]).standing == EntryState.REVOKED
    for days in (-1, 61):
        with pytest.raises(RecognitionError) as refused:
            hand_out(ward, renew=True, expires_on=TODAY + datetime.timedelta(days=days))
        assert refused.value.message == "Hạn dùng phải từ hôm nay đến 19/01/2026 (nhiều nhất 60 ngày)."
    with pytest.raises(NotPermitted):
        verbs.make_links(actor=ward.decider, place=ward.hamlet, year=YEAR, model=LearningModel.FAMILY, expires_on=TODAY)
    with pytest.raises(RecognitionError) as refused:
        verbs.make_links(
            actor=ward.officer,
            place=HamletFactory(parent=ward.place, name="Khu phố 99"),
            year=YEAR,
            model=LearningModel.FAMILY,
            expires_on=TODAY,
        )
    assert refused.value.message == "Chưa có hồ sơ nào còn tự chấm được để làm liên kết."


def test_the_way_from_the_slip_to_the_dossier(ward):
    row = make_registrations(ward, 1)[0]
    made = hand_out(ward)[0]
    spec, anybody, url = row.rulebook.spec, Client(), reverse("recognition:entry", args=[made.token])
    page = anybody.get(url)
    text = page.content.decode()
    assert (
        page.status_code == 200
        and f"{initials(row.registrant.name)}, " in text
        and "no-store" in page.headers["Cache-Control"]
    )
    assert row.registrant.name not in text and initials("Nguyễn Thị  Hồng") == "N. T. Hồng" and initials("Ba") == "Ba"
    assert row.registrant.household.phone == "" or row.registrant.household.phone not in text

    wrong = anybody.post(url, sheet(row, **{spec.leaf_codes[0]: "999"}))
    assert wrong.status_code == 422 and "Còn gửi lại được 9 lần." in wrong.content.decode()
    assert 'value="999"' in wrong.content.decode()
    assert (link_of(made).state, link_of(made).attempts) == (EntryState.OPEN, 1)

    sent = anybody.post(url, sheet(row) | {"shown": "x", "m-0": "chữ thừa"})
    assert sent.status_code == 302 and sent.url == url
    link = link_of(made)
    assert (link.state, link.total_half) == (EntryState.SENT, int(spec.maximum * 2))
    end = anybody.get(url)
    assert end.status_code == 200 and f"Phiếu đã gửi lúc {moment(link.sent_at)}" in end.content.decode()
    assert anybody.post(url, sheet(row)).status_code == 200  # sent twice: the page that says so
    for officer in (ward.officer, ward.hamlet_officer):
        (line,) = [one for one in work_of(officer.active_postings(), YEAR) if one.kind == WorkKind.ENTRIES]
        assert (line.count, line.model, title_of(line)) == (
            1,
            LearningModel.FAMILY,
            "Gia đình học tập: phiếu người dân gửi, chờ xác nhận",
        )
    row.refresh_from_db()
    assert (row.state, row.self_half) == (State.REGISTERED, None)  # nothing counts before an officer says so

    client = Client()
    client.force_login(ward.officer)
    listed = client.get(reverse("recognition:entry-links", args=[ward.hamlet.pk]), {"nam": YEAR})
    assert row.registrant.name in listed.content.decode() and "Nhận phiếu đã chọn" in listed.content.decode()
    bulk = reverse("recognition:entry-links-bulk", args=[ward.hamlet.pk]) + f"?nam={YEAR}"
    stale = client.post(bulk, {"viec": "nhan", "rows": [link.pk], f"shown-{link.pk}": f"{State.REGISTERED}@1"})
    assert stale.status_code == 409 and link_of(made).state == EntryState.SENT
    client.post(bulk, {"viec": "nhan", "rows": [link.pk, "x"], f"shown-{link.pk}": row.shown_as})
    row.refresh_from_db()
    link.refresh_from_db()
    assert (row.state, row.self_half, row.state_by) == (State.SELF_ASSESSED, link.total_half, ward.officer)
    assert (link.state, link.decided_by) == (EntryState.ACCEPTED, ward.officer)
    after = anybody.get(url)
    assert after.status_code == 410 and "Cán bộ đã xác nhận phiếu lúc" in after.content.decode()


def test_an_officer_changes_or_refuses_with_a_reason(ward):
    rows = make_registrations(ward, 2)
    one, other = hand_out(ward)
    enter(one), enter(other)
    spec, code = rows[0].rulebook.spec, rows[0].rulebook.spec.leaf_codes[0]
    client = Client()
    client.force_login(ward.hamlet_officer)
    url = reverse("recognition:entry-link-detail", args=[link_of(one).pk])
    rows[0].refresh_from_db()
    data = sheet(rows[0], **{code: "0"}) | {"viec": "nhan", "shown": rows[0].shown_as}
    asked = client.post(url, data)
    assert asked.status_code == 422 and "Hãy ghi lý do sửa điểm" in asked.content.decode()
    assert link_of(one).state == EntryState.SENT
    assert client.post(url, data | {"reason": "Đã gặp chủ hộ"}).status_code == 302
    link = link_of(one)
    assert (link.state, link.reason) == (EntryState.CHANGED, "Đã gặp chủ hộ")
    kept = Assessment.objects.get(registration=rows[0], stage=Stage.SELF)
    assert from_half_points(spec, kept.scores)[0][code] == 0
    assert from_half_points(spec, link.scores)[0][code] == Decimal(str(full_scores(rows[0])[code]))  # as it came
    again = client.post(url, data | {"reason": "Lần nữa"})
    assert again.status_code == 422 and "đang ở tình trạng “Đã nhận, có sửa”" in again.content.decode()

    url = reverse("recognition:entry-link-detail", args=[link_of(other).pk])
    assert client.post(url, {"viec": "tu-choi"}).status_code == 422
    assert client.post(url, {"viec": "tu-choi", "reason": "Không phải hộ này gửi"}).status_code == 302
    rows[1].refresh_from_db()
    assert (link_of(other).state, rows[1].state) == (EntryState.REFUSED, State.REGISTERED)
    assert "Cán bộ chưa nhận phiếu này." in Client().get(entry_url(other.token)).content.decode()
    fresh = hand_out(ward)
    assert [made.registration.pk for made in fresh] == [rows[0].pk, rows[1].pk]
    with pytest.raises(NotPermitted):
        verbs.accept(actor=ward.decider, shown={link_of(fresh[0]).pk: rows[0].shown_as})


def test_every_end_of_a_link_is_a_page(ward, monkeypatch):
    make_registrations(ward, 2)
    made, other = hand_out(ward, expires_on=TODAY)

    def ends(token=made.token):
        return Client().get(reverse("recognition:entry", args=[token]))

    assert ends().status_code == 200  # its last day
    monkeypatch.setattr(verbs.timezone, "localdate", lambda *_: TODAY + datetime.timedelta(days=1))
    over = ends()
    assert over.status_code == 410 and "dùng đến hết ngày 20/11/2025" in over.content.decode()
    assert enter(made).standing == "EXPIRED" and link_of(made).state == EntryState.OPEN
    monkeypatch.setattr(verbs.timezone, "localdate", lambda *_: TODAY)

    assert verbs.revoke(actor=ward.officer, links=[link_of(other).pk]) == 1
    assert ends(other.token).status_code == 410 and enter(other).standing == EntryState.REVOKED
    for token in ("x", "a" * 22, "a" * 500, "%00", made.token[:-1]):
        assert Client().get(f"/tu-cham/{token}/").status_code in (400, 404)

    gone = made.registration.registrant
    keeper = Client()
    keeper.force_login(ward.officer)
    asked = keeper.get(reverse("units:household-close", args=[gone.pk])).content.decode()
    assert f"Gia đình học tập, năm {YEAR}. Đưa ra khỏi sổ không rút hồ sơ này" in asked
    Registrant.objects.filter(pk=gone.pk).update(closed_on=TODAY, close_reason=CloseReason.MOVED_AWAY)
    with pytest.raises(RecognitionError):  # nor is another one made for it
        hand_out(ward, renew=True, only=made.registration.pk)
    left = ends()
    assert left.status_code == 410 and "đã ra khỏi sổ của địa bàn" in left.content.decode()
    assert enter(made).standing == "LEFT" and link_of(made).state == EntryState.OPEN
    Registrant.objects.filter(pk=gone.pk).update(closed_on=None, close_reason="")
    assert ends().status_code == 200  # it was a mistake

    client, url = Client(), reverse("recognition:entry", args=[made.token])
    version = {"rulebook": made.registration.rulebook_id}
    for _n in range(verbs.MOST_ATTEMPTS - 1):
        assert client.post(url, version).status_code == 422
    locked = client.post(url, version | {"s-0": "abc"})
    assert locked.status_code == 410 and "gửi sai quá nhiều lần" in locked.content.decode()
    assert enter(made).standing == EntryState.LOCKED
    fresh = hand_out(ward)
    record_scores(
        actor=ward.officer,
        stage=Stage.SELF,
        entries=[Entry(made.registration.pk, State.REGISTERED, scores=full_scores(made.registration))],
    )
    record_scores(
        actor=ward.officer,
        stage=Stage.REVIEW,
        entries=[Entry(made.registration.pk, State.SELF_ASSESSED, scores=full_scores(made.registration))],
    )
    moved_on = next(one for one in fresh if one.registration.pk == made.registration.pk)
    assert enter(moved_on).standing == "CLOSED"
    assert "đã được bình xét hoặc đã rút" in ends(moved_on.token).content.decode()

    def asked(number):
        client, nowhere = Client(REMOTE_ADDR=f"10.9.8.{number}"), "/tu-cham/khong-co-lien-ket-nay/"
        found = [client.get(nowhere).status_code for _ in range(41)]
        # a sheet that was filled in is not lost with them
        return found, client.post(url, version).status_code, client.post(nowhere).status_code

    assert within_a_minute(asked) == ([404] * 40 + [429], 410, 429)


def test_slips_carry_name_and_link_and_nothing_more(ward):
    rows = make_registrations(ward, 9)
    made = hand_out(ward)
    document = pypdfium2.PdfDocument(slips_pdf(made, place_name=ward.hamlet.name))
    assert len(document) == 2  # eight a page
    text = document[0].get_textpage().get_text_range()
    assert rows[0].registrant.name in text and "Gửi đến hết ngày 04/12/2025" in text
    picture = document[0].render(scale=3).to_pil()
    found = {code.text for code in zxingcpp.read_barcodes(picture)}
    assert found == {entry_url(one.token) for one in made[:8]}


@pytest.mark.django_db(transaction=True)
def test_races(monkeypatch):
    """Sent twice at once, confirmed twice at once, made twice at once: exactly one wins each time."""
    ward = make_ward()
    make_registrations(ward, 4)
    twice = together(lambda: hand_out(ward), lambda: hand_out(ward))
    made = next(one for one in twice if isinstance(one, list))
    assert [type(one) for one in twice].count(RecognitionError) == 1 and EntryLink.objects.count() == 4

    spec = made[0].registration.rulebook.spec
    half = {code: Decimal(0) for code in spec.leaf_codes}
    for one in made:
        sent = together(lambda one=one: enter(one), lambda one=one: enter(one, half), lambda one=one: enter(one))
        assert sorted((answer.kept, answer.standing) for answer in sent) == [
            (False, EntryState.SENT),
            (False, EntryState.SENT),
            (True, ""),
        ]
    shown = {link_of(one).pk: one.registration.shown_as for one in made}
    outcomes = together(
        lambda: verbs.accept(actor=ward.officer, shown=shown),
        lambda: verbs.accept(actor=ward.hamlet_officer, shown=shown),
    )
    assert sorted(len(one.done) for one in outcomes) == [0, 4]
    loser = min(outcomes, key=lambda one: len(one.done))
    assert all("đang ở tình trạng “Đã nhận”" in text for _pk, text in loser.skipped)
    assert Assessment.objects.filter(stage=Stage.SELF).count() == 4


def test_links_that_contradict_themselves_or_their_dossier_are_found(ward):
    """One healthy link of each kind, then each broken by hand as no verb would: exactly that fault is told."""
    rows = make_registrations(ward, 6)
    made = {row.pk: one for row, one in zip(rows, hand_out(ward), strict=True)}
    unused, waiting, accepted, refused, revoked, locked = (link_of(made[row.pk]) for row in rows)
    for row in rows[1:4]:
        assert enter(made[row.pk]).kept
    verbs.accept(actor=ward.officer, shown={accepted.pk: Registration.objects.get(pk=rows[2].pk).shown_as})
    verbs.refuse(actor=ward.officer, link=refused, reason="Chấm nhầm phiếu")
    verbs.revoke(actor=ward.officer, links=[revoked.pk])
    for _turn in range(verbs.MOST_ATTEMPTS):
        enter(made[rows[5].pk], scores={})
    EntryLink.objects.update(expires_on=verbs.timezone.now().date() + datetime.timedelta(days=3))  # the clock is held
    states = [EntryLink.objects.get(pk=link.pk).state for link in (unused, waiting, accepted, refused, revoked, locked)]
    assert states == ["OPEN", "SENT", "ACCEPTED", "REFUSED", "REVOKED", "LOCKED"]
    check = integrity.CHECKS["entries"]
    assert check() == []

    table, day = "UPDATE recognition_entrylink SET", datetime.timedelta(days=1)
    breaks = [
        (unused, f"{table} sent_at = created_at", "chưa gửi mà đã có điểm hoặc lúc gửi."),
        (waiting, f"{table} scores = '{{}}'", "đã gửi mà không có điểm."),
        (waiting, f"{table} decided_by_name = 'Ai'", "chưa ai xác nhận mà đã ghi người hoặc lúc xác nhận."),
        (accepted, f"{table} decided_at = NULL", "không ghi ai xác nhận, lúc nào."),
        (refused, f"{table} decided_by_name = ''", "không ghi ai xác nhận, lúc nào."),
        (refused, f"{table} decided_at = sent_at - interval '1 minute'", "các mốc thời gian ngược nhau."),
        (waiting, f"{table} sent_at = created_at - interval '1 minute'", "các mốc thời gian ngược nhau."),
        (waiting, f"{table} expires_on = '{verbs.timezone.now().date() - day}'", "được gửi sau ngày hết hạn."),
        (locked, f"{table} attempts = 9", "số lần gửi sai không khớp việc khóa."),
        (unused, f"{table} attempts = 10", "số lần gửi sai không khớp việc khóa."),
    ]
    for link, sql, wrong in breaks:
        found = broken(f"{sql} WHERE id = {link.pk}", check)
        assert found[0].startswith(f"Liên kết tự chấm {link.pk} (") and found[0].endswith(f" {wrong}"), (sql, found)
        assert len(found) == 1, found
    label = EntryState.ACCEPTED.label
    assert broken(f"DELETE FROM recognition_assessment WHERE registration_id = {rows[2].pk}", check) == [
        f"Liên kết tự chấm {accepted.pk} ({label}) của hồ sơ {rows[2].pk} đã nhận mà hồ sơ không có điểm tự chấm."
    ]
    ended = "UPDATE recognition_registration SET state = 'WITHDRAWN', state_at = state_at - interval '1 day'"
    assert broken(f"{ended} WHERE id = {rows[0].pk}", check) == [
        f"Liên kết tự chấm {unused.pk} (Chưa dùng) của hồ sơ {rows[0].pk} được làm hoặc gửi sau khi hồ sơ đã kết thúc."
    ]
    assert broken(f"{table} scores = scores[2:] WHERE id = {waiting.pk}", check) == [
        f"Phiếu chờ xác nhận {waiting.pk} có {len(waiting_leaves(rows[1])) - 1} mục điểm,"
        f" bộ tiêu chí {rows[1].rulebook.code} có {len(waiting_leaves(rows[1]))} mục."
    ]


def waiting_leaves(row) -> tuple:
    return row.rulebook.spec.leaf_codes


def broken(sql: str, check) -> list[str]:
    """What a check says after somebody changed the database by hand; then it is as before."""
    with transaction.atomic():
        with connection.cursor() as cursor, pgtrigger.ignore():
            cursor.execute(sql)
            assert cursor.rowcount > 0, "the test broke nothing"
        found = [fault.message for fault in check()]
        transaction.set_rollback(True)
    return found


PHOTO, OTHER = picture((40, 30)), picture((50, 30), "PNG")


def photo(data=PHOTO, name="san-nha.jpg"):
    return SimpleUploadedFile(name, data, content_type="image/jpeg")


def test_photos_that_cannot_be_taken_are_bounded_by_link_and_address_and_points_still_go(ward, settings):
    rows = make_registrations(ward, 3)
    links = [made.token for made in hand_out(ward)]
    settings.PHOTO_TRIES, settings.PHOTO_TRIES_OF_ADDRESS = 2, 3

    def send(n, file, address="203.0.113.5"):
        url = reverse("recognition:entry", args=[links[n]])
        data = sheet(rows[n]) | ({"f-0": file} if file else {})
        return Client(REMOTE_ADDR=address).post(url, data)

    def bad():
        return photo(b"<script>", "anh.jpg")

    assert [send(0, bad()).status_code for _try in range(3)] == [422, 422, 429]
    over = send(0, photo())  # a good one is not looked at any more either
    assert over.status_code == 429 and EntryLink.objects.get(registration=rows[0]).state == "OPEN"
    text = over.content.decode()
    assert "trong một giờ tới phiếu này chỉ nhận điểm, không nhận ảnh" in text
    assert f'value="{sheet(rows[0])["s-0"]}"' in text  # what was typed is not lost
    assert send(1, bad()).status_code == 422  # another link of the same address, which has one try left
    assert send(1, bad()).status_code == 429 and send(1, bad(), "203.0.113.6").status_code == 422
    assert EntryLink.objects.filter(attempts__gt=0).count() == 0
    assert [send(n, None).status_code for n in (0, 1)] == [302, 302]  # without photos the sheets go


def test_photos_come_with_the_sheet_and_count_when_it_is_taken(ward, settings):
    rows = make_registrations(ward, 2)
    one, other = hand_out(ward)
    spec, anybody = rows[0].rulebook.spec, Client()
    url = reverse("recognition:entry", args=[one.token])
    assert 'name="f-0"' in anybody.get(url).content.decode()
    settings.EVIDENCE_MAX_BYTES = 100_000
    for wrong, sentence in (
        (photo(b"<script>alert(1)</script>", "anh.jpg"), "đổi đuôi tên tệp không làm đổi loại tệp."),
        (photo(b"%PDF-1.4\nstartxref\n%%EOF", "a.pdf"), "Ở đây chỉ nhận ảnh JPEG, PNG hoặc WebP."),
        (photo(PHOTO + b"x" * 200_000), "vượt giới hạn 0,1 MB"),
        (photo(b""), "rỗng"),
    ):
        answer = anybody.post(url, sheet(rows[0]) | {"f-1": wrong})
        text = answer.content.decode()
        assert answer.status_code == 422 and sentence in text and "hãy chọn lại ảnh" in text, sentence
    assert (link_of(one).state, link_of(one).attempts) == (EntryState.OPEN, 0) and not Evidence.objects.exists()
    many = {f"f-{n}": photo(picture((20 + n, 20))) for n in range(7)}
    assert "nhiều nhất 6 ảnh" in anybody.post(url, sheet(rows[0]) | many).content.decode()
    assert anybody.post(url, sheet(rows[0]) | {"f-0": photo(), "f-1": photo(OTHER, "b.png")}).status_code == 302
    sent = list(Evidence.objects.order_by("criterion"))
    assert [(two.kind, two.criterion, two.by) for two in sent] == [
        ("SENT", code, None) for code in sorted(spec.leaf_codes[:2])
    ]
    assert anybody.post(url, sheet(rows[0]) | {"f-0": photo(OTHER)}).status_code == 200  # the other tab
    assert Evidence.objects.count() == 2 and not Evidence.objects.standing().exists()
    assert anybody.get(reverse("recognition:evidence-file", args=[sent[0].pk])).status_code == 302

    client = Client()
    client.force_login(ward.hamlet_officer)
    detail = reverse("recognition:entry-link-detail", args=[link_of(one).pk])
    text = client.get(detail).content.decode()
    assert reverse("recognition:evidence-file", args=[sent[0].pk]) in text and "Nhận phiếu thì nhận luôn ảnh" in text
    assert client.get(reverse("recognition:evidence-file", args=[sent[0].pk])).status_code == 200
    client.post(reverse("recognition:evidence-take-back", args=[sent[1].pk]), {"reason": "Ảnh hộ khác"})
    rows[0].refresh_from_db()
    verbs.accept(actor=ward.hamlet_officer, shown={link_of(one).pk: rows[0].shown_as})
    assert [two.pk for two in Evidence.objects.standing()] == [sent[0].pk]
    kept = Evidence.objects.get(pk=sent[0].pk)
    assert (kept.kind, kept.by) == ("FILE", ward.hamlet_officer) and "Người dân gửi qua liên kết" in kept.by_name

    anybody.post(reverse("recognition:entry", args=[other.token]), sheet(rows[1]) | {"f-0": photo()})
    verbs.refuse(actor=ward.officer, link=link_of(other), reason="Không phải hộ này gửi")
    dropped = Evidence.objects.get(registration=rows[1])
    assert (dropped.kind, dropped.taken_back_reason) == ("SENT", "Không phải hộ này gửi")
    length = {"CONTENT_LENGTH": str(50 * 1024 * 1024), "CONTENT_TYPE": "multipart/form-data; boundary=x"}
    huge = Client().generic("POST", url, b"", **length)
    assert huge.status_code == 413 and "Lần gửi này lớn 50 MB" in huge.content.decode()


def test_one_slip_is_printed_again_with_a_new_code(ward):
    rows = make_registrations(ward, 2)
    one, other = hand_out(ward)
    client = Client()
    client.force_login(ward.hamlet_officer)
    detail = reverse("recognition:entry-link-detail", args=[link_of(one).pk])
    assert "mã trên phiếu cũ hết hiệu lực" in client.get(detail).content.decode()
    answer = client.post(detail, {"viec": "in-lai"})
    page = pypdfium2.PdfDocument(answer.content)[0]
    (code,) = zxingcpp.read_barcodes(page.render(scale=3).to_pil())
    assert rows[0].registrant.name in page.get_textpage().get_text_range()
    assert code.text != entry_url(one.token) and Client().get(code.text).status_code == 200
    assert Client().get(entry_url(one.token)).status_code == 410 and link_of(other).state == EntryState.OPEN
    enter(verbs.MadeLink(rows[0], code.text.rstrip("/").rpartition("/")[2], TODAY))
    again = client.post(
        reverse("recognition:entry-link-detail", args=[EntryLink.objects.get(state="SENT").pk]),
        {"viec": "in-lai"},
        follow=True,
    )
    assert "Mọi hồ sơ còn tự chấm được đều đã có liên kết còn hạn." in again.content.decode()


def test_a_citizen_scores_by_link(ward):
    citizen = make_citizen(make_household(ward.hamlet, "Lê Hai"), "Lê Thị Hai")
    register_many(actor=ward.officer, registrant_ids=[citizen.pk], model=LearningModel.CITIZEN, year=YEAR)
    row = Registration.objects.get(registrant=citizen)
    (made,) = hand_out(ward, model=LearningModel.CITIZEN)
    anybody, url = Client(), reverse("recognition:entry", args=[made.token])
    page = anybody.get(url).content.decode()
    assert "Công dân học tập" in page and "L. T. Hai, " in page and "Lê Thị Hai" not in page
    for points, passed in (("8", True), ("4", False)):
        typed = {f"s-{n}": points for n in range(10)} | {"rulebook": row.rulebook_id}
        sent = anybody.post(reverse("recognition:entry", args=[made.token]), typed)
        assert sent.status_code == 302
        row.refresh_from_db()
        verbs.accept(actor=ward.officer, shown={link_of(made).pk: row.shown_as})
        kept = row.assessments.get(stage=Stage.SELF)
        assert (kept.total_half, kept.passed) == (int(points) * 20, passed)
        (made,) = hand_out(ward, model=LearningModel.CITIZEN)

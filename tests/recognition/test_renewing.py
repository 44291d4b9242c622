"""Undecided dossiers moved to a newer version of their rules: exactly which answers stay, and never a decided one."""

import copy
import datetime
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from recognition.choices import EntryState, LearningModel, RulebookOrigin, State
from recognition.domain import entry_links
from recognition.domain.deciding import issue, prepare
from recognition.domain.errors import RowsRefused, VersionMoved
from recognition.domain.evidence import confirm, take_back
from recognition.domain.integrity import check_all
from recognition.domain.measures.freezing import count_again
from recognition.domain.renewing import outdated, preview, renew
from recognition.domain.rulebooks import load_rulebooks
from recognition.models import Assessment, EntryLink, Evidence, Registration, Renewal, Rulebook
from recognition.rulebook_checks import parse_rulebook
from recognition.scoring import from_half_points
from recognition.views.registrations import _outdated
from tests.factories.recognition import YEAR, full_scores, make_registrations, make_ward, propose, walk
from tests.recognition.test_races import together

NEW_WORDS = "Trẻ em đến trường, không em nào bỏ học giữa chừng"


def second_version(code="FAMILY-448", change=None, version=2):
    """1.1 asks something else, 1.2 and 1.3 trade half a point, 2.1 is split off a new item, the pass mark is 85."""
    old = Rulebook.objects.get(code=code, version=1)
    content = copy.deepcopy(old.content) | {"version": 2}
    first = content["criteria"][0]["children"]
    first[0]["title"] = NEW_WORDS
    first[1]["max"], first[2]["max"] = first[1]["max"] + 0.5, first[2]["max"] - 0.5
    content["pass_marks"]["NORMAL"]["value"] = 85
    if change:
        change(content)
    load_rulebooks(specs=[parse_rulebook(content, code)], origin=RulebookOrigin.ASSOCIATION)
    return Rulebook.objects.get(code=code, version=version)


def scored(ward, ids, points):
    """Reviewed dossiers with every criterion given: the maximum less `points`, taken off the last ones."""
    spec = Rulebook.objects.get(code="FAMILY-448", version=1).spec
    halves = [int(leaf.maximum * 2) for leaf in spec.leaves]
    rest = int(points * 2)
    for at in (-1, -2):
        cut = min(rest, halves[at])
        halves[at], rest = halves[at] - cut, rest - cut
    Assessment.objects.filter(registration__in=ids).update(scores=halves, total_half=sum(halves))
    Registration.objects.filter(pk__in=ids).update(self_half=sum(halves), review_half=sum(halves))


@pytest.fixture
def ward(db):
    ward = make_ward()
    ward.rows = make_registrations(ward, 3)
    ward.ids = [row.pk for row in ward.rows]
    walk(ward, ward.ids, state=State.REVIEWED)
    scored(ward, ward.ids, 2)
    return ward


def rows_of(ward):
    return list(outdated(ward.place, YEAR, "FAMILY").select_related("registrant", "rulebook").order_by("pk"))


def as_shown(found):
    return {
        "shown": {one.row.pk: one.row.shown_as for one in found},
        "targets": {one.row.pk: one.target.pk for one in found},
    }


def test_exactly_these_answers_stay_and_the_rest_is_listed(ward):
    assert rows_of(ward) == []  # nothing newer yet
    new = second_version()
    with CaptureQueriesContext(
        connection,
    ) as many:
        found = preview(rows_of(ward))
    with CaptureQueriesContext(connection) as one_row:
        preview(rows_of(ward)[:1])
    assert len(many) == len(one_row)
    one = found[0]
    leaves = list(new.spec.leaves)
    assert [code for code, _title in one.dropped] == ["1.1", "1.2", "1.3"]
    assert one.new == [(leaf.code, leaf.title) for leaf in leaves[:3]]
    assert (one.kept, one.before, one.after) == (len(leaves) - 3, "Đạt", "Chưa đạt")
    assert one.reasons[0] == "Tổng điểm 68/100."
    assert "Còn 3 mục chưa chấm: 1.1, 1.2, 1.3. Mục chưa chấm tính 0 điểm và chưa thể công nhận." in one.reasons
    untouched = Registration.objects.get(pk=ward.ids[0])
    assert (untouched.rulebook.version, untouched.review_half) == (1, 196)  # looking writes nothing

    outcome = renew(actor=ward.officer, **as_shown(found[:2]))

    assert (outcome.done, outcome.skipped) == (ward.ids[:2], [])
    row = Registration.objects.get(pk=ward.ids[0])
    assert (row.rulebook, row.state, row.passed, row.review_half, row.self_half) == (new, "REVIEWED", False, 136, 136)
    assert (row.state_by_id, row.stands_since) == (untouched.state_by_id, timezone.localdate(untouched.state_at))
    for sheet in row.assessments.all():
        points, na = from_half_points(new.spec, sheet.scores)
        assert [points[code] for code in ("1.1", "1.2", "1.3")] == [None] * 3 and not na
        assert {code: value for code, value in points.items() if value is not None} == {
            leaf.code: leaf.maximum - (2 if leaf is leaves[-1] else 0) for leaf in leaves[3:]
        }
    kept = Renewal.objects.get(registration=row)
    assert (kept.by_name, kept.before, kept.after, kept.dropped[0][0]) == (
        ward.officer.full_name,
        "Đạt",
        "Chưa đạt",
        "1.1",
    )
    assert [one.pk for one in rows_of(ward)] == ward.ids[2:]
    assert check_all() == []


def test_only_the_pass_mark_changes_and_the_result_with_it_on_both_sides(ward):
    def only_mark(content):
        content["criteria"] = copy.deepcopy(Rulebook.objects.get(code="FAMILY-448").content["criteria"])

    scored(ward, ward.ids[:1], 15)
    second_version(change=only_mark)
    scored(ward, ward.ids[1:2], 15.5)
    found = preview(rows_of(ward))
    assert [(one.dropped, one.new, one.after) for one in found] == [
        ([], [], "Đạt"),
        ([], [], "Chưa đạt"),
        ([], [], "Đạt"),
    ]


def test_a_bare_total_goes_along_only_where_every_criterion_asks_the_same(ward):
    Assessment.objects.filter(registration__in=ward.ids).update(scores=[])
    second_version()
    assert {one.refusal for one in preview(rows_of(ward))} == {
        "Hồ sơ chỉ có tổng điểm mà tiêu chí của phiên bản mới khác; hãy chấm lại từng mục trước rồi chuyển."
    }
    Rulebook.objects.filter(version=2).update(is_active=False)

    def only_mark(content):
        content["version"] = 3
        content["criteria"] = copy.deepcopy(Rulebook.objects.get(code="FAMILY-448", version=1).content["criteria"])

    second_version(change=only_mark, version=3)
    found = preview(rows_of(ward))
    assert [(one.refusal, one.before, one.after) for one in found] == [("", "Đạt", "Đạt")] * 3
    assert renew(actor=ward.officer, **as_shown(found)).done == ward.ids
    assert set(Assessment.objects.values_list("total_half", "passed")) == {(196, True)}


def test_a_decided_dossier_and_one_of_another_year_or_person_stay(ward, client):
    propose(ward, ward.ids[:1])
    new = second_version()
    Registration.objects.filter(pk=ward.ids[1]).update(state="REFUSED", state_note="Rút")
    assert [row.pk for row in rows_of(ward)] == [ward.ids[0], ward.ids[2]]
    given = {"shown": dict.fromkeys(ward.ids, "REVIEWED"), "targets": dict.fromkeys(ward.ids, new.pk)}
    outcome = renew(actor=ward.officer, **given)
    assert outcome.done == [ward.ids[2]]
    assert dict(outcome.skipped)[ward.ids[1]] == "Hồ sơ đã có kết quả nên giữ bộ tiêu chí đã dùng."
    assert "vừa sửa hồ sơ này" in dict(outcome.skipped)[ward.ids[0]]  # it stood at the proposal, not at the meeting
    stranger = make_ward("Phường Diên Hồng")
    assert renew(actor=stranger.officer, **given).done == []
    client.force_login(ward.officer)
    lists = reverse("recognition:registration-list") + f"?place={ward.place.pk}&nam={YEAR}&model=FAMILY"
    assert "1 hồ sơ còn theo phiên bản cũ của bộ tiêu chí" in client.get(lists).content.decode()
    url = reverse("recognition:registration-renew", args=[ward.place.pk]) + f"?nam={YEAR}&model=FAMILY"
    page = client.get(url).content.decode()
    assert "Kết quả tính lại, chưa lưu" in page and f'value="{new.pk}:{ward.ids[0]}:PROPOSED@' in page
    one = preview(rows_of(ward))[0]
    done = client.post(url, {"row": f"{new.pk}:{one.row.pk}:{one.row.shown_as}"}, follow=True).content.decode()
    assert "Đã chuyển 1 hồ sơ sang phiên bản mới." in done
    detail = client.get(reverse("recognition:registration-detail", args=[one.row.pk])).content.decode()
    assert "Chuyển sang phiên bản mới của bộ tiêu chí" in detail and "Phải chấm lại: 1.1, 1.2, 1.3." in detail
    assert "Không còn hồ sơ nào theo phiên bản cũ" in client.get(url).content.decode()


@pytest.mark.django_db(transaction=True)
def test_deciding_and_moving_at_once_never_do_half_of_each():
    ward = make_ward()
    row = make_registrations(ward, 1)[0]
    walk(ward, [row.pk], state=State.REVIEWED)
    scored(ward, [row.pk], 2)
    proposal = propose(ward, [row.pk])
    paper = {"signed_on": datetime.date(YEAR, 12, 20), "signer": "A", "signer_title": "Chủ tịch"}
    decision = prepare(actor=ward.decider, proposal=proposal, **paper)
    second_version()
    found = preview(rows_of(ward))
    shown = {row.pk: found[0].row.shown_as}
    moved, decided = together(
        lambda: renew(actor=ward.officer, **as_shown(found)),
        lambda: issue(actor=ward.decider, decision=decision, recognise=shown, refuse={}),
    )
    row.refresh_from_db()
    if moved.done:  # whoever decides is told that it is no more what the page showed
        assert isinstance(decided, RowsRefused)
        assert (row.state, row.rulebook.version, row.passed) == ("PROPOSED", 2, False)
    else:
        assert moved.skipped == [(row.pk, "Hồ sơ đã có kết quả nên giữ bộ tiêu chí đã dùng.")]
        assert (row.state, row.rulebook.version, decided.recognised) == ("RECOGNISED", 1, 1)


def one_more_first(content):
    """A criterion inserted before all others: from here on every position is another one."""
    content["criteria"] = copy.deepcopy(Rulebook.objects.get(code="FAMILY-448", version=1).content["criteria"])
    first = content["criteria"][0]["children"]
    first[1]["max"] -= 0.5
    first.insert(0, copy.deepcopy(first[0]) | {"code": "1.0", "title": NEW_WORDS, "max": 0.5})


def hand_out(ward):
    return entry_links.make_links(
        actor=ward.officer, place=ward.hamlet, year=YEAR, model=LearningModel.FAMILY, expires_on=timezone.localdate()
    )


def test_a_page_opened_before_a_renewal_never_posts_points_to_other_criteria(db, client):
    ward = make_ward()
    rows = make_registrations(ward, 2)
    made, other = hand_out(ward)
    url, link = reverse("recognition:entry", args=[made.token]), EntryLink.objects.filter(registration=rows[0])
    old = rows[0].rulebook
    assert f'<input type="hidden" name="rulebook" value="{old.pk}">' in client.get(url).content.decode()
    typed = {f"s-{n}": str(leaf.maximum) for n, leaf in enumerate(old.spec.leaves)}
    new = second_version(change=one_more_first)
    assert renew(actor=ward.officer, **as_shown(preview(rows_of(ward)))).done == [row.pk for row in rows]

    # The verb judges by the version the sheet was filled in by, behind the lock of the dossier and then of the link.
    with CaptureQueriesContext(connection) as asked:
        sent = entry_links.enter(token=made.token, rulebook_id=old.pk, scores=full_scores(rows[0]))
    assert (sent.kept, sent.moved, sent.faults) == (False, True, {})
    locks = [one["sql"] for one in asked if "FOR UPDATE" in one["sql"]]
    assert [sql.rpartition("FOR UPDATE OF ")[2] for sql in locks] == [
        '"recognition_registration"',
        '"recognition_entrylink"',
    ]

    again = client.post(url, typed | {"rulebook": old.pk})
    text = again.content.decode()
    assert again.status_code == 409 and "Chưa gửi: bộ tiêu chí của phiếu vừa thay đổi." in text
    assert "Điểm của những mục không đổi vẫn được giữ." in text and f'name="rulebook" value="{new.pk}"' in text
    shown = [again.context["form"][f"s-{n}"].value() or "" for n in range(len(new.spec.leaves))]
    maxima = {leaf.code: str(leaf.maximum) for leaf in old.spec.leaves}
    changed = old.spec.leaves[1].code
    assert shown == ["" if code in ("1.0", changed) else maxima[code] for code in new.spec.leaf_codes]
    for missing in ({}, {"rulebook": "x"}, {"rulebook": "9" * 17}):
        lost = client.post(url, typed | missing)
        assert lost.status_code == 409 and "Chưa giữ được điểm đã nhập." in lost.content.decode()
        assert not any(lost.context["form"][f"s-{n}"].value() for n in range(len(new.spec.leaves)))
    assert link.values_list("state", "attempts", "scores").get() == (EntryState.OPEN, 0, [])
    full = {f"s-{n}": str(leaf.maximum) for n, leaf in enumerate(new.spec.leaves)}
    assert client.post(url, full | {"rulebook": new.pk}).status_code == 302
    assert link.get().total_half == int(new.spec.maximum * 2)


def test_a_sheet_that_waits_is_carried_and_a_decided_one_stays_as_it_came(db, client):
    ward = make_ward()
    rows = make_registrations(ward, 3)
    book = rows[0].rulebook
    for one in hand_out(ward):
        entry_links.enter(token=one.token, rulebook_id=book.pk, scores=full_scores(one.registration))
    taken, refused, waiting = EntryLink.objects.order_by("registration")
    entry_links.accept(actor=ward.officer, shown={taken.pk: rows[0].shown_as})
    entry_links.refuse(actor=ward.officer, link=refused, reason="Không phải hộ này gửi")
    EntryLink.objects.update(conditions={"no_longer_asked": False})
    came = (waiting.scores, 200, {"no_longer_asked": False})
    kept = EntryLink.objects.order_by("registration").values_list("scores", "total_half", "conditions")
    assert list(kept) == [came] * 3
    new = second_version(change=one_more_first)
    assert renew(actor=ward.officer, **as_shown(preview(rows_of(ward)))).done == [row.pk for row in rows]
    open_now = ("1.0", book.spec.leaf_codes[1])
    halves = [None if leaf.code in open_now else int(leaf.maximum * 2) for leaf in new.spec.leaves]
    assert list(kept.all()) == [came, came, (halves, sum(half or 0 for half in halves), {})]
    client.force_login(ward.officer)
    for link, version in ((taken, book), (refused, book), (waiting, new)):  # each sheet beside its own criteria
        page = client.get(reverse("recognition:entry-link-detail", args=[link.pk]))
        assert page.context["spec"].leaf_codes == version.spec.leaf_codes
        first = page.context["form"]["s-0"].value()
        assert first == ("" if version == new else str(version.spec.leaves[0].maximum))


def test_evidence_of_a_criterion_that_asks_something_else_is_told_and_taken_back(ward, client):
    for code in ("1.1", "1.2", "2.1"):
        confirm(actor=ward.officer, registration=ward.rows[0], criterion=code)
    confirm(actor=ward.officer, registration=ward.rows[2], criterion="1.1")  # of a dossier that stays
    before = take_back(actor=ward.officer, evidence=Evidence.objects.get(criterion="1.2"), reason="Nhầm hộ")
    old = Rulebook.objects.get(code="FAMILY-448", version=1).spec
    second_version()
    found = preview(rows_of(ward)[:2])
    assert [one.evidence for one in found] == [[("1.1", old.by_code["1.1"].title)], []]
    client.force_login(ward.officer)
    url = reverse("recognition:registration-renew", args=[ward.place.pk]) + f"?nam={YEAR}&model=FAMILY"
    assert client.get(url).content.decode().count("minh chứng bị rút: ") == 2
    assert renew(actor=ward.officer, **as_shown(found)).done == ward.ids[:2]
    kept = Evidence.objects.filter(registration=ward.ids[0]).order_by("criterion")
    assert list(kept.values_list("criterion", "taken_back_reason", "taken_back_by_name")) == [
        ("1.1", "Phiên bản mới đổi tiêu chí này", ward.officer.full_name),
        ("1.2", "Nhầm hộ", before.taken_back_by_name),
        ("2.1", "", ""),
    ]
    assert Evidence.objects.standing().filter(registration=ward.ids[2], criterion="1.1").exists()


def test_moving_five_asks_no_more_than_moving_one(db):
    ward = make_ward()
    rows = make_registrations(ward, 6)
    for one in hand_out(ward):
        entry_links.enter(
            token=one.token, rulebook_id=one.registration.rulebook_id, scores=full_scores(one.registration)
        )
    for row in rows:
        confirm(actor=ward.officer, registration=row, criterion="1.1")
    second_version()
    found, asked, parsed = preview(rows_of(ward)), [], []
    for some in (found[:1], found[1:]):
        actor = type(ward.officer).objects.get(pk=ward.officer.pk)  # nothing of a person is remembered
        with CaptureQueriesContext(connection) as queries:
            assert len(renew(actor=actor, **as_shown(some)).done) == len(some)
        asked.append(len(queries))
        parsed.append(sum('"recognition_rulebook"."content"' in one["sql"] for one in queries))
    assert asked[0] == asked[1] and parsed == [2, 2]  # the old version and the new one, each read once


def test_lists_look_for_older_versions_only_where_names_are_shown_and_a_newer_one_is(ward, client):
    client.force_login(ward.officer)
    lists = reverse("recognition:registration-list") + f"?place={ward.place.pk}&nam={YEAR}&model=FAMILY"

    def looked():
        with CaptureQueriesContext(connection) as asked:
            page = client.get(lists)
        return page.context["outdated"], sum("SELECT DISTINCT" in one["sql"] for one in asked)

    assert looked() == (0, 0)
    second_version()
    assert looked() == (3, 1)
    Rulebook.objects.filter(version=2).update(valid_to_year=YEAR - 1)
    assert looked() == (0, 0)
    Rulebook.objects.filter(version=2).update(valid_to_year=YEAR)
    assert (looked(), _outdated(ward.place, YEAR, "FAMILY"), _outdated(ward.place.province, YEAR, "FAMILY")) == (
        (3, 1),
        3,
        0,
    )


def blocked_behind(work, *calls):
    """Run `work` in a transaction, and while it is still open the calls, until each waits for one of its locks; their
    results once it has committed. What happens is the same every time, unlike two threads that only start together."""
    with ThreadPoolExecutor(len(calls)) as pool:

        def run(call):
            try:
                return call()
            except Exception as error:
                return error
            finally:
                connection.close()

        with transaction.atomic():
            work()
            running = [pool.submit(run, call) for call in calls]
            until = time.monotonic() + 60
            with connection.cursor() as cursor:
                while time.monotonic() < until and not all(one.done() for one in running):
                    cursor.execute("SELECT pg_stat_clear_snapshot()")
                    cursor.execute(
                        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                        " AND wait_event_type = 'Lock'"
                    )
                    if cursor.fetchone()[0] >= len(calls):
                        break
                    time.sleep(0.02)
        return [one.result(timeout=90) for one in running]


@pytest.mark.django_db(transaction=True)
def test_whoever_enters_while_the_dossier_is_being_moved_meets_the_new_version():
    """A sheet by link, evidence and a typed share wait for the lock and then see that the rules are others."""
    ward = make_ward()
    row = make_registrations(ward, 1)[0]
    (made,) = hand_out(ward)
    scores, old = full_scores(row), row.rulebook
    second_version(change=one_more_first)
    row = Registration.objects.select_related("rulebook").get(pk=row.pk)
    outcome = []

    sent, added, counted = blocked_behind(
        lambda: outcome.append(renew(actor=ward.officer, **as_shown(preview(rows_of(ward))))),
        lambda: entry_links.enter(token=made.token, rulebook_id=old.pk, scores=scores),
        lambda: confirm(actor=ward.officer, registration=row, criterion="1.2"),
        lambda: count_again(actor=ward.officer, registration=row),
    )

    assert outcome[0].done == [row.pk]
    assert (sent.kept, sent.moved) == (False, True)
    assert isinstance(added, VersionMoved)
    assert counted is None
    assert not Evidence.objects.exists() and EntryLink.objects.get().state == EntryState.OPEN
    # The other way round: the sheet that was first is carried to the new version by whoever moves the dossier.
    third = second_version(change=lambda content: content.update(version=3) or one_more_first(content), version=3)
    newer = Registration.objects.get(pk=row.pk).rulebook
    full = {leaf.code: leaf.maximum for leaf in newer.spec.leaves}
    found = preview(rows_of(ward))
    (moved,) = blocked_behind(
        lambda: entry_links.enter(token=made.token, rulebook_id=newer.pk, scores=full),
        lambda: renew(actor=ward.officer, **as_shown(found)),
    )
    assert moved.done == [row.pk]
    link = EntryLink.objects.get()
    assert (link.state, link.total_half, len(link.scores)) == (EntryState.SENT, 200, len(third.spec.leaves))
    assert check_all() == []

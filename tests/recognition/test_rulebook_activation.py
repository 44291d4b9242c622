"""Who puts a draft into use: somebody else, who is told it waits; its own writer only where nobody else could."""

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from recognition.domain import rulebook_drafts as verbs
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.reminders import remind
from recognition.domain.worklist import work_of
from recognition.models import Reminder, Rulebook
from recognition.views.reminder_lines import digest_message
from tests.factories.recognition import load_shipped_rulebooks
from tests.factories.units import ProvinceFactory, make_officer
from units.choices import Role
from units.models import Posting

pytestmark = pytest.mark.django_db
ALONE = "Hội mới có một quản trị, đã xin ý kiến Thường trực ngày 3/11."


@pytest.fixture
def only():
    """The shipped rules and the one person of the whole portal who keeps those of the country."""
    load_shipped_rulebooks()
    return make_officer(Role.ADMINISTRATOR, None, name="Quản Văn Một")


def draft_by(actor, province=None):
    return verbs.copy_rulebook(actor=actor, rulebook=Rulebook.objects.get(code="FAMILY-448"), province=province)


def lines(user):
    day = timezone.localdate()
    postings = Posting.objects.in_force().filter(user=user).select_related("place")
    return [(one.count, one.target) for one in work_of(postings, day.year, day) if one.kind == "RULEBOOK"]


def test_a_single_administrator_says_why_and_it_stays_with_the_version(client, only):
    draft = draft_by(only)
    client.force_login(only)
    page = reverse("recognition:rulebook-draft", args=[draft.pk])
    assert "hiện không còn ai khác có quyền đưa vào dùng" in client.get(page).content.decode()
    with pytest.raises(RecognitionError, match="Không còn ai khác có quyền đưa dự thảo này vào dùng"):
        verbs.offer_draft(actor=only, draft=draft, revision=1)
    url = reverse("recognition:rulebook-draft-activate", args=[draft.pk])
    for short in ("", "  ", "một hai 3"):  # nine letters
        text = client.post(url, {"revision": 1, "reason": short}, follow=True).content.decode()
        assert "Bạn tự đưa vào dùng bộ mình soạn: hãy ghi lý do, ít nhất 10 chữ cái." in text
    # Refused, the reason stays as typed: too short, too long, or for a draft somebody saved meanwhile.
    for typed, revision, sentence in (
        ("một hai 3", 1, "hãy ghi lý do, ít nhất 10 chữ cái."),
        ("Dài quá" * 80, 1, "Lý do dài quá 500 ký tự. Hãy viết gọn lại."),
        (ALONE, 7, "vừa lưu dự thảo này"),
    ):
        kept = client.post(url, {"revision": revision, "reason": typed})
        assert kept.status_code == 422
        assert sentence in kept.content.decode() and f"required>{typed}</textarea>" in kept.content.decode()
    assert Rulebook.objects.filter(code="FAMILY-448").count() == 1
    done = client.post(url, {"revision": 1, "reason": ALONE}, follow=True).content.decode()
    assert "Người soạn tự đưa vào dùng" in done and f"Lý do: {ALONE}" in done and "Quản Văn Một" in done
    draft.refresh_from_db()
    assert draft.last_change == f"Tự đưa vào dùng: phiên bản 2. Lý do: {ALONE}"
    assert draft.events.order_by("-pgh_id").first().alone_reason == ALONE
    # taken back and written on, it says so no more until it is put into use again
    draft = verbs.reopen_rulebook(actor=only, rulebook=draft.activated)
    assert draft.alone_reason == ""


def test_with_a_second_person_only_that_one_and_who_is_told_at_desk_and_by_mail(client, only):
    draft = draft_by(only)
    second = make_officer(Role.LEADER, None, name="Lê Thị Hai")
    second.email = "hai@example.vn"
    second.save()
    gone = make_officer(Role.LEADER, None, name="Trần Thôi Việc")
    gone.is_active = False
    gone.save()
    make_officer(Role.LEADER, ProvinceFactory(name="Tỉnh Lâm Đồng"), name="Vũ Thị Em")  # no business with the country's
    with pytest.raises(NotPermitted) as refused:
        verbs.activate_draft(actor=only, draft=draft, revision=1, reason=ALONE)
    assert refused.value.message == (
        "Người đưa bộ tiêu chí vào dùng phải khác người soạn. Hãy nhờ một người khác cùng quyền xem và đưa vào dùng: "
        "Lê Thị Hai."
    )
    assert lines(second) == []
    client.force_login(only)
    url = reverse("recognition:rulebook-draft-offer", args=[draft.pk])
    assert "Đã đề nghị và nhắc việc: Lê Thị Hai." in client.post(url, {"revision": 1}, follow=True).content.decode()
    again = client.post(url, {"revision": 1}, follow=True).content.decode()
    assert "Hôm nay đã đề nghị rồi; hãy chờ, hoặc nhắc lại vào ngày khác." in again
    assert (lines(second), lines(only)) == ([(1, draft.pk)], [])
    remind(day=timezone.localdate(), compose=digest_message, deliver=lambda message: message.send())
    (letter,) = mail.outbox
    assert letter.to == ["hai@example.vn"]
    assert "Quản Văn Một đề nghị bạn xem và đưa vào dùng bộ tiêu chí: Gia đình học tập" in letter.body
    client.force_login(second)
    assert (
        "dự thảo bộ tiêu chí chờ bạn xem và đưa vào dùng"
        in client.get(reverse("recognition:work-list")).content.decode()
    )
    # what was offered is no more what stands there: nobody is asked until it is offered again
    draft = verbs.save_draft(
        actor=only, draft=draft, content=draft.content | {"title": "Gia đình học tập (sửa)"}, revision=1
    )
    assert lines(second) == [] and not Reminder.objects.filter(read_at=None).exists()
    verbs.offer_draft(actor=only, draft=draft, revision=2)
    made = verbs.activate_draft(actor=second, draft=draft, revision=2)
    draft.refresh_from_db()
    assert (made.version, draft.alone_reason, draft.offered_at, lines(second)) == (2, "", None, [])
    assert not Reminder.objects.filter(read_at=None).exists()


def test_the_last_other_person_leaves_and_a_province_counts_those_of_the_country(only):
    province = ProvinceFactory(name="Tỉnh Lâm Đồng", code="68")
    leader = make_officer(Role.LEADER, province, name="Vũ Thị Em")
    draft = draft_by(leader, province)
    with pytest.raises(NotPermitted, match="đưa vào dùng: Quản Văn Một."):
        verbs.activate_draft(actor=leader, draft=draft, revision=1, reason=ALONE)
    Posting.objects.filter(user=only).update(ends_on=timezone.localdate())  # until tonight
    with pytest.raises(NotPermitted, match="đưa vào dùng: Quản Văn Một."):
        verbs.activate_draft(actor=leader, draft=draft, revision=1, reason=ALONE)
    only.is_active = False
    only.save()
    made = verbs.activate_draft(actor=leader, draft=draft, revision=1, reason=ALONE)
    assert (made.code, made.made_from.alone_reason) == ("FAMILY-448-68", ALONE)


def test_measures_and_questions_are_chosen_by_their_words(client, only):
    draft = verbs.copy_rulebook(actor=only, rulebook=Rulebook.objects.get(code="COMMUNE-TT44"))
    client.force_login(only)
    page = reverse("recognition:rulebook-draft-part", args=[draft.pk, "ty-le"])
    text = client.get(page).content.decode()
    assert '<option value="commune_family_share" selected>Gia đình học tập trong năm ÷ hộ của xã</option>' in text
    assert "Mã: commune_family_share" in text and ">commune_hamlet_share<" not in text
    url = reverse("recognition:rulebook-draft-part", args=[draft.pk, "khong-cong-nhan"])
    asked = {"k-0-title": "Có người bị kỷ luật", "k-0-asked": "yes", "k-0-fact_mark": "X", "k-0-fact_note": "thử"}
    rows = {"revision": 1, "k-TOTAL_FORMS": 1, "k-INITIAL_FORMS": 0}
    both = client.post(url, rows | asked | {"k-0-min": "5"})
    assert "Đã hỏi có hay không thì để trống tiêu chí và số điểm." in both.content.decode()
    assert client.post(url, rows | asked).status_code == 302
    draft.refresh_from_db()
    assert [one["condition"] for one in draft.content["knock_outs"]] == ["co_nguoi_bi_ky_luat"]
    # rewording the question keeps the name its answers are kept under
    rows |= {"revision": 2, "k-TOTAL_FORMS": 2, "k-INITIAL_FORMS": 1}
    client.post(url, rows | asked | {"k-0-title": "Có thành viên bị kỷ luật"})
    draft.refresh_from_db()
    (kept,) = draft.content["knock_outs"]
    assert (kept["title"], kept["condition"]) == ("Có thành viên bị kỷ luật", "co_nguoi_bi_ky_luat")
    assert verbs.findings(draft) == []

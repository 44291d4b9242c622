"""The page behind a one-time link: a household or citizen enters its own score without an account."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.lib.moments import moment
from portal.lib.throttle import spend, spent, too_many
from portal.lib.uploads import megabytes, most_bytes
from recognition.choices import EntryState
from recognition.domain import entry_links as verbs
from recognition.domain.evidence import MOST_PHOTOS, judge_photos
from recognition.domain.measures.showing import given_points
from recognition.forms.assessing import ScoreSheetForm
from recognition.models import EntryLink
from recognition.views import dossiers
from recognition.views.versions import drawn_by, retyped

PHOTOS_SPENT = gettext_lazy(
    "Đã gửi ảnh không dùng được quá nhiều lần nên trong một giờ tới phiếu này chỉ nhận điểm, không nhận ảnh. "
    "Điểm đã nhập vẫn còn: hãy bấm Gửi lại không kèm ảnh, hoặc đưa ảnh cho chi hội khuyến học."
)
# What the page says when the link cannot be used: title, tone, sentence. Refused ones ask to see the officer.
ENDS = {
    "UNKNOWN": (gettext_lazy("Liên kết này không dùng được"), "danger", 404),
    "EXPIRED": (gettext_lazy("Liên kết đã hết hạn"), "warning", 410),
    "CLOSED": (gettext_lazy("Hồ sơ đã sang bước sau"), "info", 410),
    "LEFT": (gettext_lazy("Không còn trong sổ"), "warning", 410),
    EntryState.SENT: (gettext_lazy("Phiếu đã được gửi"), "success", 200),
    EntryState.ACCEPTED: (gettext_lazy("Phiếu đã được nhận"), "success", 410),
    EntryState.CHANGED: (gettext_lazy("Phiếu đã được nhận, có sửa"), "success", 410),
    EntryState.REFUSED: (gettext_lazy("Phiếu không được nhận"), "warning", 410),
    EntryState.REVOKED: (gettext_lazy("Liên kết đã thu hồi"), "warning", 410),
    EntryState.LOCKED: (gettext_lazy("Liên kết đã khóa"), "danger", 410),
}


def request_limit() -> int:
    """Bytes one request may send, as set now."""
    return settings.EVIDENCE_MAX_REQUEST_BYTES


@login_not_required
@never_cache
@most_bytes(request_limit)
@require_http_methods(["GET", "HEAD", "POST"])
def entry(request: HttpRequest, token: str) -> HttpResponse:
    """The sheet, once; afterwards, and when the link cannot be used, a page that says so and what to do."""
    link = verbs.find(token)
    # A filled sheet is never turned away: its link counts its own attempts.
    if (link is None or request.method != "POST") and too_many(request, "entry", settings.ENTRIES_PER_MINUTE):
        return render(request, "429.html", status=429)
    if link is None:
        return _end(request, None, "UNKNOWN")
    now = verbs.standing(link)
    if now != EntryState.OPEN:
        return _end(request, link, now)
    spec = link.registration.rulebook.spec
    given = given_points([link.registration]).get(link.registration_id)
    form = ScoreSheetForm(
        request.POST if request.method == "POST" else None,
        spec=spec,
        area=verbs.area_of(link.registration),
        answers={},
        given=given,
    )
    left = verbs.MOST_ATTEMPTS - link.attempts
    if request.method == "POST":
        version = drawn_by(request)
        if version != link.registration.rulebook_id:
            return _again(request, link)
        form.is_valid()  # reads every cell; what it says is shown, the verb judges again and counts
        data = form.cleaned_data
        wrong = bool(form.errors)
        tries = {link.token_hash: settings.PHOTO_TRIES, "": settings.PHOTO_TRIES_OF_ADDRESS}
        if request.FILES and not wrong and spent(request, "photos", tries):
            form.add_error(None, PHOTOS_SPENT)
            return _page(request, link, form, left=left, status=429)
        photos, refused = ([], {}) if wrong else judge_photos(_photos(request, spec))
        if refused:  # a photo that cannot be taken is no wrong sheet: it is counted apart, and nothing is sent
            spend(request, "photos", tries)
            form.add_faults(refused)
        else:
            scores = {} if wrong else data.get("scores", {})
            sent = verbs.enter(
                token=token,
                rulebook_id=version,
                scores=scores,
                na=data.get("na", ()),
                conditions=data.get("conditions"),
                photos=photos,
            )
            if sent.kept:
                return redirect("recognition:entry", token)
            if sent.moved:  # between drawing the form and locking the dossier
                return _again(request, verbs.find(token))
            if sent.standing:
                return _end(request, verbs.find(token), sent.standing)
            if not wrong:
                form.add_faults(sent.faults)
            left -= 1
    return _page(request, link, form, left=left, status=422 if form.errors else 200)


def _page(request: HttpRequest, link: EntryLink, form: ScoreSheetForm, *, status: int, **more) -> HttpResponse:
    spec = form.spec
    context = {
        "link": link,
        "row": link.registration,
        "who": initials(link.registration.registrant.name),
        "form": form,
        "lines": _with_photo_names(form.lines(), spec),
        "photos_again": bool(request.FILES),
        "most_photos": MOST_PHOTOS,
        "most_mb": megabytes(settings.EVIDENCE_MAX_BYTES),
        "most_bytes": settings.EVIDENCE_MAX_REQUEST_BYTES,
        "at_once_mb": megabytes(settings.EVIDENCE_MAX_REQUEST_BYTES),
        "spec": spec,
        "pass_mark": spec.pass_mark(verbs.area_of(link.registration)),
        **dossiers.provisional_marks(spec),
        **more,
    }
    return render(request, "recognition/entry.html", context, status=status)


def _again(request: HttpRequest, link: EntryLink) -> HttpResponse:
    """The sheet of the version the dossier has gone to, with what was typed for criteria that ask the same."""
    new, typed = link.registration.rulebook.spec, retyped(request, link.registration, "sk").initial
    given = given_points([link.registration]).get(link.registration_id)
    form = ScoreSheetForm(initial=typed, spec=new, area=verbs.area_of(link.registration), answers={}, given=given)
    return _page(
        request, link, form, left=verbs.MOST_ATTEMPTS - link.attempts, moved=True, kept=bool(typed), status=409
    )


def _photos(request: HttpRequest, spec) -> dict[str, tuple[str, bytes]]:
    """Photos by criterion. One byte more than allowed is read, which is enough to be refused."""
    found = {}
    for n, code in enumerate(spec.leaf_codes):
        one = request.FILES.get(f"f-{n}")
        if one is not None:
            found[code] = (one.name, one.read(settings.EVIDENCE_MAX_BYTES + 1))
    return found


def _with_photo_names(lines: list, spec) -> list:
    for line in lines:
        if line.criterion.is_leaf:
            line.photo_name = f"f-{spec.leaf_codes.index(line.criterion.code)}"
    return lines


def initials(name: str) -> str:
    """ "Nguyễn Thị Hồng" → "N. T. Hồng": the household sees that the sheet is its own, others learn no more."""
    *before, given = name.split() or [""]
    return " ".join([*(f"{word[0]}." for word in before), given])


def _end(request: HttpRequest, link: EntryLink | None, now: str) -> HttpResponse:
    title, tone, status = ENDS[now]
    context = {"title": title, "tone": tone, "text": _sentence(link, now)}
    return render(request, "recognition/entry_end.html", context, status=status)


def _sentence(link: EntryLink | None, now: str) -> str:
    if now == "EXPIRED":
        day = date_format(link.expires_on, "SHORT_DATE_FORMAT")
        return _("Liên kết này dùng đến hết ngày %(day)s. Hãy hỏi chi hội khuyến học để nhận phiếu mới.") % {"day": day}
    if now == EntryState.SENT:
        return _("Phiếu đã gửi lúc %(at)s và đang chờ cán bộ xác nhận. Mỗi liên kết chỉ gửi một lần.") % {
            "at": moment(link.sent_at)
        }
    if now in (EntryState.ACCEPTED, EntryState.CHANGED):
        return _("Cán bộ đã xác nhận phiếu lúc %(at)s. Muốn xem điểm, hãy hỏi chi hội khuyến học.") % {
            "at": moment(link.decided_at)
        }
    return {
        "UNKNOWN": _(
            "Có thể đường dẫn bị gõ hoặc chép thiếu. Hãy soi lại mã trên phiếu; "
            "vẫn không được thì hỏi chi hội khuyến học."
        ),
        "CLOSED": _("Hồ sơ này đã được bình xét hoặc đã rút, nên không nhận điểm tự chấm nữa."),
        "LEFT": _(
            "Hộ hoặc người của phiếu này đã ra khỏi sổ của địa bàn nên không nhận điểm tự chấm nữa. "
            "Nếu có nhầm lẫn, hãy báo chi hội khuyến học."
        ),
        EntryState.REFUSED: _(
            "Cán bộ chưa nhận phiếu này. Hãy gặp chi hội khuyến học để biết lý do và nhận phiếu mới."
        ),
        EntryState.REVOKED: _("Cán bộ đã thu hồi liên kết này, có thể vì đã in phiếu mới. Hãy hỏi chi hội khuyến học."),
        EntryState.LOCKED: _(
            "Phiếu đã gửi sai quá nhiều lần nên liên kết bị khóa. Hãy gặp chi hội khuyến học để được chấm giúp."
        ),
    }[now]

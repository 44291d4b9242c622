"""The second half of the check of a rulebook: who does what by when, who decides, and a source behind every fact."""

from collections import Counter
from datetime import date, timedelta

from django.utils.translation import gettext as _

from recognition.rulebook_criteria import AREAS
from recognition.rulebook_procedure import DISTRICTS_ENDED, STEPS, FactSource
from units.choices import Role


def check_unique(values, fail, *keys):
    """Fault for every value that stands more than once."""
    for value, count in Counter(values).items():
        if count > 1:
            fail(_("“%(value)s” ghi %(count)d lần.") % {"value": value, "count": count}, *keys)


def check_procedure(spec, fail):
    """Faults of the steps: their order, who performs them and who decides."""
    if not spec.procedure:
        return fail(_("phải có quy trình."), "procedure")
    check_unique(spec.steps, fail, "procedure")
    if spec.steps[0] != STEPS[0]:
        fail(_("bước đầu phải là register (đăng ký)."), "procedure")
    if spec.steps[-1] != STEPS[-1]:
        fail(_("bước cuối phải là decide (quyết định)."), "procedure")
    scored = spec.steps.index("self_assess") if "self_assess" in spec.steps else 0
    for index, step in enumerate(spec.procedure):
        where = ("procedure", step.step)
        if 0 < index < scored:
            fail(_("phải đứng sau bước tự đánh giá."), *where)
        if not step.roles:
            fail(_("phải nêu vai trò thực hiện."), *where, "roles")
        for role in step.roles:
            if role not in Role.values:
                fail(_("vai trò “%(role)s” không có.") % {"role": role}, *where, "roles")
        for other in step.differs_from:
            if other not in spec.steps[:index]:
                fail(_("“%(step)s” không phải là bước đứng trước.") % {"step": other}, *where, "differs_from")
        if step.optional and step.step in (STEPS[0], STEPS[-1]):
            fail(_("bước này không thể bỏ qua."), *where, "optional")
        _check_spans([place.span for place in step.places], fail, *where, "places")
        for place in step.places:
            _check_district(place.level, place.span, fail, *where, "places")
            if place.level is None and not place.note:
                fail(_("chưa rõ cấp nào thực hiện thì phải ghi chú lý do."), *where, "places")
        if step.deadline:
            try:
                step.deadline.on(2023)  # a common year: 29 February would fail three years out of four
            except ValueError:
                fail(_("ngày, tháng không có thật."), *where, "deadline")
            if not 0 <= step.deadline.year_offset <= 2:
                fail(_("year_offset phải từ 0 đến 2."), *where, "deadline")
        if step.within and not 1 <= step.within.working_days <= 250:
            fail(_("số ngày làm việc phải từ 1 đến 250."), *where, "within")
    if spec.validity.years < 1:
        fail(_("thời hạn công nhận phải từ 1 năm trở lên."), "validity", "years")
    _check_spans([authority.span for authority in spec.authorities], fail, "decision")
    for authority in spec.authorities:
        _check_district(authority.level, authority.span, fail, "decision")
        if authority.known and authority.level is None:
            fail(_("phải nêu cấp (level) của người quyết định."), "decision")
        if not authority.known and not authority.fact.note:
            fail(_("chưa rõ ai quyết định thì phải ghi chú lý do."), "decision")
    if not spec.decider_cannot_be_subject:
        fail(_("phải là true: người quyết định không được tự công nhận mình."), "decider_cannot_be_subject")


def _check_spans(spans, fail, *where):
    """Spans follow one another without gap or overlap, open at both ends."""
    if not spans:
        return fail(_("phải có ít nhất một khoảng thời gian."), *where)
    if spans[0].first is not None or spans[-1].last is not None:
        fail(_("khoảng đầu không ghi from, khoảng cuối không ghi to."), *where)
    for before, after in zip(spans, spans[1:], strict=False):
        if before.last is None or after.first is None or after.first != before.last + timedelta(days=1):
            fail(_("các khoảng thời gian phải nối tiếp nhau, không trùng và không hở."), *where)


def _check_district(level, span, fail, *where):
    if level == "district" and (span.last is None or span.last > DISTRICTS_ENDED):
        fail(_("cấp huyện kết thúc ngày %(day)s.") % {"day": day_text(DISTRICTS_ENDED)}, *where)


def check_facts(spec, fail):
    """Every fact says how sure it is and where from; an official rulebook holds no provisional one."""
    used = set()
    for where, fact in _facts(spec):
        used.update(fact.sources)
        for key in fact.sources:
            if key not in spec.sources:
                fail(_("nguồn “%(key)s” không có trong mục sources.") % {"key": key}, *where, "fact")
        if fact.confidence in ("V", "P") and not fact.sources:
            fail(_("độ tin cậy %(mark)s phải có nguồn.") % {"mark": fact.confidence}, *where, "fact")
        if fact.provisional and not fact.sources and not fact.note:
            fail(_("phải có nguồn hoặc ghi chú lý do."), *where, "fact")
        if spec.status == "official" and fact.provisional:
            fail(_("bộ tiêu chí chính thức không được chứa trị số tạm (M, X)."), *where, "fact")
    for key in spec.sources:
        if key not in used:
            fail(_("nguồn không được dùng ở đâu; hãy xóa hoặc dẫn chiếu."), "sources", key)


def _facts(spec):
    """Every fact of a rulebook with the path to it."""
    for basis in spec.legal_basis:
        yield ("legal_basis", basis.document), basis.fact
    for _depth, criterion in spec.walk():
        yield ("criteria", criterion.code, "title"), criterion.title_fact
        yield ("criteria", criterion.code, "max"), criterion.max_fact
    if isinstance(spec.na_fact, FactSource):
        yield ("na_policy",), spec.na_fact
    for _depth, criterion in spec.walk():
        for variant in criterion.variants:
            yield ("criteria", criterion.code, "variants", str(variant.group)), variant.fact
    for one in spec.unknown_levels:
        yield ("unknown_levels", str(one.level)), one.fact
    for key, part in (("upgrade", spec.upgrade), ("objection", spec.objection)):
        if part:
            yield (key,), part.fact
    for ground in spec.revocation:
        yield ("revocation", ground.title), ground.fact
    for area in AREAS:
        if area in spec.pass_marks:
            yield ("pass_marks", area), spec.pass_marks[area].fact
    for rank in spec.ranks:
        yield ("ranks", rank.rank), rank.fact
    for knock in spec.knock_outs:
        yield ("knock_outs", knock.title), knock.fact
    for derived in spec.derived:
        yield ("derived", derived.code), derived.fact
        if derived.brackets_fact:
            yield ("derived", derived.code, "brackets"), derived.brackets_fact
    for step in spec.procedure:
        yield ("procedure", step.step), step.fact
        if step.deadline:
            yield ("procedure", step.step, "deadline"), step.deadline.fact
        if step.within:
            yield ("procedure", step.step, "within"), step.within.fact
    yield ("validity",), spec.validity.fact
    for authority in spec.authorities:
        yield ("decision", authority.authority or "?"), authority.fact


def day_text(day: date):
    """A day as people write it."""
    return day.strftime("%d/%m/%Y")

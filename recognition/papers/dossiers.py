"""Registration forms and self-score sheets, blank or filled in from a dossier; one per family of a hamlet in a batch.

No official forms were found for any model: the wording is ours, the criteria come from the rulebook with their status.
"""

from __future__ import annotations

from portal.lib import paper
from portal.lib.language import in_official_language
from recognition.choices import LearningModel, Step
from recognition.models import Assessment, Rulebook
from recognition.papers.letterheads import ASSOCIATION, Head, head_of
from recognition.papers.words import address_of, half_points, points
from recognition.scoring import ScoreError, from_half_points
from units.choices import AreaClass
from units.models import Place, Registrant

DOTS = "." * 60
PROVISIONAL = "Bộ tiêu chí có phần tạm thời, chưa đối chiếu đủ với văn bản gốc."
# Our own codes: registration form, self-score sheet.
CODES = {
    LearningModel.FAMILY: ("GD-01", "GD-02"),
    LearningModel.CLAN: ("DH-01", "DH-02"),
    LearningModel.COMMUNITY_HAMLET: ("CD-01", "CD-02"),
    LearningModel.COMMUNITY_COMMUNE: ("X-01", "X-02"),
    LearningModel.COMMUNITY_DISTRICT: ("X-01", "X-02"),
    LearningModel.COMMUNITY_PROVINCE: ("X-01", "X-02"),
    LearningModel.UNIT: ("DV-01", "DV-02"),
    LearningModel.CITIZEN: ("CN-00", "CN-01..04"),
}
_SUBJECT = {
    LearningModel.FAMILY: ("Họ và tên chủ hộ", "CHỦ HỘ"),
    LearningModel.CLAN: ("Tên dòng họ", "ĐẠI DIỆN DÒNG HỌ"),
    LearningModel.UNIT: ("Tên đơn vị", "THỦ TRƯỞNG ĐƠN VỊ"),
    LearningModel.CITIZEN: ("Họ và tên", "NGƯỜI ĐĂNG KÝ"),
}
_COMMUNITY = ("Tên cộng đồng", "ĐẠI DIỆN CỘNG ĐỒNG")


def _dotted(text: str) -> str:
    return text or DOTS


def _counted(household, name: str) -> str:
    number = getattr(household, name, None)
    return "." * 10 if number is None else str(number)


def _facts(model: str, registrant: Registrant | None, place: Place, url: str = "") -> list[paper.Text | paper.Facts]:
    """What the paper says of its subject; dotted lines to write on where nothing is known. `url`: as a QR code."""
    name, _signer = _SUBJECT.get(model, _COMMUNITY)
    lines = [f"{name}: {_dotted(registrant.name if registrant else '')}"]
    if model in (LearningModel.FAMILY, LearningModel.CITIZEN, LearningModel.UNIT, LearningModel.CLAN):
        lines.append(f"Địa chỉ: {_dotted(address_of(registrant) if registrant else '')}")
    household = getattr(registrant, "household", None) if registrant else None
    if model == LearningModel.FAMILY:
        counts = (("Số người trong hộ", "members"), ("người lớn", "adults"), ("đang đi học", "pupils"))
        lines.append("; ".join(f"{label}: {_counted(household, name)}" for label, name in counts))
    where = place.name if place.commune_id in (None, place.pk) else f"{place.name}, {place.commune.name}"
    lines.append(f"Địa bàn: {where}")
    if url:
        return [paper.Facts(lines, url, "Cán bộ quét để nhập điểm (cần đăng nhập)")]
    return [paper.Text(line, paper.PLAIN) for line in lines]


@in_official_language
def registration_paper(
    rulebook: Rulebook, year: int, place: Place, registrant: Registrant | None = None, head: Head | None = None
) -> paper.Paper:
    """The registration form of a model for a year; blank without a registrant."""
    model = LearningModel(rulebook.model)
    label, signer = model.label, _SUBJECT.get(model, _COMMUNITY)[1]
    head = head or head_of(place, ASSOCIATION)
    town = place.commune.name if place.commune_id else place.name
    return paper.Paper(
        heading=head.heading(),
        kind="Giấy đăng ký",
        title=f"Phấn đấu đạt danh hiệu “{label}” năm {year}",
        code=CODES[model][0],
        blocks=(
            paper.Text(f"Kính gửi: Hội Khuyến học {town}", paper.CENTRE),
            *_facts(model, registrant, place),
            paper.Text(_what_for(rulebook.spec, label, year, place)),
            paper.Text(
                f"Chúng tôi đã được biết các tiêu chí trên đây và tự nguyện đăng ký phấn đấu đạt danh hiệu “{label}” "
                f"năm {year}, với những việc sẽ làm ghi trong bảng:"
            ),
            _commitments(rulebook.spec),
            *([paper.Text(PROVISIONAL, paper.NOTE)] if rulebook.spec.provisional else []),
            paper.Text("Giấy này lập thành một bản, gửi chi hội khuyến học giữ.", paper.NOTE),
            paper.Closing(
                signers=(
                    paper.Signer("", "Xác nhận của chi hội", "", "(Ký, ghi rõ họ tên)"),
                    paper.Signer("", signer, "", "(Ký, ghi rõ họ tên)"),
                )
            ),
        ),
    )


def _what_for(spec, label: str, year: int, place: Place) -> str:
    """What the form is for, in a few sentences: people asked it when they were handed one (domain: S3)."""
    named = {
        Step.SELF_ASSESS: "tự chấm điểm",
        Step.REVIEW: "họp bình xét",
        Step.INSPECT: "kiểm tra",
        Step.DECIDE: "ra quyết định công nhận",
    }
    parts = [words for step, words in named.items() if spec.step_named(step)]
    own = spec.step_named(Step.SELF_ASSESS)
    if own and own.deadline:
        parts[0] += f" (hạn {own.deadline.on(year):%d/%m/%Y})"
    area = place.area_class or (place.commune.area_class if place.commune_id else "") or AreaClass.NORMAL
    mark = None if spec.by_levels else spec.pass_mark(area)
    text = f"“{label}” được xét hằng năm theo {len(spec.criteria)} tiêu chí dưới đây. "
    text += f"Sau khi đăng ký, các bước tiếp theo là: {', '.join(parts)}."
    if mark is not None:
        text += f" Từ {points(mark)} trên {points(spec.maximum)} điểm thì được đề nghị công nhận"
        text += " (mức điểm tạm thời)." if area in spec.pass_marks and spec.pass_marks[area].fact.provisional else "."
    return text


def _commitments(spec) -> paper.Table:
    """The main criteria, each with room for what will be done this year."""
    return paper.Table(
        columns=("Mục", "Tiêu chí", *(() if spec.by_levels else ("Điểm tối đa",)), "Việc sẽ làm trong năm"),
        widths=(0.7, 3.6, *(() if spec.by_levels else (0.9,)), 3.8),
        centred=(0,) if spec.by_levels else (0, 2),
        rows=[
            (
                one.code,
                one.title,
                *(() if spec.by_levels else (points(one.maximum),)),
                "",
            )
            for one in spec.criteria
        ],
        tall=18 if len(spec.criteria) <= 5 else 10 if len(spec.criteria) <= 8 else 0,
    )


@in_official_language
def score_paper(
    rulebook: Rulebook,
    year: int,
    place: Place,
    registrant: Registrant | None = None,
    assessment: Assessment | None = None,
    head: Head | None = None,
    shares: tuple[str, ...] = (),
    url: str = "",
) -> paper.Paper:
    """The self-score sheet: every criterion with its maximum, the points given so far, room for evidence.

    `url`: the page on which an officer enters this sheet, as a QR code beside the name.
    `shares`: one line for each share the software counted. Declared conditions are asked with yes and no.
    """
    spec, model = rulebook.spec, LearningModel(rulebook.model)
    notes = [f"Bộ tiêu chí: {spec.title}."]
    notes += ["KAD: không áp dụng."] if any(leaf.na_allowed for leaf in spec.leaves) else []
    notes += [PROVISIONAL] if spec.provisional else []
    return paper.Paper(
        heading=(head or head_of(place, ASSOCIATION)).heading(),
        kind="Phiếu tự chấm điểm",
        title=f"Danh hiệu “{model.label}” năm {year}",
        code=CODES[model][1],
        blocks=(
            *_facts(model, registrant, place, url),
            _score_table(spec, assessment),
            *(paper.Text(line, paper.PLAIN) for line in shares),
            *(paper.Text(line, paper.PLAIN) for line in _asked(spec, assessment)),
            paper.Text(" ".join(notes), paper.NOTE),
            paper.Closing(
                signers=(
                    paper.Signer("", "Xác nhận của chi hội", "", "(Ký, ghi rõ họ tên)"),
                    paper.Signer("", _SUBJECT.get(model, _COMMUNITY)[1], "", "(Ký, ghi rõ họ tên)"),
                )
            ),
        ),
    )


def _score_table(spec, assessment: Assessment | None) -> paper.Table:
    """A line for each criterion, those with items below and the total in bold."""
    scores, na, remarks = _scores(spec, assessment)
    rows, bold = [], []
    for _depth, criterion in spec.walk():
        leaf = criterion.is_leaf
        if not leaf:
            bold.append(len(rows))
        mark = ("KAD" if criterion.code in na else points(scores.get(criterion.code))) if leaf else ""
        remark = remarks.get(criterion.code, "") if leaf else ""
        rows.append((criterion.code, criterion.title, points(criterion.maximum), mark, remark))
    total = half_points(assessment.total_half) if assessment else ""
    bold.append(len(rows))
    rows.append(("", "Tổng điểm", points(spec.maximum), total, ""))
    return paper.Table(
        columns=("Mục", "Nội dung", "Tối đa", "Tự chấm", "Minh chứng, ghi chú"),
        widths=(0.9, 5.4, 1, 1, 2),
        centred=(0, 2, 3),
        rows=rows,
        bold=bold,
        size=10.5,
    )


def _asked(spec, assessment) -> list[str]:
    """The declared conditions with the answer given, or boxes to tick."""
    answers = (getattr(assessment, "conditions", None) or {}) if assessment else {}
    words = {True: "có", False: "không", None: "☐ có   ☐ không"}
    return [f"{knock.title}: {words[answers.get(knock.condition)]}" for knock in spec.conditions]


@in_official_language
def share_lines(lines) -> tuple[str, ...]:
    """The shares of a dossier as its papers print them: what counts, what is asked, and whether somebody typed it."""
    found = []
    for line in lines:
        text = f"{line.derived.title}: {line.share_text}"
        if line.enforced:
            provisional = " (mức tạm thời)" if line.derived.fact.provisional else ""
            text += f", cần từ {points(line.required)}%{provisional}"
        if line.kept and line.kept.is_typed:
            text += f"; số khai, lý do: {line.kept.typed_reason}"
        found.append(text + ".")
    return tuple(found)


def _scores(spec, assessment) -> tuple[dict, frozenset, dict]:
    """(points, not-applicable codes, remarks) of the sheet; nothing where only a total was entered."""
    if assessment is None or not assessment.scores:
        return {}, frozenset(), {}
    try:
        scores, na = from_half_points(spec, assessment.scores)
    except ScoreError:
        return {}, frozenset(), {}
    return scores, frozenset(na), getattr(assessment, "remarks", None) or {}

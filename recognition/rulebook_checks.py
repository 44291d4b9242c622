"""Full check of a rulebook before it may be used: sums, bounds, dates, order, and a source behind every fact.

Every fault is one Vietnamese sentence with file and path. Pure but for reading the files.
"""

import hashlib
import json
import unicodedata
from decimal import Decimal
from pathlib import Path

import yaml
from django.utils.translation import gettext as _

from recognition.choices import LearningModel
from recognition.rulebook_criteria import ALL_LEAVES, RANKS
from recognition.rulebook_procedure_checks import check_facts, check_procedure, check_unique
from recognition.rulebook_reader import Node, RulebookError
from recognition.rulebook_spec import RulebookSpec
from recognition.rulebook_variants import GROUPS, ORGANISATION_TYPES
from recognition.shares import MEASURES

RULEBOOK_DIR = Path(__file__).resolve().parent / "rulebooks"
FULL_SCALE = Decimal(100)
HALF = Decimal("0.5")
FIRST_YEAR, LAST_YEAR = 2000, 2100


class YamlLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML without surprises: a key twice is a fault, and dates stay text so that content is plain JSON.

    Read by the compiled parser where PyYAML has it, which takes an eighth of the time.
    """


def _mapping(loader, node):
    seen = set()
    for key_node, _value in node.value:
        key = loader.construct_object(key_node, deep=True)
        line = key_node.start_mark.line + 1
        if not isinstance(key, str):
            raise RulebookError([_("dòng %(line)d: khóa phải là chữ.") % {"line": line}])
        if key in seen:
            raise RulebookError([_("dòng %(line)d: khóa “%(key)s” ghi hai lần.") % {"line": line, "key": key}])
        seen.add(key)
    return loader.construct_mapping(node, deep=True)


YamlLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
YamlLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def line_of(error: yaml.MarkedYAMLError, text: str) -> int:
    """The line of a syntax error, counted from 1; what breaks off at the end stands in the last line."""
    return min(error.problem_mark.line + 1, max(1, len(text.splitlines()))) if error.problem_mark else 1


def read_rulebook(path) -> RulebookSpec:
    """Read and check one file. Raises RulebookError with every fault found."""
    path = Path(path)
    text = ""
    try:
        text = path.read_text(encoding="utf-8")
        data = yaml.load(text, Loader=YamlLoader)
    except OSError:
        raise RulebookError([_("%(file)s: không mở được tệp.") % {"file": path.name}]) from None
    except UnicodeDecodeError:
        raise RulebookError([_("%(file)s: tệp phải lưu bằng bảng mã UTF-8.") % {"file": path.name}]) from None
    except yaml.MarkedYAMLError as error:
        line = line_of(error, text)
        raise RulebookError(
            [_("%(file)s: sai cú pháp YAML ở dòng %(line)d.") % {"file": path.name, "line": line}]
        ) from None
    except yaml.YAMLError:
        raise RulebookError([_("%(file)s: không phải tệp YAML.") % {"file": path.name}]) from None
    except RulebookError as error:
        raise RulebookError([f"{path.name}: {fault}" for fault in error.faults]) from None
    return parse_rulebook(data, path.name)


def read_all(folder=RULEBOOK_DIR) -> list[RulebookSpec]:
    """Read and check every .yaml file of a folder, by name. Raises RulebookError with every fault."""
    specs, faults, names = [], [], {}
    for path in sorted(Path(folder).glob("*.yaml")):
        try:
            spec = read_rulebook(path)
        except RulebookError as error:
            faults += error.faults
            continue
        if (spec.code, spec.version) in names:
            faults.append(
                _("%(file)s: mã %(code)s phiên bản %(version)d đã có trong %(other)s.")
                % {
                    "file": path.name,
                    "code": spec.code,
                    "version": spec.version,
                    "other": names[spec.code, spec.version],
                }
            )
        names[spec.code, spec.version] = path.name
        specs.append(spec)
    if faults:
        raise RulebookError(faults)
    return specs


def parse_rulebook(data, name) -> RulebookSpec:
    """Build and check a rulebook from plain data. Raises RulebookError; `name` opens every sentence."""
    root = Node(_normalised(data), (name,), [])
    spec = RulebookSpec.read(root)
    if not root.faults:
        # The finer checks need a readable structure; with faults above they would only repeat them.
        _check(spec, root.fail)
    if root.faults:
        raise RulebookError(root.faults)
    return spec


def content_hash(content) -> str:
    """SHA-256 over canonical JSON: the same rules give the same hash in any order of keys."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _normalised(value):
    """All text in NFC, so that equal-looking titles are equal."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {_normalised(key): _normalised(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_normalised(item) for item in value]
    return value


def _check(spec, fail):
    _check_identity(spec, fail)
    if not spec.criteria:
        return fail(_("phải có ít nhất một tiêu chí."), "criteria")
    _check_criteria(spec, fail)
    _check_marks(spec, fail)
    _check_knock_outs_and_derived(spec, fail)
    check_procedure(spec, fail)
    _check_upgrade(spec, fail)
    check_facts(spec, fail)


def _check_upgrade(spec, fail):
    check_unique([one.level for one in spec.unknown_levels], fail, "unknown_levels")
    for one in spec.unknown_levels:
        if one.level not in spec.levels:
            fail(_("mức độ không có trong bộ tiêu chí."), "unknown_levels", str(one.level))
        if not one.fact.provisional:
            fail(_("độ tin cậy phải là M hoặc X, vì chưa có nguyên văn."), "unknown_levels", str(one.level), "fact")
    upgrade = spec.upgrade
    if upgrade is None:
        return
    if upgrade.from_level not in spec.levels or upgrade.to_level not in spec.levels:
        fail(_("mức độ không có trong bộ tiêu chí."), "upgrade")
    if upgrade.from_level >= upgrade.to_level or upgrade.months < 1:
        fail(_("phải lên mức độ cao hơn, sau ít nhất 1 tháng."), "upgrade")


def _check_identity(spec, fail):
    if spec.model not in LearningModel.values:
        fail(
            _("mô hình không có; hãy chọn một trong: %(m)s.") % {"m": ", ".join(LearningModel.values)},
            "model",
        )
    if spec.version < 1:
        fail(_("phiên bản phải từ 1 trở lên."), "version")
    for key, year in (("valid_from_year", spec.valid_from_year), ("valid_to_year", spec.valid_to_year)):
        if year is not None and not FIRST_YEAR <= year <= LAST_YEAR:
            fail(_("năm phải từ %(a)d đến %(b)d.") % {"a": FIRST_YEAR, "b": LAST_YEAR}, key)
    if spec.valid_to_year is not None and spec.valid_to_year < spec.valid_from_year:
        fail(_("năm kết thúc trước năm bắt đầu %(year)d.") % {"year": spec.valid_from_year}, "valid_to_year")
    if spec.evaluation == "points" and (spec.step <= 0 or spec.step % HALF):
        fail(_("bước điểm phải là bội số của 0,5."), "step")
    check_unique(spec.provinces, fail, "provinces")
    if not spec.legal_basis:
        fail(_("phải nêu ít nhất một căn cứ."), "legal_basis")


def _check_criteria(spec, fail):
    check_unique([criterion.code for _depth, criterion in spec.walk()], fail, "criteria")
    for _depth, criterion in spec.walk():
        where = ("criteria", criterion.code)
        if criterion.code == ALL_LEAVES:
            fail(_("mã “*” dành riêng cho điều kiện loại; hãy đặt mã khác."), *where)
        _check_for_whom(criterion, where, fail)
        if spec.evaluation == "levels":
            if criterion.is_leaf and not criterion.levels:
                fail(_("phải nêu chỉ tiêu thuộc mức độ nào."), *where, "levels")
            if any(level < 1 for level in criterion.levels):
                fail(_("mức độ phải từ 1 trở lên."), *where, "levels")
            continue
        _check_points(spec, criterion, where, fail)
    if spec.evaluation == "points" and spec.maximum != FULL_SCALE:
        fail(
            _("tổng điểm tối đa các tiêu chí là %(sum)s, phải bằng 100.") % {"sum": _n(spec.maximum)},
            "criteria",
        )


def _check_for_whom(criterion, where, fail):
    for name in criterion.applies_to:
        if name not in ORGANISATION_TYPES:
            fail(_("loại hình “%(name)s” không có.") % {"name": name}, *where, "applies_to")
    if criterion.applies_to and criterion.children:
        fail(_("chỉ đặt ở mục được chấm điểm, không đặt ở mục có mục con."), *where, "applies_to")
    check_unique([variant.group for variant in criterion.variants], fail, *where, "variants")
    for variant in criterion.variants:
        if variant.group not in GROUPS:
            fail(_("nhóm công dân phải từ 1 đến 4."), *where, "variants")


def _check_points(spec, criterion, where, fail):
    if criterion.levels:
        fail(_("chỉ dùng khi đánh giá theo mức độ (evaluation: levels)."), *where, "levels")
    if criterion.maximum <= 0:
        fail(_("điểm tối đa phải lớn hơn 0."), *where, "max")
    elif spec.step > 0 and criterion.maximum % spec.step:
        fail(_("điểm tối đa phải là bội số của bước điểm %(step)s.") % {"step": _n(spec.step)}, *where, "max")
    if criterion.children:
        total = sum((child.maximum for child in criterion.children), Decimal(0))
        if total != criterion.maximum:
            fail(
                _("các mục con cộng lại được %(sum)s điểm, khác điểm tối đa %(max)s.")
                % {"sum": _n(total), "max": _n(criterion.maximum)},
                *where,
                "max",
            )
        if criterion.na_allowed:
            fail(_("chỉ đặt ở mục được chấm điểm, không đặt ở mục có mục con."), *where, "na_allowed")
    if criterion.minimum is not None and not 0 < criterion.minimum <= criterion.maximum:
        fail(
            _("mức tối thiểu phải lớn hơn 0 và không quá %(max)s.") % {"max": _n(criterion.maximum)},
            *where,
            "min",
        )


def _check_marks(spec, fail):
    if spec.evaluation == "levels":
        for key, value in (("pass_marks", spec.pass_marks), ("ranks", spec.ranks)):
            if value:
                fail(_("không dùng khi đánh giá theo mức độ."), key)
        return
    if not spec.pass_marks and not spec.ranks:
        fail(_("phải có mức đạt (pass_marks) hoặc xếp loại (ranks)."), "pass_marks")
    for area, mark in spec.pass_marks.items():
        if not 0 < mark.value <= spec.maximum:
            fail(
                _("mức đạt phải lớn hơn 0 và không quá %(max)s.") % {"max": _n(spec.maximum)},
                "pass_marks",
                area,
            )
        elif spec.step > 0 and mark.value % spec.step:
            fail(_("phải là bội số của bước điểm %(step)s.") % {"step": _n(spec.step)}, "pass_marks", area)
    if spec.na_fact is None and any(leaf.na_allowed for leaf in spec.leaves):
        fail(_("có mục được phép “không áp dụng” nên phải nêu cách tính điểm."), "na_policy")
    if spec.ranks:
        _check_ranks(spec, fail)


def _check_ranks(spec, fail):
    names = [rank.rank for rank in spec.ranks]
    check_unique(names, fail, "ranks")
    order = [RANKS.index(name) for name in names]
    if order != sorted(order) or names[-1] != "NOT_MET" or len(names) < 2:
        fail(_("phải xếp từ cao xuống thấp và kết thúc bằng NOT_MET."), "ranks")
    for better, worse in zip(spec.ranks, spec.ranks[1:], strict=False):
        if worse.floor >= better.floor:
            fail(
                _("bắt đầu từ %(floor)s điểm, phải thấp hơn xếp loại liền trên (%(above)s).")
                % {"floor": _n(worse.floor), "above": _n(better.floor)},
                "ranks",
                worse.rank,
            )
    if spec.ranks[-1].floor != 0:
        fail(_("xếp loại cuối phải bắt đầu từ 0 điểm để không bỏ trống khoảng điểm nào."), "ranks", names[-1])
    for rank in spec.ranks:
        if not 0 <= rank.floor <= spec.maximum or (spec.step > 0 and rank.floor % spec.step):
            fail(
                _("điểm bắt đầu phải từ 0 đến %(max)s và là bội số của %(step)s.")
                % {"max": _n(spec.maximum), "step": _n(spec.step)},
                "ranks",
                rank.rank,
            )


def _check_knock_outs_and_derived(spec, fail):
    for knock in spec.knock_outs:
        where = ("knock_outs", knock.title)
        if (knock.minimum is None) == (not knock.condition) or bool(knock.criterion) != (knock.minimum is not None):
            fail(_("phải chọn một tiêu chí (criterion) kèm mức điểm (min), hoặc hỏi có hay không (condition)."), *where)
        elif knock.criterion and knock.criterion != ALL_LEAVES and knock.criterion not in spec.by_code:
            fail(_("mã tiêu chí “%(code)s” không có.") % {"code": knock.criterion}, *where, "criterion")
        elif knock.minimum is not None:
            codes = spec.leaf_codes if knock.criterion == ALL_LEAVES else (knock.criterion,)
            lowest = min((spec.by_code[code].maximum for code in codes), default=Decimal(0))
            if not 0 < knock.minimum <= lowest:
                fail(
                    _("mức tối thiểu phải lớn hơn 0 và không quá %(max)s.") % {"max": _n(lowest)},
                    *where,
                    "min",
                )
    check_unique([derived.code for derived in spec.derived], fail, "derived")
    for derived in spec.derived:
        if derived.measure not in MEASURES:
            fail(
                _("phần mềm không tính được “%(measure)s”; hãy chọn một trong: %(known)s.")
                % {"measure": derived.measure, "known": ", ".join(MEASURES)},
                "derived",
                derived.code,
                "measure",
            )
        if derived.criterion and derived.criterion not in spec.by_code:
            fail(
                _("mã tiêu chí “%(code)s” không có.") % {"code": derived.criterion},
                "derived",
                derived.code,
                "criterion",
            )
        for area, required in derived.required.items():
            if not 0 < required <= 100:
                fail(_("tỷ lệ phải lớn hơn 0 và không quá 100."), "derived", derived.code, "required", area)
        _check_brackets(spec, derived, fail)


def _check_brackets(spec, derived, fail):
    """A table from share to points has an answer for every share, and only points its criterion can have."""
    brackets, where = derived.brackets, ("derived", derived.code, "brackets")
    if not brackets:
        return
    if spec.by_levels or derived.criterion not in spec.leaf_codes:
        fail(_("chỉ đổi ra điểm cho một mục được chấm điểm."), *where)
        return
    if any(not 0 <= one.floor <= 100 for one in brackets) or brackets[-1].floor != 0:
        fail(_("tỷ lệ phải từ 0 đến 100, dòng cuối bắt đầu từ 0 để tỷ lệ nào cũng có điểm."), *where)
    if any(after.floor >= before.floor for before, after in zip(brackets, brackets[1:], strict=False)):
        fail(_("ghi từ tỷ lệ cao xuống thấp, không lặp lại."), *where)
    if any(after.points >= before.points for before, after in zip(brackets, brackets[1:], strict=False)):
        fail(_("tỷ lệ cao hơn phải được nhiều điểm hơn."), *where)
    most = spec.by_code[derived.criterion].maximum
    if any(not 0 <= one.points <= most or one.points % spec.step for one in brackets):
        fail(_("điểm phải từ 0 đến %(max)s và đúng bước %(step)s.") % {"max": _n(most), "step": _n(spec.step)}, *where)


def _n(number):
    return format(number.normalize(), "f").replace(".", ",")

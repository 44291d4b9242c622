"""manage.py score: score one sheet by a shipped rulebook, without touching the database."""

import json
from decimal import Decimal
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from portal.lib.tabular import Unreadable, read_file
from recognition.rulebook_checks import read_all
from recognition.rulebook_reader import RulebookError
from recognition.scoring import ScoreError, evaluate, points_text
from recognition.shares import Share
from units.choices import AreaClass

MAX_FILE_BYTES = 1_000_000  # a sheet of scores is a few hundred bytes


class Command(BaseCommand):
    help = "Chấm một bảng điểm (tệp JSON: mã tiêu chí → số điểm) theo bộ tiêu chí và nêu lý do."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--rulebook", required=True, help="mã bộ tiêu chí, ví dụ FAMILY-448")
        parser.add_argument("--scores", required=True, help='tệp JSON: {"1.1": 10, …}; null = chưa chấm')
        parser.add_argument("--area", default="NORMAL", help=", ".join(AreaClass.values))
        parser.add_argument("--na", default="", help="mã các mục không áp dụng, cách nhau bằng dấu phẩy")
        parser.add_argument(
            "--share", action="append", default=[], help="tỷ lệ của bộ tiêu chí, ví dụ D-03=41/120; ghi nhiều lần được"
        )
        parser.add_argument(
            "--condition", action="append", default=[], help="điều kiện khai, ví dụ member_sanctioned=no; yes hoặc no"
        )
        parser.add_argument("--json", action="store_true", help="in kết quả dạng JSON")

    def handle(self, *, rulebook, scores, area, na, share, condition, json: bool, **options):
        spec = _find(rulebook)
        measures = _measures(spec, share, condition)
        na = {code.strip() for code in na.split(",") if code.strip()}
        try:
            result = evaluate(spec, _read(Path(scores)), area=area, na=na, measures=measures)
        except ScoreError as error:
            raise CommandError(str(error)) from None
        unchecked = [] if measures is not None else _asked(spec, area)
        if json:
            self.stdout.write(_as_json(result, unchecked))
            return
        self.stdout.write(f"{spec.code} – {spec.title}")
        if spec.provisional:
            self.stdout.write(_("Lưu ý: bộ tiêu chí có trị số tạm thời, chưa đối chiếu hết với văn bản gốc."))
        self.stdout.write(
            _("Tổng điểm: %(total)s/%(max)s") % {"total": points_text(result.total), "max": points_text(result.maximum)}
        )
        self.stdout.write(_("Kết quả: đạt") if result.passed else _("Kết quả: không đạt"))
        for reason in result.reasons:
            self.stdout.write(f"- {reason}")
        if unchecked:
            self.stdout.write(
                _("Chưa xét: %(names)s. Hãy ghi bằng --share và --condition; hồ sơ trong phần mềm luôn được xét đủ.")
                % {"names": ", ".join(unchecked)}
            )


def _find(code):
    """The newest version of a shipped rulebook."""
    try:
        specs = read_all()
    except RulebookError as error:
        raise CommandError("\n".join([_("Bộ tiêu chí có lỗi:"), *error.faults])) from None
    found = [spec for spec in specs if spec.code == code]
    if not found:
        raise CommandError(
            _("Không có bộ tiêu chí “%(code)s”; các mã dùng được: %(codes)s.")
            % {"code": code, "codes": ", ".join(sorted({spec.code for spec in specs}))}
        )
    return max(found, key=lambda spec: spec.version)


def _asked(spec, area) -> list[str]:
    """What the rulebook asks beside points: codes of required shares and names of declared conditions."""
    return [
        *(derived.code for derived in spec.derived if area in derived.required),
        *(knock.condition for knock in spec.conditions),
    ]


def _measures(spec, shares: list[str], conditions: list[str]) -> dict | None:
    """Typed shares and answers as `evaluate` takes them; None when nothing was typed, so only points are judged."""
    if not shares and not conditions:
        return None
    found: dict = {}
    by_code = {derived.code: derived.measure for derived in spec.derived}
    for text in shares:
        code, _equals, value = text.partition("=")
        top, _slash, whole = value.partition("/")
        if code not in by_code or not (top.isdecimal() and whole.isdecimal() and len(value) < 20):
            raise CommandError(
                _("--share ghi như D-03=41/120; bộ tiêu chí này có: %(codes)s.") % {"codes": ", ".join(by_code) or "–"}
            )
        if int(top) > int(whole):
            raise CommandError(_("--share %(text)s: tử số phải từ 0 đến mẫu số.") % {"text": text})
        _once(by_code[code], code, found)
        found[by_code[code]] = Share(int(top), int(whole))
    names = [knock.condition for knock in spec.conditions]
    for text in conditions:
        name, _equals, value = text.partition("=")
        if name not in names or value not in ("yes", "no"):
            raise CommandError(
                _("--condition ghi như tên=yes hoặc tên=no; bộ tiêu chí này có: %(names)s.")
                % {"names": ", ".join(names) or "–"}
            )
        _once(name, name, found)
        found[name] = value == "yes"
    return found


def _once(key: str, shown: str, found: dict) -> None:
    """Of two different values of one thing nobody knows which was meant."""
    if key in found:
        raise CommandError(_("%(name)s được ghi hai lần.") % {"name": shown})


def _read(path):
    """The object in a JSON file. Numbers stay exact; a code written twice is refused, not silently overwritten."""
    try:
        text = read_file(path, MAX_FILE_BYTES).decode("utf-8-sig")
    except Unreadable:
        raise CommandError(_("Tệp %(file)s quá lớn, không phải bảng điểm.") % {"file": path.name}) from None
    except OSError:
        raise CommandError(_("Không mở được tệp %(file)s.") % {"file": path}) from None
    except UnicodeDecodeError:
        raise CommandError(_("Tệp %(file)s phải lưu bằng bảng mã UTF-8.") % {"file": path.name}) from None
    try:
        data = json.loads(text, parse_float=Decimal, parse_constant=Decimal, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        raise CommandError(
            _('Tệp %(file)s không đúng dạng JSON; thí dụ đúng: {"1.1": 10, "1.2": 9.5}.') % {"file": path.name}
        ) from None
    if not isinstance(data, dict):
        raise CommandError(
            _('Tệp %(file)s phải chứa các cặp mã tiêu chí và số điểm, thí dụ {"1.1": 10}, không phải danh sách.')
            % {"file": path.name}
        )
    return data


def _unique(pairs):
    found = {}
    for code, value in pairs:
        if code in found:
            raise CommandError(_("Mục %(code)s được ghi hai lần trong tệp điểm.") % {"code": code})
        found[code] = value
    return found


def _as_json(result, unchecked):
    total = int(result.total) if result.total == int(result.total) else float(result.total)
    return json.dumps(
        {
            "total": total,
            "maximum": int(result.maximum),
            "passed": result.passed,
            "rank": result.rank,
            "level": result.level,
            "reasons": result.reasons,
            "missing": result.missing,
            "unchecked": unchecked,
        },
        ensure_ascii=False,
    )

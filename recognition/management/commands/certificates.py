"""manage.py certificates: the certificates of a place, model and year, counted by how they stand, or written as PDF."""

import json
from collections import Counter
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from portal.lib import arguments
from recognition.choices import CheckOutcome, LearningModel
from recognition.domain.certifying import outcome_of
from recognition.domain.printing import BATCH, note_batch
from recognition.models import Certificate, Decision
from recognition.papers import certificates_pdf
from units.models import Place


class Command(BaseCommand):
    help = "Giấy công nhận của một địa bàn, mô hình, năm: đếm theo tình trạng, hoặc ghi tệp PDF theo từng quyết định."

    def add_arguments(self, parser):
        parser.add_argument("--place", required=True, help="mã địa bàn")
        parser.add_argument("--model", default=LearningModel.FAMILY, choices=LearningModel.values)
        parser.add_argument("--year", required=True, type=arguments.year)
        parser.add_argument("--out", help="thư mục để ghi tệp PDF; không ghi thì chỉ đếm")
        parser.add_argument("--dry-run", action="store_true", help="không ghi tệp nào, chỉ nói sẽ ghi gì")
        parser.add_argument("--json", action="store_true", help="in kết quả dạng JSON")

    def handle(self, *, place, model, year, out, dry_run, json: bool, **options):
        found = place_named(place, year)
        rows = (
            Certificate.objects.filter(
                award__model=model, award__year=year, **{f"award__{found.fact_column}": found.pk}
            )
            .select_related("award")
            .order_by("award__decision_id", "number_year", "number")
        )
        counts, usable = Counter(), {}
        for one in rows.iterator(chunk_size=2000):
            outcome = outcome_of(one)
            counts[outcome] += 1
            if outcome in (CheckOutcome.VALID, CheckOutcome.EXPIRED):
                usable.setdefault(one.award.decision_id, []).append(one.pk)
        files = self._files(usable, Path(out) if out else None, dry_run)
        result = {
            "place": found.code,
            "model": model,
            "year": year,
            "total": counts.total(),
            "by_outcome": {str(outcome): counts[outcome] for outcome in CheckOutcome if outcome != "UNKNOWN"},
            "files": files,
            "dry_run": dry_run,
        }
        if json:
            self.stdout.write(as_json(result))
            return
        self.stdout.write(_line(found, result))
        for outcome in CheckOutcome:
            if counts[outcome]:
                self.stdout.write(f"- {outcome.label}: {counts[outcome]}")
        for name in files:
            self.stdout.write(name)

    def _files(self, usable, folder, dry_run) -> list[str]:
        if folder is None:
            return []
        if not dry_run:
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError:
                raise CommandError(_("Không tạo được thư mục %(folder)s.") % {"folder": folder}) from None
        written = []
        decisions = Decision.objects.select_related("place").in_bulk(usable)
        for decision_pk, ids in usable.items():
            decision = decisions[decision_pk]
            for start in range(0, len(ids), BATCH):
                batch = start // BATCH + 1
                path = folder / f"giay-cong-nhan-{decision.pk}-{decision.number:02d}-{decision.number_year}-{batch}.pdf"
                if not dry_run:
                    part = ids[start : start + BATCH]
                    content = certificates_pdf(decision, Certificate.objects.filter(pk__in=part))
                    try:
                        path.write_bytes(content)
                    except OSError:
                        raise CommandError(_("Không ghi được tệp %(file)s.") % {"file": path}) from None
                    note_batch(actor=None, decision=decision, papers=part)
                written.append(str(path))
        return written


def _line(place, result) -> str:
    return _("%(place)s, năm %(year)d: %(count)d giấy công nhận.") % {
        "place": place.name,
        "year": result["year"],
        "count": result["total"],
    }


def place_named(code: str, year: int) -> Place:
    """The place with this code as it stood at the end of the year, else the latest one with it."""
    rows = Place.objects.filter(code=code).select_related("province", "district", "commune", "parent")
    place = rows.filter(valid_from__year__lte=year).order_by("-valid_from").first() or rows.first()
    if place is None:
        raise CommandError(_("Không có địa bàn nào mang mã %(code)s.") % {"code": code})
    return place


def as_json(result) -> str:
    """The result as JSON with Vietnamese letters as they are."""
    return json.dumps(result, ensure_ascii=False)

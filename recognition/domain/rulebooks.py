"""Rulebooks in the database: loading checked files, and finding the one a dossier is scored by."""

from dataclasses import dataclass
from typing import Literal

from django.db import connection, transaction
from django.db.models import Case, IntegerField, Q, Value, When
from django.utils.translation import gettext as _

from recognition.choices import LearningModel, RulebookOrigin, RulebookStatus
from recognition.models import Registration, Rulebook
from recognition.rulebook_checks import content_hash
from recognition.rulebook_spec import RulebookSpec
from units.choices import ManagingLevel

_LOAD_LOCK = 0x52554C45  # "RULE": two loads at once wait for each other


@dataclass(frozen=True)
class LoadOutcome:
    """What loading did with one rulebook, with a sentence for people."""

    code: str
    version: int
    outcome: Literal["added", "updated", "unchanged", "refused"]
    message: str


def rulebook_for(model: str, year: int, province=None, managed_by: str = ManagingLevel.COMMUNE) -> Rulebook | None:
    """The rulebook by which `model` is scored in the assessed `year` (R-10), or None when there is none.

    province: a Place, its code, or None. A rulebook made for the province wins over the general one, then the
    later one, then the higher version. managed_by: the level that manages an organisation; other models have one
    kind of rulebook only. Drafts and inactive ones are never chosen.
    """
    code = getattr(province, "code", province)
    general = Q(province_codes=[])
    own = Q(province_codes__contains=[str(code)]) if code else Q(pk__in=[])
    kind = {"managed_by": managed_by} if model == LearningModel.UNIT else {}
    return (
        Rulebook.objects.filter(general | own, model=model, is_active=True, valid_from_year__lte=year, **kind)
        .filter(Q(valid_to_year__isnull=True) | Q(valid_to_year__gte=year))
        .exclude(status=RulebookStatus.DRAFT)
        .annotate(own=Case(When(own, then=Value(1)), default=Value(0), output_field=IntegerField()))
        .order_by("-own", "-valid_from_year", "code", "-version")
        .first()
    )


def lock_rules(*, shared: bool = False) -> None:
    """Until the end of the transaction nobody else changes which rulebooks are in use; `shared`: only reads them.

    Whoever registers holds it shared, so a rulebook is put into use entirely before or entirely after.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock{'_shared' if shared else ''}(%s)", [_LOAD_LOCK])


def load_rulebooks(
    *, specs: list[RulebookSpec], origin: str = RulebookOrigin.SHIPPED, retire: bool = True
) -> list[LoadOutcome]:
    """Bring checked rulebooks into the database; repeatable. One outcome per rulebook, in the given order.

    The same content changes nothing. Changed content replaces a rulebook no registration uses yet; a used one is
    frozen and refused (raise the version in the file instead). A new version, unless a draft, retires older ones
    (not with `retire` False). What an association made is never overwritten or retired by a file: the file's version
    is refused, or stands beside it out of use.
    """
    with transaction.atomic():
        lock_rules()
        # FOR UPDATE also holds off new registrations that point to these rows while their content changes.
        rows = {
            (row.code, row.version): row
            for row in Rulebook.objects.select_for_update().filter(code__in={spec.code for spec in specs})
        }
        hashes = {(spec.code, spec.version): content_hash(spec.content) for spec in specs}
        changed = [row for key, row in rows.items() if key in hashes and row.content_hash != hashes[key]]
        used = set(
            Registration.objects.filter(rulebook__in=changed).values_list("rulebook_id", flat=True).distinct()
            if changed
            else ()
        )
        newest = {}
        for code, version in rows:
            newest[code] = max(version, newest.get(code, 0))
        how = (origin, retire)
        return [_load_one(spec, hashes[spec.code, spec.version], rows, used, newest, *how) for spec in specs]


def _load_one(spec, digest, rows, used, newest, origin, retire):
    """Write one rulebook if needed. One statement each: an installation has a handful of rulebooks."""
    row = rows.get((spec.code, spec.version))
    names = {"code": spec.code, "version": spec.version}

    def outcome(kind, sentence):
        return LoadOutcome(spec.code, spec.version, kind, sentence % names)

    if row is not None and row.content_hash == digest:
        return outcome("unchanged", _("%(code)s phiên bản %(version)d: không đổi."))
    if row is not None and row.origin != origin:
        return outcome(
            "refused",
            _(
                "%(code)s phiên bản %(version)d: Hội đã soạn phiên bản này trên cổng nên không ghi đè; hãy tăng số "
                "phiên bản trong tệp rồi nạp lại."
            ),
        )
    if row is not None and row.pk in used:
        return outcome(
            "refused",
            _(
                "%(code)s phiên bản %(version)d: đã có hồ sơ dùng bộ này nên không sửa được; "
                "hãy tăng số phiên bản trong tệp rồi nạp lại."
            ),
        )
    if row is None and newest.get(spec.code, 0) > spec.version:
        names["newest"] = newest[spec.code]
        return outcome(
            "refused", _("%(code)s phiên bản %(version)d: đã nạp phiên bản %(newest)d mới hơn; hãy tăng số phiên bản.")
        )
    is_new = row is None
    own = [
        one
        for one in rows.values()
        if one.code == spec.code and one.origin == RulebookOrigin.ASSOCIATION and one.is_active
    ]
    beside = is_new and origin == RulebookOrigin.SHIPPED and bool(own)
    row = row or Rulebook(code=spec.code, version=spec.version, origin=origin, is_active=not beside)
    row.model, row.title, row.status, row.managed_by = spec.model, spec.title, spec.status, spec.managed_by
    years = [year for year in (spec.valid_to_year, row.ended_after) if year]
    row.valid_from_year, row.valid_to_year = spec.valid_from_year, min(years) if years else None
    row.province_codes, row.content, row.content_hash = list(spec.provinces), spec.content, digest
    row.save()
    if not is_new:
        return outcome("updated", _("%(code)s phiên bản %(version)d: đã cập nhật."))
    if beside:
        names["own"] = max(one.version for one in own)
        return outcome(
            "added",
            _("%(code)s phiên bản %(version)d: đã thêm, chưa dùng vì Hội đang dùng phiên bản %(own)d tự soạn."),
        )
    if retire and spec.status != RulebookStatus.DRAFT:
        Rulebook.objects.filter(code=spec.code, version__lt=spec.version).update(is_active=False)
    return outcome("added", _("%(code)s phiên bản %(version)d: đã thêm."))

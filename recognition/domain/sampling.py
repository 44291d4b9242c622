"""Random samples: drawn once over a recorded list from a recorded seed, so that anybody can draw them again.

The order is that of sha256("<seed>:<registrant id>"), which PostgreSQL computes just the same:
    SELECT id FROM unnest(frame_ids) id ORDER BY encode(sha256(convert_to(seed || ':' || id, 'UTF8')), 'hex')
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib.moments import moment
from portal.lib.text import clean
from recognition.choices import MODEL_KIND, Action, LearningModel, SampleFrame, SampleResult
from recognition.domain.errors import NotPermitted, RecognitionError
from recognition.domain.inspecting import is_single, require_member
from recognition.domain.visiting import refuse_if_closed, visit_to
from recognition.models import Inspection, InspectionSample, InspectionVisit, Registration, SampledRegistrant
from recognition.models.registrations import ADDRESSED
from recognition.rules import entered_self_score, not_to_inspect, reference_day, same_person_sentence
from units.choices import Level, RegistrantKind
from units.models import Place, Stay, User

MOST = 200  # a team of a few people visits no more at one place


class ResultConflict(RecognitionError):
    """Another inspector wrote another result for somebody drawn. `kept`: the row as it stands."""

    def __init__(self, message: str, kept: SampledRegistrant):
        self.kept = kept
        super().__init__(message)


def sampled_kind(model: str) -> str:
    """Whom a team of this model visits: households where a community is inspected, else the model's own registrants."""
    kind = MODEL_KIND[LearningModel(model)]
    return RegistrantKind.HOUSEHOLD if kind == RegistrantKind.COMMUNITY else kind


def sampled_model(model: str) -> str:
    """The model whose dossiers are the list: families where a community is inspected."""
    return LearningModel.FAMILY if MODEL_KIND[LearningModel(model)] == RegistrantKind.COMMUNITY else model


def frame_of(inspection: Inspection, place: Place, frame: str) -> list[int]:
    """Registrant ids of a list, ascending. One query.

    Dossiers: of the year, self-scored or further. Register: everybody who stood there on 31 December of the year.
    """
    no_hamlet = place.level == Level.COMMUNE and inspection.place.level == Level.COMMUNE
    where = {place.fact_column: place.pk, **({"hamlet__isnull": True} if no_hamlet else {})}
    if frame == SampleFrame.DOSSIERS:
        rows = Registration.objects.live().filter(
            model=sampled_model(inspection.model), year=inspection.year, self_half__isnull=False, **where
        )
    else:
        day = reference_day(inspection.year)
        rows = Stay.objects.filter(
            Q(until__isnull=True) | Q(until__gt=day), kind=sampled_kind(inspection.model), since__lte=day, **where
        )
    return sorted(set(rows.values_list("registrant_id", flat=True)))


def frame_hash(ids: Iterable[int]) -> str:
    """Seal of a list: sha256 of its ids, ascending, joined by commas."""
    return hashlib.sha256(",".join(str(pk) for pk in ids).encode()).hexdigest()


def drawn_order(seed: str, ids: Iterable[int]) -> list[int]:
    """The whole list in the order of the draw."""
    return sorted(ids, key=lambda pk: (hashlib.sha256(f"{seed}:{pk}".encode()).hexdigest(), pk))


@transaction.atomic
def draw_sample(
    *, actor: User, inspection: Inspection, place: Place, frame: str, size: int, seed: str = ""
) -> InspectionSample:
    """Draw whom to visit at a place. Once only: who does not like the draw cannot draw again.

    `seed`: drawn by the machine when empty (a team may throw dice before witnesses instead). Raises NotPermitted, or
    RecognitionError: a second draw, an empty list, more than the list holds.
    """
    require_member(inspection, actor)
    visit = visit_to(inspection, place)
    refuse_if_closed(visit)
    if InspectionSample.objects.filter(visit=visit).exists():
        raise RecognitionError(_("Mẫu của %(place)s đã bốc; không bốc lại được.") % {"place": place.name})
    if frame not in SampleFrame.values:
        raise RecognitionError(_("Hãy chọn danh sách để bốc."))
    seed = clean(seed) or str(secrets.randbelow(900_000_000) + 100_000_000)
    if not seed.isascii() or not seed.isdecimal() or len(seed) > 20:
        raise RecognitionError(_("Số hạt giống gồm 1 đến 20 chữ số."))
    ids = frame_of(inspection, place, frame)
    if not ids:
        raise RecognitionError(
            _("Danh sách “%(frame)s” của %(place)s năm %(year)d không có ai để bốc.")
            % {"frame": SampleFrame(frame).label, "place": place.name, "year": inspection.year}
        )
    if not 1 <= size <= min(len(ids), MOST):
        raise RecognitionError(
            _("Số cần đến phải từ 1 đến %(most)d (danh sách có %(count)d).")
            % {"most": min(len(ids), MOST), "count": len(ids)}
        )
    sample = InspectionSample(
        visit=visit,
        frame=frame,
        size=size,
        seed=seed,
        frame_ids=ids,
        frame_count=len(ids),
        frame_hash=frame_hash(ids),
        drawn_by_name=actor.full_name,
    )
    try:
        with transaction.atomic():
            sample.save()
    except IntegrityError as error:
        raise RecognitionError(_("Mẫu của %(place)s đã bốc; không bốc lại được.") % {"place": place.name}) from error
    _add_rows(inspection, sample, list(enumerate(drawn_order(seed, ids)[:size], start=1)))
    return sample


def _add_rows(inspection: Inspection, sample: InspectionSample, drawn: list[tuple[int, int]], **more) -> None:
    dossiers = dict(
        Registration.objects.live()
        .filter(
            registrant_id__in=[pk for _position, pk in drawn],
            model=sampled_model(inspection.model),
            year=inspection.year,
        )
        .values_list("registrant_id", "pk")
    )
    SampledRegistrant.objects.bulk_create(
        SampledRegistrant(sample=sample, position=position, registrant_id=pk, registration_id=dossiers.get(pk), **more)
        for position, pk in drawn
    )


def _locked_row(actor: User, row: SampledRegistrant) -> tuple[SampledRegistrant, InspectionVisit]:
    """The row as it stands now, its visit locked, for somebody of the team."""
    known = SampledRegistrant.objects.select_related("sample__visit__inspection__place", "sample__visit__place").get(
        pk=row.pk
    )
    inspection = known.sample.visit.inspection
    require_member(inspection, actor)
    visit = visit_to(inspection, known.sample.visit.place)
    refuse_if_closed(visit)
    fresh = SampledRegistrant.objects.select_related("sample", "registrant", "registration").get(pk=row.pk)
    return fresh, visit


@transaction.atomic
def replace_drawn(*, actor: User, row: SampledRegistrant, reason: str) -> SampledRegistrant:
    """The next in the order of the draw stands in for somebody who cannot be visited. Nobody chooses whom.

    Raises NotPermitted, or RecognitionError: no reason, already replaced or confirmed, nobody left.
    """
    row, visit = _locked_row(actor, row)
    if not clean(reason):
        raise RecognitionError(_("Thay đối tượng phải ghi lý do."))
    if SampledRegistrant.objects.filter(replaces=row).exists():
        raise RecognitionError(_("%(name)s đã được thay rồi.") % {"name": row.registrant.name})
    if row.result in (SampleResult.CONFIRMED, SampleResult.DIFFERS):
        raise RecognitionError(_("%(name)s đã có kết quả nên không thay.") % {"name": row.registrant.name})
    sample = row.sample
    position = sample.rows.aggregate(last=Max("position"))["last"] + 1
    if position > sample.frame_count:
        raise RecognitionError(_("Danh sách bốc đã hết người để thay."))
    order = drawn_order(sample.seed, sample.frame_ids)
    _add_rows(visit.inspection, sample, [(position, order[position - 1])], replaces=row, reason=clean(reason)[:300])
    return sample.rows.get(position=position)


@transaction.atomic
def record_result(
    *, actor: User, row: SampledRegistrant, result: str, note: str = "", seen: int = 0
) -> SampledRegistrant:
    """What the team found: confirmed, differs (how, in words) or absent. `seen`: the version the page showed.

    Raises ResultConflict when another inspector wrote something else meanwhile.
    """
    row, visit = _locked_row(actor, row)
    if result not in SampleResult.values:
        raise RecognitionError(_("Hãy chọn kết quả."))
    column, own = not_to_inspect(actor, sampled_model(visit.inspection.model))
    if getattr(row.registrant, column, None) in own:
        raise NotPermitted(_("Cán bộ của địa bàn không được kiểm tra chính địa bàn mình."))
    if row.registration and entered_self_score(actor, row.registration):
        raise NotPermitted(same_person_sentence(Action.INSPECT))
    note = clean(note)[:500]
    if result == SampleResult.DIFFERS and not note:
        raise RecognitionError(_("Khác hồ sơ thì phải ghi khác ở điểm nào."))
    if (row.result, row.note) == (result, note):
        return row
    if SampledRegistrant.objects.filter(replaces=row).exists():
        raise RecognitionError(_("%(name)s đã được thay rồi.") % {"name": row.registrant.name})
    if row.version != seen:
        raise ResultConflict(
            _("%(name)s: %(who)s vừa ghi “%(kept)s” lúc %(when)s; bạn ghi “%(typed)s”. Chưa lưu; hãy chọn lại nếu cần.")
            % {
                "name": row.registrant.name,
                "who": row.result_by_name,
                "kept": row.get_result_display() + (f" ({row.note})" if row.note else ""),
                "when": moment(row.result_at),
                "typed": SampleResult(result).label + (f" ({note})" if note else ""),
            },
            row,
        )
    row.result, row.note, row.version = result, note, row.version + 1
    row.result_at, row.result_by, row.result_by_name = timezone.now(), actor, actor.full_name
    row.save()
    return row


def drawn_rows(visit: InspectionVisit) -> list[SampledRegistrant]:
    """Everybody drawn at a visit in the order of the draw, with what a list needs of them. One query."""
    rows = SampledRegistrant.objects.filter(sample__visit=visit).select_related(
        *ADDRESSED, "registrant__hamlet", "registration", "replaces__registrant", "replaced_by"
    )
    return list(rows.order_by("position"))


def samples_dossiers(inspection: Inspection, place: Place) -> bool:
    """Are those drawn the dossiers the team scores (families of a hamlet), not witnesses for a community's dossier?"""
    return not is_single(place, inspection.model) and sampled_model(inspection.model) == inspection.model

"""Many targets saved at once, each judged as if entered by itself: as many statements for one as for a thousand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from recognition.domain.errors import RecognitionError
from recognition.domain.targets import check_entry, findings_among, ready
from recognition.models import Target
from units.models import User

Key = tuple[int | None, str, str, int, str]
SAVED = ["percent", "legal_basis", "source", "confidence", "is_withdrawn", "version", "reason", "explanation",
         "saved_by_name"]  # fmt: skip


def key_of(target: Target) -> Key:
    """Of one key there is one target."""
    return target.place_id, target.model, target.measure, target.year, target.area_class


@transaction.atomic
def save_targets(
    *, actor: User, targets: Sequence[Target], shown: Sequence[int], explanation: str = ""
) -> list[Target | RecognitionError]:
    """Enter or correct targets, earliest year first, so that a later one is judged beside the earlier ones of the same
    list. `shown`: the version each was drawn from, 0 for a new one. No two may have one key.

    For each the target as it now stands, or why it was not taken. Raises RecognitionError when
    somebody else entered one of them in the same moment; then nothing is written.
    """
    places = {target.place_id for target in targets}
    wanted = {key_of(target) for target in targets}
    rows = Target.objects.filter(Q(place__in=places) | Q(place__isnull=True)).select_related("place")
    own = Q(place__in=places) if None not in places else Q()
    locked = {row.pk for row in Target.objects.filter(own).select_for_update().order_by("pk").only("pk")}
    found = list(rows.order_by("year", "pk"))
    kept = {key_of(row): row for row in found if key_of(row) in wanted and row.pk in locked}
    in_force: dict[int | None, list[Target]] = defaultdict(list)
    for row in found:
        if not row.is_withdrawn:
            in_force[row.place_id].append(row)
    told: dict[int, Target | RecognitionError] = {}
    fresh, changed = [], []
    for position in sorted(range(len(targets)), key=lambda at: targets[at].year):
        target, before = targets[position], kept.get(key_of(targets[position]))
        try:
            told[position] = _taken(actor, target, before, shown[position], explanation, in_force)
        except RecognitionError as error:
            told[position] = error
            continue
        if told[position] is target:
            (changed if before else fresh).append(target)
            mine = [row for row in in_force[target.place_id] if before is None or row.pk != before.pk]
            in_force[target.place_id] = sorted([*mine, target], key=lambda row: row.year)
    try:
        with transaction.atomic():
            Target.objects.bulk_create(fresh, batch_size=1000)
            Target.objects.bulk_update(changed, SAVED, batch_size=1000)
    except IntegrityError as error:  # two people entered the same target at once
        raise RecognitionError(_("Người khác vừa đặt chỉ tiêu này. Hãy tải lại trang rồi làm lại.")) from error
    return [told[position] for position in range(len(targets))]


def _taken(actor, target: Target, before: Target | None, version: int, explanation: str, in_force) -> Target:
    check_entry(actor, target)
    beside = in_force[target.place_id] if target.place_id is None else in_force[target.place_id] + in_force[None]
    if before is not None:
        target.pk = before.pk
    if not ready(actor, target, before, version, explanation, lambda: findings_among(beside, target.place, target)):
        return before
    try:
        target.clean_fields(exclude=["place"])  # it was found by the caller; asking once more costs a statement
    except ValidationError as error:
        raise RecognitionError(next(iter(error.messages))) from error
    return target

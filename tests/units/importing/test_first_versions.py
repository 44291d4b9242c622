"""What an import brought in has its whole history, although its first events are written only when it changes."""

import pghistory
import pgtrigger
import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from recognition.domain.integrity import CHECKS
from tests.factories.units import make_household, make_officer
from tests.units.importing.steps import PLAIN, at_once, confirmed, hamlet, previewed
from units.choices import Role
from units.domain import history, importing
from units.models import Household, ImportBatch, Place, Registrant, Stay

MODELS = (Registrant, Household, Stay)


def stored(model, key) -> list[tuple]:
    """Label, who and when of the events of a row."""
    rows = model.pgh_event_model.objects.filter(pgh_obj_id=key).order_by("pgh_id").select_related("pgh_context")
    return [(one.pgh_label, one.pgh_context.metadata["user_name"], one.pgh_created_at) for one in rows]


def told(registrant) -> list[tuple]:
    tracks = history.Track(Registrant, [registrant.pk], created="Đưa vào sổ"), history.Track(Household, [registrant.pk])
    return [(one.title, one.actor, one.changes) for one in history.timeline(*tracks)]


def faults() -> list[str]:
    return [fault.message for fault in CHECKS["history"]() if fault.message.startswith(("Đối tượng", "Hộ", "Thời"))]


def test_the_history_is_whole_before_and_after_the_first_change(ward):
    actor = make_officer(Role.WARD_OFFICER, ward, name="Nguyễn Thị An")
    with pghistory.context(user=actor.pk, user_name=actor.full_name):
        batch = confirmed(previewed(ward, PLAIN.read_bytes(), actor), actor)
    rows = Registrant.objects.filter(import_batch=batch).order_by("pk")
    one, two, three = rows[:3]
    written = ImportBatch.objects.get(pk=batch.pk).written_at

    # Nothing is stored, and everybody reads who brought it in, and when.
    assert [model.pgh_event_model.objects.count() for model in MODELS] == [0, 0, 0]
    assert told(one) == [("Đưa vào sổ", "Nguyễn Thị An", [])]
    assert history.newest_author((Registrant, one.pk), (Household, one.pk)) == ("Nguyễn Thị An", written)
    assert faults() == []
    unchanged = history.version((Registrant, one.pk), (Household, one.pk))

    # The first change writes what stood before, by whom it was written; the second one only itself.
    with pghistory.context(user=None, user_name="Lê Văn Ba"):
        Household.objects.filter(pk=one.pk).update(members=9)
        Household.objects.filter(pk=one.pk).update(members=8)
        Registrant.objects.filter(pk__in=[two.pk, three.pk]).update(note="Xem lại")
    steps = [(label, who) for label, who, _at in stored(Household, one.pk)]
    assert steps == [("insert", "Nguyễn Thị An"), ("update", "Lê Văn Ba"), ("update", "Lê Văn Ba")]
    assert stored(Household, one.pk)[0][2] == written
    assert [len(stored(Registrant, row.pk)) for row in (one, two, three)] == [0, 2, 2]
    kept = batch.rows.get(registrant_id=one.pk)
    events = Household.pgh_event_model.objects.filter(pgh_obj_id=one.pk).order_by("pgh_id")
    assert list(events.values_list("members", "address", "phone")) == [
        (members, kept.address, kept.phone) for members in (kept.members, 9, 8)
    ]
    assert told(one)[-1] == ("Đưa vào sổ", "Nguyễn Thị An", [])
    assert ("Số nhân khẩu", str(kept.members), "8") in [change for step in told(one) for change in step[2]]
    assert history.version((Registrant, one.pk), (Household, one.pk)) != unchanged
    assert faults() == []

    # A row that is deleted leaves what it was.
    Stay.objects.filter(registrant=three).delete()
    deleted = Stay.pgh_event_model.objects.filter(registrant=three.pk).order_by("pgh_id")
    assert list(deleted.values_list("pgh_label", "hamlet")) == [
        ("insert", three.hamlet_id),
        ("delete", three.hamlet_id),
    ]

    # Taking the import back closes all of it, in history, too.
    others = rows.exclude(pk__in=[one.pk, two.pk, three.pk])
    Household.objects.filter(pk=one.pk).update(members=kept.members)
    Registrant.objects.filter(pk__in=[two.pk, three.pk]).update(note=F("note"))
    assert importing.undo_obstacles(batch) != ""  # three was changed
    count = others.count()
    Registrant.objects.filter(pk__in=others.values("pk")).update(closed_on=F("opened_on"), close_reason="DISSOLVED")
    labels = Registrant.pgh_event_model.objects.filter(pgh_obj_id__in=others.values("pk"))
    assert [labels.filter(pgh_label=one).count() for one in ("insert", "update")] == [count, count]


def test_only_rows_of_the_import_go_without_and_no_change_behind_the_triggers_goes_unseen(ward):
    before = make_household(hamlet(ward, 1))
    batch = at_once(ward, PLAIN.read_bytes()).batch
    after = make_household(hamlet(ward, 1))  # the same connection writes events again
    one, two = Registrant.objects.filter(import_batch=batch).order_by("pk")[:2]
    for model, key in ((Registrant, "pk"), (Household, "pk"), (Stay, "registrant")):
        for row in (before, after):
            events = model.pgh_event_model.objects.filter(pgh_obj_id=model.objects.get(**{key: row.pk}).pk)
            assert list(events.values_list("pgh_label", flat=True)) == ["insert"]
    assert faults() == []

    with connection.cursor() as cursor, pgtrigger.ignore():
        cursor.execute("UPDATE units_household SET members = 59 WHERE registrant_id = %s", [one.pk])
        cursor.execute("UPDATE units_registrant SET import_batch_id = NULL WHERE id = %s", [two.pk])
    assert faults() == [
        f"Hộ gia đình {one.pk} khác bản ghi cuối trong lịch sử.",
    ]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE units_importbatch SET written_at = NULL")
    assert f"Đối tượng trong sổ {two.pk} không có lịch sử." in faults()


def test_an_import_whose_rows_stand_in_the_register_stays(ward):
    batch = at_once(ward, PLAIN.read_bytes()).batch

    with pytest.raises(IntegrityError), transaction.atomic():
        batch.rows.all().delete()
        batch.delete()
    assert Place.objects.count() and ImportBatch.objects.get() == batch

"""Long work of the register: checking, confirming and undoing an import. Each keeps its work in one transaction."""

from __future__ import annotations

from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext as _

from portal import jobs
from units.domain import importing
from units.domain.errors import PortalError
from units.domain.importing.undoing import UNDO_JOB
from units.models import ImportBatch

CHECK, CONFIRM, UNDO = "units.import_check", "units.import_confirm", UNDO_JOB


def _batch(job) -> ImportBatch:
    rows = ImportBatch.objects.select_related("place__commune").defer("file_bytes")
    batch = rows.filter(pk=job.params["batch"]).first()
    if batch is None:
        raise jobs.JobError(_("Lần nhập này đã được bỏ."))
    return batch


@jobs.handler(CHECK)
def check(job, progress) -> dict:
    """Read the file and judge its rows; a file that cannot be read leaves its sentence in the batch."""
    return importing.check(batch=_batch(job), progress=progress).counts


@jobs.handler(CONFIRM)
def confirm(job, progress) -> dict:
    """Write a previewed list; when it cannot be done the batch goes back to its preview, with the sentence."""
    batch = _batch(job)
    progress(0, 0, _("Đang ghi vào sổ bộ"))
    try:
        return importing.confirm(actor=job.created_by, batch=batch).counts
    except PortalError as error:
        importing.release(batch, error.message)
        raise jobs.JobError(error.message) from error
    except (InterfaceError, OperationalError):
        raise  # an interruption: the job is run again
    except Exception:
        importing.release(batch, _("Chưa ghi được vì một lỗi ngoài dự kiến. Không có gì bị ghi dở dang."))
        raise


@jobs.handler(UNDO)
def undo(job, progress) -> dict:
    """Take an import back."""
    progress(0, 0, _("Đang hoàn tác lần nhập"))
    try:
        done, _now = importing.undo(actor=job.created_by, batch=_batch(job))
        return done.counts
    except PortalError as error:
        raise jobs.JobError(error.message) from error

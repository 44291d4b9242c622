"""Long work in the background, with progress. The queue is the table jobs_job (docs/decisions/0002-own-job-table.md).

In an app's `jobs.py` (found by itself when the app starts):

    from portal import jobs

    @jobs.handler("units.import_check")
    def check(job, progress):
        for done, chunk in enumerate(chunks):
            …
            progress(done, len(chunks), _("Đang kiểm tra danh sách"))
        return {"added": 12}

and where the work is asked for: `job = jobs.enqueue("units.import_check", {"batch": 7}, created_by=user)`, then
redirect to `jobs:detail`; `return_to` in the parameters is where that page leads when the work is done.

A handler keeps its work in one transaction and must bear being run again: a worker may be killed after the work
was committed and before that could be noted. It raises JobError (or any
PortalError) with a sentence for people when it has to give up.
"""

from django.apps import apps as installed_apps  # this package has a module called apps

from portal.jobs.registry import JobError, Progress, handler, handler_of

__all__ = ["JobError", "Progress", "enqueue", "handler", "run_now"]


def enqueue(kind: str, params: dict, *, created_by):
    """Put one piece of work into the queue and return its Job; it starts once the transaction is committed.

    `created_by` is a user or None. Raises LookupError for a kind nobody handles.
    """
    handler_of(kind)
    return installed_apps.get_model("jobs", "Job").objects.create(kind=kind, params=params, created_by=created_by)


def run_now(job):
    """Run `job` here and now (commands, tests), or wait for the worker that was faster; returns it finished."""
    from portal.jobs import running  # noqa: PLC0415  (needs the models, which are not there while apps load)

    return running.run_now(job)

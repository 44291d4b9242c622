"""The progress page. It asks for its own news every second while the work goes on."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRedirect

from portal.jobs.models import Job, JobState


@never_cache
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Progress of one job, for whoever asked for it and for administrators; leads on when it is done."""
    job = get_object_or_404(Job.objects.visible_to(request.user), pk=pk)
    return_to = job.params.get("return_to", "")
    if not url_has_allowed_host_and_scheme(return_to, allowed_hosts=None):
        return_to = ""
    if job.state == JobState.DONE and return_to:
        return HttpResponseClientRedirect(return_to) if request.htmx else redirect(return_to)
    template = "jobs/_progress.html" if request.htmx else "jobs/job_detail.html"
    return render(request, template, {"job": job, "return_to": return_to})

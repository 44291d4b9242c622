"""For monitors and start-up scripts."""

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.version import VERSION


@login_not_required
@never_cache
@require_safe
def health(request):
    """200 with {"status": "ok"} when the database answers; Django's 500 otherwise. Says nothing about data."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok", "version": VERSION})

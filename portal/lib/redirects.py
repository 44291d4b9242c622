"""Going on to the page that a short address stands for."""

from django.http import HttpResponseRedirect
from django.urls import reverse


def onward(request, name: str, *args) -> HttpResponseRedirect:
    """Redirect to the named page, the question part of the address kept: /hoi/?nam=2025 stays about 2025."""
    query = request.GET.urlencode()
    return HttpResponseRedirect(reverse(name, args=args) + (f"?{query}" if query else ""))

"""From which address a request comes."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address of whoever asks; behind the portal's own proxies the one the outermost of them saw.

    Each of TRUSTED_PROXIES adds the address it saw to the end of X-Forwarded-For; those before, and the whole header
    where no proxy is set up, are whatever the sender wrote. A request with fewer addresses came round the outer ones:
    then the last counts, which the nearest proxy wrote itself.
    """
    near = request.META.get("REMOTE_ADDR", "")
    if not settings.BEHIND_TLS_PROXY:
        return near
    seen = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    number = settings.TRUSTED_PROXIES
    try:
        return str(ipaddress.ip_address(seen[-number if number <= len(seen) else -1].strip()))
    except ValueError:
        return near


def throttled_address(request: HttpRequest) -> str:
    """What one sender is counted by: whoever has an IPv6 line owns a whole /64 and may ask from a new one each time."""
    address = client_address(request)
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if known.version == 4:
        return address
    if known.ipv4_mapped:
        return str(known.ipv4_mapped)
    return str(ipaddress.ip_network((known.packed, 64), strict=False).network_address)

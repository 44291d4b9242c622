"""How often one address may ask something that needs no account."""

from __future__ import annotations

import hashlib

from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone

from portal.lib.client_address import client_address


def too_many(request: HttpRequest, name: str, per_minute: int) -> bool:
    """More than `per_minute` requests of this kind this minute from one address? The address is kept as a hash, for a
    minute."""
    address = hashlib.sha256(client_address(request).encode()).hexdigest()[:32]
    key = f"{name}:{address}:{timezone.now():%H%M}"
    cache.add(key, 0, 90)
    try:
        return cache.incr(key) > per_minute
    except ValueError:  # dropped from the cache between the two calls
        return False

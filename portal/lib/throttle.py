"""How often one address may ask something that needs no account."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping

from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone

from portal.lib.client_address import throttled_address


def too_many(request: HttpRequest, name: str, per_minute: int) -> bool:
    """More than `per_minute` requests of this kind this minute from one address? The address is kept as a hash, for a
    minute."""
    address = hashlib.sha256(throttled_address(request).encode()).hexdigest()[:32]
    key = f"{name}:{address}:{timezone.now():%H%M}"
    cache.add(key, 0, 90)
    try:
        return cache.incr(key) > per_minute
    except ValueError:  # dropped from the cache between the two calls
        return False


def spent(request: HttpRequest, name: str, limits: Mapping[str, int]) -> bool:
    """Has one of these used up its tries of the hour? `limits`: most tries by who tries, a link for example; "" stands
    for the address that asks. Counts nothing: see `spend`."""
    keys = _tries(request, name, limits)
    found = cache.get_many(keys)
    return any(found.get(key, 0) >= most for key, most in zip(keys, limits.values(), strict=True))


def spend(request: HttpRequest, name: str, limits: Mapping[str, int]) -> None:
    """One try more for each of them, forgotten after an hour."""
    for key in _tries(request, name, limits):
        cache.add(key, 0, 3600)
        with contextlib.suppress(ValueError):  # dropped from the cache between the two calls
            cache.incr(key)


def _tries(request: HttpRequest, name: str, limits: Mapping[str, int]) -> list[str]:
    who = [one or throttled_address(request) for one in limits]
    return [f"{name}:{hashlib.sha256(one.encode()).hexdigest()[:32]}" for one in who]

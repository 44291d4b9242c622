"""Where the browser came from."""

from urllib.parse import urlsplit


def page_before(request) -> str:
    """Address, inside the portal, of the page the browser was on; empty when unknown or on another site."""
    source = urlsplit(request.headers.get("Referer", ""))
    if source.netloc != request.get_host():
        return ""
    return f"{source.path}?{source.query}" if source.query else source.path

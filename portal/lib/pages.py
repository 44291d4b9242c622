"""Where the browser came from."""

from urllib.parse import SplitResult, urlsplit


def split_address(text: str) -> SplitResult:
    """The parts of an address a browser sent; all empty where it is none."""
    try:
        return urlsplit(text)
    except ValueError:  # "http://[::1"
        return urlsplit("")


def page_before(request) -> str:
    """Address, inside the portal, of the page the browser was on; empty when unknown or on another site."""
    source = split_address(request.headers.get("Referer", ""))
    if source.netloc != request.get_host():
        return ""
    return f"{source.path}?{source.query}" if source.query else source.path

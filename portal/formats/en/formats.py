"""English interface, Vietnamese paper: dates and numbers keep the form officers type and sign."""

from portal.formats.vi.formats import *  # noqa: F403  (same formats on purpose)

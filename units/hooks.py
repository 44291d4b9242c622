"""Places where later apps add to the pages of the register. `units` never imports them; they plug in from `ready()`.

# recognition/apps.py
def ready(self):
    from units import hooks
    hooks.registrant_panels.append(views.panels.recognitions_of)
"""

from collections.abc import Callable

# Each is called as panel(request, registrant) on a registrant's page and returns None (nothing to show), ready
# markup (SafeString), or {"template": name, "context": {...}}; the register's view renders it below the key facts.
registrant_panels: list[Callable] = []

# Each is called as link(request, place) on a place's page and returns (address, icon, words) of buttons to show there.
place_links: list[Callable] = []

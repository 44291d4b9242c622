"""Forms of communities: enter the community of a hamlet or ward, or correct its note."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from units.forms.registrants import RegistrantForm


class CommunityForm(RegistrantForm):
    """The name is that of the place, so an entry chooses the place, and a correction is of the note alone."""

    name = None

    def __init__(self, *args, places, registrant=None, **kwargs):
        super().__init__(*args, places=places, registrant=registrant, **kwargs)
        if registrant is not None:
            del self.fields["place"]

    def groups(self) -> list[tuple]:
        """Fieldsets before the last one."""
        return [] if self.registrant is not None else [(_("Cộng đồng của nơi nào"), ["place"])]

"""A file somebody handed in, as models keep it: judged, hashed and stored in one way."""

from __future__ import annotations

from django.core.files.base import ContentFile
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.lib.uploads import TYPES, Accepted


class KeptFile(models.Model):
    """`format`, `size` and `sha256` are those of the kept file: a picture is kept as it was drawn anew.

    A model adds its own `file`, because each keeps its files in a folder of its own.
    """

    name = models.CharField(_("Tên tệp"), max_length=150)
    format = models.CharField(_("Dạng tệp"), max_length=4, choices=[(key, key) for key in TYPES])
    size = models.PositiveIntegerField(_("Dung lượng"))
    sha256 = models.CharField(max_length=64)

    class Meta:
        abstract = True

    def keep(self, accepted: Accepted) -> None:
        """Store the file and save the row. When the row cannot be saved, the file does not stay either."""
        self.name, self.format = accepted.name, accepted.format
        self.size, self.sha256 = len(accepted.data), accepted.sha256
        self.file.save(accepted.name, ContentFile(accepted.data), save=False)
        try:
            self.save()
        except BaseException:
            self.file.delete(save=False)  # nothing in the books may point to it, so it must not lie there either
            raise

    @property
    def is_picture(self) -> bool:
        return self.format == "JPEG"

    @property
    def content_type(self) -> str:
        return TYPES[self.format][0]

"""What a place publishes to everybody."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from units.models import Place
from units.models.history import tracked


@tracked()
class PublicPage(models.Model):
    """A ward's or province's public page: off until its association turns it on; names of families only by decision.

    Luật 91/2025/QH15: what is published of a person needs a decision; recognised heads are therefore off by default.
    """

    place = models.OneToOneField(Place, models.PROTECT, related_name="public_page", verbose_name=_("Địa bàn"))
    is_open = models.BooleanField(_("Mở trang công khai"), default=False)
    shows_heads = models.BooleanField(
        _("Công khai họ tên chủ hộ được công nhận, kèm khu phố, thôn"),
        default=False,
        help_text=_("Chỉ bật khi địa phương đã quyết định công khai và đã báo cho các gia đình."),
    )

    class Meta:
        verbose_name = _("Trang công khai")
        verbose_name_plural = _("Trang công khai")

    def __str__(self) -> str:
        return str(self.place)

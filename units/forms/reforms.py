"""Forms of reforms. What is typed is shown as a preview first; the same values are then sent again to be done."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.core import signing
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib.tabular import too_large
from portal.lib.text import clean, fold
from units.choices import HamletKind, Level
from units.domain.places import NAME_LENGTH, HamletDraft, guess_kind
from units.domain.reforms.assigning import Assigned
from units.domain.reforms.wards import Choice
from units.forms.fields import PlaceChoiceField
from units.models import Place

ENDED = gettext_lazy("Nơi đã chọn vừa kết thúc hoặc không thuộc phường, xã này. Hãy mở lại trang rồi chọn lại.")
MOST_NEW = 8
SALT, TOLD_FOR = "units.assignment", 24 * 3600
MOST_ONE_BY_ONE = 600  # households shown one by one on a page


class _DayForm(forms.Form):
    on = forms.DateField(label=gettext_lazy("Có hiệu lực từ ngày"), initial=timezone.localdate)


class CloseForm(_DayForm):
    """The day a hamlet ends."""


class MergeForm(_DayForm):
    """Which hamlets, into which."""

    hamlets = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Các khu phố, thôn được nhập"),
        queryset=Place.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": gettext_lazy("Hãy chọn các khu phố, thôn được nhập."),
            "invalid_choice": ENDED,
            "invalid_pk_value": ENDED,
        },
    )
    into = forms.ModelChoiceField(
        label=gettext_lazy("Nhập vào"),
        queryset=Place.objects.none(),
        required=False,
        empty_label=gettext_lazy("Khu phố, thôn mới, đặt tên bên dưới"),
        error_messages={"invalid_choice": ENDED},
    )
    name = forms.CharField(
        label=gettext_lazy("Tên mới"),
        required=False,
        max_length=NAME_LENGTH,
        help_text=gettext_lazy("Chỉ ghi khi nhập thành nơi mới. Ví dụ: Khu phố 3."),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Loại"), choices=HamletKind.choices, required=False)

    def __init__(self, *args, commune: Place, **kwargs):
        super().__init__(*args, **kwargs)
        living = Place.objects.filter(parent=commune, level=Level.HAMLET).current().order_by("sort_key")
        self.fields["hamlets"].queryset = living.select_related("commune")
        self.fields["into"].queryset = living

    def clean(self) -> dict:
        data = super().clean()
        if not data.get("into") and "into" not in self.errors and not clean(data.get("name")):
            self.add_error("name", _("Hãy chọn nơi nhập vào, hoặc ghi tên mới."))
        if data.get("into") and clean(data.get("name")):
            self.add_error("name", _("Chọn nơi đã có thì để trống tên mới."))
        return data

    def values(self) -> dict:
        """What plan_merge takes."""
        data = self.cleaned_data
        into = data["into"] or HamletDraft(data["name"], guess_kind(data["name"], data["kind"] or HamletKind.KHU_PHO))
        return {"hamlets": list(data["hamlets"]), "into": into, "on": data["on"]}


class RenameForm(_DayForm):
    """A new name beside each hamlet; an empty one stays as it is."""

    def __init__(self, *args, commune: Place, **kwargs):
        super().__init__(*args, **kwargs)
        living = Place.objects.filter(parent=commune, level=Level.HAMLET).current().order_by("sort_key")
        self.hamlets = list(living.select_related("commune"))
        for hamlet in self.hamlets:
            self.fields[f"n{hamlet.pk}"] = forms.CharField(label=hamlet.name, required=False, max_length=NAME_LENGTH)

    def values(self) -> dict:
        """What plan_rename takes."""
        data = self.cleaned_data
        return {"names": {hamlet: data[f"n{hamlet.pk}"] for hamlet in self.hamlets}, "on": data["on"]}


class MoveForm(_DayForm):
    """Which commune a hamlet goes to."""

    commune = PlaceChoiceField(label=gettext_lazy("Sang phường, xã"), level=Level.COMMUNE, former=False)
    name = forms.CharField(
        label=gettext_lazy("Tên ở nơi mới"),
        required=False,
        max_length=NAME_LENGTH,
        help_text=gettext_lazy("Để trống thì giữ tên cũ."),
    )


class SplitForm(_DayForm):
    """Names of the new hamlets, one a line; then where each group and each registrant goes.

    `groups`: [(name, households)]; `others`: registrants that may be assigned one by one.
    """

    names = forms.CharField(
        label=gettext_lazy("Các khu phố, thôn mới"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Mỗi dòng một tên. Một nơi có thể giữ tên cũ."),
        error_messages={"required": gettext_lazy("Hãy ghi tên các khu phố, thôn mới, mỗi dòng một tên.")},
    )

    def __init__(self, *args, hamlet: Place, groups: list, others: list, **kwargs):
        super().__init__(*args, **kwargs)
        self.hamlet, self.groups, self.others = hamlet, groups, others
        typed = self.data.get("names", "") if self.is_bound else ""
        self.drafts = [
            HamletDraft(clean(line), guess_kind(line, hamlet.kind)) for line in typed.splitlines() if clean(line)
        ][: MOST_NEW + 1]
        places = [(str(position), draft.name) for position, draft in enumerate(self.drafts)]
        for number, (name, count) in enumerate(groups):
            label = _("%(group)s (%(count)d hộ)") % {"group": name or _("Không ghi tổ"), "count": count}
            self.fields[f"g{number}"] = forms.ChoiceField(
                label=label, required=False, choices=[("", _("Chưa phân")), *places]
            )
        for row in others:
            as_group = _("Theo tổ") if row.kind == "HOUSEHOLD" else _("Chưa phân")
            self.fields[f"r{row.pk}"] = forms.ChoiceField(
                label=row.name, required=False, choices=[("", as_group), *places]
            )

    def clean_names(self) -> str:
        """Between two and MOST_NEW names."""
        if not 2 <= len(self.drafts) <= MOST_NEW:
            raise forms.ValidationError(_("Hãy ghi từ 2 đến %(most)d tên, mỗi dòng một tên.") % {"most": MOST_NEW})
        names = [fold(draft.name) for draft in self.drafts]
        twice = next((draft.name for draft in self.drafts if names.count(fold(draft.name)) > 1), "")
        if twice:
            raise forms.ValidationError(_("“%(name)s” ghi hai lần. Mỗi nơi mới một tên.") % {"name": twice})
        return self.cleaned_data["names"]

    @property
    def group_fields(self) -> list:
        return [self[f"g{number}"] for number in range(len(self.groups))]

    @property
    def other_rows(self) -> list[tuple]:
        """(registrant, field) of whoever can be assigned one by one."""
        return [(row, self[f"r{row.pk}"]) for row in self.others]

    def values(self) -> dict:
        """What plan_split takes."""
        data = self.cleaned_data
        groups = {name: int(data[f"g{n}"]) for n, (name, _count) in enumerate(self.groups) if data[f"g{n}"]}
        registrants = {row.pk: int(data[f"r{row.pk}"]) for row in self.others if data[f"r{row.pk}"]}
        return {"into": self.drafts, "groups": groups, "registrants": registrants, "on": data["on"]}


class CarryForm(forms.Form):
    """To which successor ward each hamlet, group and registrant of an old ward goes. Empty: not yet."""

    def __init__(self, *args, wards: list[Place], hamlets: list, groups: list, others: list, ward_level: int, **kwargs):
        super().__init__(*args, **kwargs)
        self.hamlets, self.groups, self.others = hamlets, groups, others
        places = [(str(ward.pk), ward.name) for ward in wards]
        if ward_level:
            label = _("Đơn vị, dòng họ không thuộc khu phố nào (%(count)d)") % {"count": ward_level}
            self.fields["ward_level"] = self._field(label, _("Chưa chuyển"), places)
        for hamlet, count in hamlets:
            label = _("%(place)s (%(count)d)") % {"place": hamlet.name, "count": count}
            self.fields[f"h{hamlet.pk}"] = self._field(label, _("Chưa chuyển"), places)
        for number, (hamlet, name, count) in enumerate(groups):
            label = _("%(place)s, %(group)s (%(count)d hộ)") % {
                "place": hamlet.name,
                "group": name or _("không ghi tổ"),
                "count": count,
            }
            self.fields[f"g{number}"] = self._field(label, _("Theo khu phố"), places)
        for row in others:
            self.fields[f"r{row.pk}"] = self._field(row.name, _("Theo tổ hoặc khu phố"), places)

    @staticmethod
    def _field(label: str, nothing: str, places: list) -> forms.ChoiceField:
        return forms.ChoiceField(label=label, required=False, choices=[("", nothing), *places])

    @property
    def hamlet_fields(self) -> list:
        return [self[name] for name in self.fields if name == "ward_level" or name.startswith("h")]

    @property
    def group_fields(self) -> list:
        return [self[name] for name in self.fields if name.startswith("g")]

    @property
    def other_rows(self) -> list[tuple]:
        """(registrant, field) of whoever can be assigned one by one."""
        return [(row, self[f"r{row.pk}"]) for row in self.others]

    def choice(self) -> Choice:
        """What plan_ward takes."""
        data = self.cleaned_data
        return Choice(
            {hamlet.pk: int(data[f"h{hamlet.pk}"]) for hamlet, _count in self.hamlets if data[f"h{hamlet.pk}"]},
            {
                (hamlet.pk, name): int(data[f"g{number}"])
                for number, (hamlet, name, _count) in enumerate(self.groups)
                if data[f"g{number}"]
            },
            {row.pk: int(data[f"r{row.pk}"]) for row in self.others if data[f"r{row.pk}"]},
            int(data["ward_level"]) if data.get("ward_level") else None,
        )


class AssignForm(forms.Form):
    """A filled-in workbook of who goes where; after the preview, what it said (`told`, signed) instead of the file."""

    file = forms.FileField(
        label=gettext_lazy("Tệp phân về"),
        required=False,
        max_length=255,
        error_messages={
            "empty": gettext_lazy("Tệp rỗng, không có dữ liệu. Hãy chọn lại tệp danh sách."),
            "invalid": gettext_lazy("Chưa nhận được tệp. Hãy chọn lại tệp danh sách."),
            "max_length": gettext_lazy("Tên tệp quá dài. Hãy đặt tên ngắn hơn."),
        },
    )
    told = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, old: Place, **kwargs):
        super().__init__(*args, **kwargs)
        self.old = old
        self.assigned: Assigned | None = None

    def clean(self) -> dict:
        data = super().clean()
        if data.get("told"):
            try:
                ward, hamlets, registrants, elsewhere = signing.loads(data["told"], salt=SALT, max_age=TOLD_FOR)
            except signing.BadSignature:
                ward = None
            if ward != self.old.pk:
                self.add_error("file", _("Bản xem trước đã cũ. Hãy tải tệp lên lại; chưa có gì được ghi."))
                return data
            pairs = [{int(key): to for key, to in part.items()} for part in (hamlets, registrants)]
            self.assigned = Assigned(Choice(pairs[0], {}, pairs[1]), elsewhere)
        elif not data.get("file") and "file" not in self.errors:
            self.add_error("file", _("Hãy chọn tệp danh sách."))
        elif data.get("file") and data["file"].size > settings.IMPORT_MAX_BYTES:
            self.add_error("file", too_large(data["file"].size, settings.IMPORT_MAX_BYTES))
        return data

    def told_again(self, assigned: Assigned) -> str:
        """What the preview's button sends back. Signed, so it says what the checked file said."""
        choice = assigned.choice
        parts = (self.old.pk, dict(choice.hamlets), dict(choice.registrants), assigned.elsewhere)
        return signing.dumps(parts, salt=SALT, compress=True)

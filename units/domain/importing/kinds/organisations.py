"""Lists of organisations, with their staff and learners by year."""

from __future__ import annotations

import re

from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib.text import fold
from units.choices import ManagingLevel, OrganisationType, RegistrantKind
from units.domain import organisations
from units.domain.importing.kinds import cells
from units.domain.importing.kinds.spec import Field, KindList, Line, Scene
from units.domain.importing.rows import phone_of
from units.models import OrganisationYear
from units.models.organisations import MOST_PEOPLE

FIRST_YEAR = 2010
_YEARLY = re.compile(r"^(staff|learners)_(\d{4})$")
_TYPES = {
    "truong mam non": OrganisationType.KINDERGARTEN,
    "mam non": OrganisationType.KINDERGARTEN,
    "mau giao": OrganisationType.KINDERGARTEN,
    "tieu hoc": OrganisationType.PRIMARY,
    "thcs": OrganisationType.LOWER_SECONDARY,
    "truong thcs": OrganisationType.LOWER_SECONDARY,
    "trung hoc co so": OrganisationType.LOWER_SECONDARY,
    "thpt": OrganisationType.UPPER_SECONDARY,
    "truong thpt": OrganisationType.UPPER_SECONDARY,
    "trung hoc pho thong": OrganisationType.UPPER_SECONDARY,
    "gdtx": OrganisationType.CONTINUING,
    "giao duc thuong xuyen": OrganisationType.CONTINUING,
    "day nghe": OrganisationType.VOCATIONAL,
    "giao duc nghe nghiep": OrganisationType.VOCATIONAL,
    "dai hoc": OrganisationType.UNIVERSITY,
    "cao dang": OrganisationType.UNIVERSITY,
    "co quan nha nuoc": OrganisationType.AGENCY,
    "co quan hanh chinh": OrganisationType.AGENCY,
    "doanh nghiep": OrganisationType.ENTERPRISE,
    "cong ty": OrganisationType.ENTERPRISE,
    "hop tac xa": OrganisationType.ENTERPRISE,
    "cong an": OrganisationType.ARMED_FORCES,
    "quan doi": OrganisationType.ARMED_FORCES,
    "ton giao": OrganisationType.RELIGIOUS,
}
_LEVELS = {
    "phuong": ManagingLevel.COMMUNE,
    "xa": ManagingLevel.COMMUNE,
    "phuong xa": ManagingLevel.COMMUNE,
    "cap xa": ManagingLevel.COMMUNE,
    "quan": ManagingLevel.DISTRICT,
    "huyen": ManagingLevel.DISTRICT,
    "cap huyen": ManagingLevel.DISTRICT,
    "tinh": ManagingLevel.PROVINCE,
    "thanh pho": ManagingLevel.PROVINCE,
    "cap tinh": ManagingLevel.PROVINCE,
}
# Whole headings only: the names below them begin with the same words ("Trường …", "Công ty …").
NAME_PATTERN = r"^(?:(?:ten|cac|day du|va|co quan|don vi|truong|truong hoc|doanh nghiep|to chuc|cong ty)(?: |$))+$"
_STAFF = r"\b(nguoi lao dong|can bo|cbgv\w*|cb gv\w*|cbcnv|cnv|nhan vien|giao vien|lao dong|bien che)\b"
_LEARNERS = r"\b(nguoi hoc|hoc sinh|sinh vien|hoc vien|so hs|tre)\b|^hs$"

_NUMBERS = re.compile(rf"{_STAFF}|{_LEARNERS}|\bhs$")
MOST_REMARKS = 6


def _shown(choices):
    labels = dict(choices)
    return lambda value: str(labels.get(value, value))


class OrganisationList(KindList):
    """Lists of offices, schools and enterprises; staff and learners belong to the year their heading names."""

    kind = RegistrantKind.ORGANISATION
    book = organisations.BOOK
    profile = slug = "organisation"
    noun = gettext_lazy("đơn vị")
    title = gettext_lazy("Cơ quan, đơn vị")
    needed = ("type",)
    fields = (
        Field("phone", gettext_lazy("Điện thoại"), r"\b(dien thoai|so dt|sdt|dtdd|di dong|zalo)\b|^dt$", phone_of),
        Field(
            "branch_chair",
            gettext_lazy("Chi hội trưởng"),
            r"\bchi hoi truong\b",
            cells.text(gettext_lazy("Chi hội trưởng"), 150),
        ),
        Field(
            "has_branch",
            gettext_lazy("Có chi hội"),
            r"\bchi hoi\b",
            cells.mark(gettext_lazy("Có chi hội")),
            lambda value: "x" if value else "",
            erases=True,
            empty=False,
        ),
        Field(
            "contact",
            gettext_lazy("Người liên hệ"),
            r"\b(lien he|dau moi|nguoi dai dien)\b",
            cells.text(gettext_lazy("Người liên hệ"), 150),
        ),
        Field(
            "managed_by",
            gettext_lazy("Cấp quản lý"),
            r"\bcap quan ly\b",
            cells.choice(gettext_lazy("Cấp quản lý"), ManagingLevel.choices, _LEVELS),
            _shown(ManagingLevel.choices),
        ),
        Field(
            "type",
            gettext_lazy("Loại hình"),
            r"\b(loai hinh|loai don vi|loai)\b",
            cells.choice(gettext_lazy("Loại hình"), OrganisationType.choices, _TYPES),
            _shown(OrganisationType.choices),
        ),
        Field("address", gettext_lazy("Địa chỉ"), r"\bdia chi\b", cells.text(gettext_lazy("Địa chỉ"), 250)),
    )
    _name = Field(
        "name",
        gettext_lazy("Tên đơn vị"),
        NAME_PATTERN,
        cells.name(gettext_lazy("Tên đơn vị")),
    )
    fields = (*fields, _name)

    def yearly(self, batch) -> tuple[Field, ...]:
        """Columns of numbers: with a year in the heading, or without one for the year of the list."""
        found = []
        years = range(timezone.localdate().year, FIRST_YEAR - 1, -1)
        for name, label, pattern in (
            ("learners", gettext_lazy("Người học"), _LEARNERS),
            ("staff", gettext_lazy("Cán bộ, người lao động"), _STAFF),
        ):
            for year in years:
                read = cells.whole(label, MOST_PEOPLE)
                # Tied to the start: searched from every letter, a long note without the year takes minutes.
                fits = rf"^(?=.*\b{year}\b)(?!.*\b(?!{year}\b)20\d\d\b)(?:.*(?:{pattern}))"
                found.append(Field(f"{name}_{year}", f"{label} {year}", fits, read))
        for name, label, pattern in (
            ("learners", gettext_lazy("Người học"), _LEARNERS),
            ("staff", gettext_lazy("Cán bộ, người lao động"), _STAFF),
        ):
            read = cells.whole(label, MOST_PEOPLE)
            found.append(Field(name, label, rf"^(?!.*\b(19|20)\d\d\b).*(?:{pattern})", read))
        return tuple(found)

    def all_fields(self, batch):
        first = tuple(one for one in self.fields if one.name != "name")
        found = super().all_fields(batch)
        return (*first, *self.yearly(batch), *(one for one in found if one not in first))

    def remarks(self, fields, unknown=()):
        asked = [text for text in unknown if _NUMBERS.search(fold(text)) and re.search(r"\b(19|20)\d\d\b", text)]
        return super().remarks(fields, unknown) + [
            _("Cột “%(heading)s”: số liệu phải là của một năm từ %(first)s đến %(last)s, nên cột này không được dùng. "
              "Hãy ghi một năm vào tiêu đề, ví dụ “Người học %(last)s”.")
            % {"heading": text[:80], "first": FIRST_YEAR, "last": timezone.localdate().year}
            for text in asked[:MOST_REMARKS]
        ]  # fmt: skip

    def settle(self, line: Line, scene: Scene) -> None:
        for name in ("staff", "learners"):
            if name in line.values:
                line.values.setdefault(f"{name}_{scene.batch.year}", line.values.pop(name))
                if scene.batch.year > timezone.localdate().year:
                    line.reasons.append(_("Năm %(year)s chưa đến.") % {"year": scene.batch.year})

    def stored(self, registrant):
        found = super().stored(registrant)
        for row in registrant.organisation.years.all():
            found[f"staff_{row.year}"], found[f"learners_{row.year}"] = row.staff, row.learners
        return found

    def standing(self, commune):
        rows = super().standing(commune)
        prefetch_related_objects(rows, "organisation__years")
        return rows

    def refusal(self, line, there, scene):
        stored = self.stored(there) if there else {}
        for name in line.values:
            match = _YEARLY.match(name)
            if match and match[1] == "learners" and line.values[name] is not None:
                staff = f"staff_{match[2]}"
                if line.values.get(staff, stored.get(staff)) is None:
                    return _("Có số người học năm %(year)s thì phải ghi cả số cán bộ, người lao động.") % {
                        "year": match[2]
                    }
        return ""

    def after_write(self, added, changed, scene):
        wanted: dict[tuple[int, int], dict] = {}
        for line in (*added, *changed):
            names = line.values if line in added else line.before
            for name in names:
                if match := _YEARLY.match(name):
                    row = wanted.setdefault((line.registrant_id, int(match[2])), {})
                    row[match[1]] = line.values[name]
        self._put(wanted)

    def after_undo(self, rows, scene):
        wanted: dict[tuple[int, int], dict] = {}
        for row in rows:
            before = row.before if row.verdict == "CHANGED" else dict.fromkeys(row.values)
            for name, value in before.items():
                if match := _YEARLY.match(name):
                    wanted.setdefault((row.registrant_id, int(match[2])), {})[match[1]] = value
        self._put(wanted)

    def _put(self, wanted: dict) -> None:
        """Write numbers of years; one without staff goes away."""
        there = {
            (row.organisation_id, row.year): row
            for row in OrganisationYear.objects.filter(
                organisation__in={pk for pk, _year in wanted}, year__in={year for _pk, year in wanted}
            )
        }
        fresh, kept, gone = [], [], []
        for (pk, year), numbers in wanted.items():
            row = there.get((pk, year))
            one = row or OrganisationYear(organisation_id=pk, year=year)
            for name, value in numbers.items():
                setattr(one, name, value)
            if one.staff is None:
                gone += [one.pk] if row else []
            else:
                (kept if row else fresh).append(one)
        OrganisationYear.objects.bulk_create(fresh)
        OrganisationYear.objects.bulk_update(kept, ["staff", "learners"], batch_size=1000)
        OrganisationYear.objects.filter(pk__in=gone).delete()

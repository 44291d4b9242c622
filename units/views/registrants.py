"""Pages every kind of registrant shares. A kind is a subclass that says what differs; households have pages of their
own (register.py) and use the same parts."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import FileResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.lib.language import in_official_language
from portal.lib.listing import Listing
from portal.lib.text import fold
from units.choices import REGISTER_KEEPERS
from units.domain import closing, history
from units.domain import registrants as verbs
from units.domain.duplicates import hooks
from units.domain.errors import ChangedMeanwhile, NotAllowed, PossibleDuplicate, RegisterError
from units.domain.registrants import Book
from units.domain.totals import register_total
from units.exports import registrants_workbook
from units.forms.registrants import CloseForm, RegistrantFilterForm, RegistrantForm, Status
from units.models import Place, Registrant, User
from units.rules import may_correct, may_keep_register, role_scope, scope_of
from units.views.browse import (
    WITH_LIST,
    drill_down,
    hamlets_of,
    own_places,
    own_tabs,
    place_or_404,
    places_kept_by,
)
from units.views.registrant_parts import (
    closing_facts,
    conflict,
    describe_step,
    rendered_panels,
    set_hidden,
    show_refusal,
    stays_of,
)

form_methods = require_http_methods(["GET", "HEAD", "POST"])


class RegistrantPages:
    """List, record, entry, correction, closing and reopening of one kind.

    `book` and the forms say what it is; `profile` is the attribute of a registrant that holds the profile, `slug`
    starts the names of its URLs, `title` heads its lists. units/_<slug>_rows.html holds the table of the list.
    """

    book: Book
    slug: str
    title: str
    profile: str
    form_class: type[RegistrantForm] = RegistrantForm
    filter_class: type[RegistrantFilterForm] = RegistrantFilterForm
    detail_template = "units/registrant_detail.html"
    related: tuple[str, ...] = ()
    sorts = {"name": ("sort_key", "id"), "hamlet": ("hamlet__sort_key", "sort_key", "id")}
    icon = "people"

    # --- What a kind may say differently

    def facts(self, registrant: Registrant) -> list[tuple]:
        """Key facts: (label, value) or (label, value, hint)."""
        raise NotImplementedError

    def columns(self) -> list[tuple]:
        """Columns of the Excel list: (heading, width, function of the registrant)."""
        raise NotImplementedError

    def exported(self, rows):
        """The queryset with what the Excel list's columns need besides."""
        return rows

    def more_sheets(self, place: Place, rows, user: User | None = None) -> list[tuple]:
        """Further sheets of the Excel list: (name, columns, rows), as far as `user` may see; None is the console."""
        return []

    def tracks(self, registrant: Registrant) -> list[history.Track]:
        """Whose history is shown besides the registrant's own."""
        return [history.Track(self.book.profile, [registrant.pk])]

    def heading(self, registrant: Registrant) -> str:
        """What heads a record."""
        return registrant.name

    def extra(self, request, registrant: Registrant) -> dict:
        """What the record's template needs besides."""
        return {}

    def list_extra(self, request, place: Place) -> dict:
        """What the list's template needs besides."""
        return {}

    def initial(self, registrant: Registrant) -> dict:
        """What the form of a correction starts from."""
        profile = getattr(registrant, self.profile)
        found = {name: getattr(profile, name) for name in self.book.fields}
        return found | {"name": registrant.name, "place": registrant.place.pk, "note": registrant.note}

    def new_form(self, request, **kwargs) -> RegistrantForm:
        """The form of an entry."""
        initial = {name: request.GET[name] for name in ("place",) if name in request.GET}
        return self.form_class(
            request.POST or None, places=places_kept_by(request.user, REGISTER_KEEPERS), initial=initial
        )

    def filtered(self, rows, filters: dict):
        """The queryset under the filter form's values."""
        status = filters.get("status") or Status.OPEN
        if status == Status.OPEN:
            rows = rows.open()
        elif status == Status.CLOSED:
            rows = rows.filter(closed_on__isnull=False)
        if filters.get("hamlet"):
            rows = rows.filter(hamlet_id=filters["hamlet"])
        if fold(filters.get("q") or ""):
            rows = rows.named(filters["q"])
        return self.filter_class.narrow(rows, filters)

    # --- Lists

    @method_decorator(require_safe)
    def list(self, request):
        """The register of the person's own place."""
        places = own_places(request.user)
        if places:
            return self._place_page(request, places[0])
        if scope_of(request.user).everything:
            return self._places_page(request, None)
        return render(request, "units/household_nowhere.html")

    @method_decorator(require_safe)
    def place(self, request, place_pk):
        """The register of a place inside the person's postings."""
        return self._place_page(request, place_or_404(request.user, place_pk))

    @method_decorator(require_safe)
    @in_official_language
    def export(self, request, place_pk):
        """The filtered list as an Excel workbook, all pages of it."""
        place = place_or_404(request.user, place_pk, *WITH_LIST)
        start = fold(str(self.title)).replace(" ", "-")
        name = f"{start}-{fold(place.name).replace(' ', '-')}-{timezone.localdate():%Y%m%d}.xlsx"
        rows = self._listing(request, place).queryset
        sheets = self.more_sheets(place, rows, request.user)
        book = registrants_workbook(str(self.title), self.columns(), self.exported(rows), sheets)
        return FileResponse(book, as_attachment=True, filename=name)

    def _place_page(self, request, place: Place):
        if place.level not in WITH_LIST:
            return self._places_page(request, place)
        listing = self._listing(request, place)
        context = self._words() | {
            "place": place,
            "listing": listing,
            "tabs": own_tabs(request.user, place, self._url_name("place")),
            "show_hamlet": "hamlet" in listing.form.fields,
            "show_closed": bool(listing.filters["status"]),
            "may_add": may_keep_register(request.user, place) and not place.is_legacy,
            "create_url": f"{reverse(self._url_name('create'))}?place={place.pk}",
            "export_url": f"{reverse(self._url_name('export'), args=[place.pk])}?{request.GET.urlencode()}".rstrip("?"),
            "rows_template": f"units/_{self.slug}_rows.html",
            "kind": self.book.kind,
        }
        return render(request, "units/registrant_list.html", context | self.list_extra(request, place))

    def _places_page(self, request, place: Place | None):
        name = self._url_name("place")
        context = drill_down(place, name, kind=self.book.kind) | {"tabs": own_tabs(request.user, place, name)}
        return render(request, "units/registrant_places.html", self._words() | context)

    def _listing(self, request, place: Place) -> Listing:
        """Rows of a ward or hamlet. Without filters the total comes from the tally."""
        rows = Registrant.objects.visible_to(request.user).within(place).filter(kind=self.book.kind)
        rows = rows.select_related(self.profile, "hamlet", "commune", *self.related)

        def total() -> int:
            if not any(value for value in listing.filters.values()):
                return register_total(place, kind=self.book.kind)
            return listing.last_row if not listing.next_url and listing.rows else listing.queryset.count()

        listing = Listing(
            request,
            rows,
            form_class=self.filter_class,
            form_kwargs={"hamlets": hamlets_of(place)},
            apply=self.filtered,
            sorts=self.sorts,
            default_sort="name",
            total=total,
        )
        return listing

    # --- One registrant

    def get(self, request, pk: int) -> Registrant:
        """The registrant, for somebody posted where it stands; a stranger gets 404."""
        rows = Registrant.objects.visible_to(request.user).filter(kind=self.book.kind)
        related = ("hamlet__province", "hamlet__district", "hamlet__commune", "commune__province", "commune__district")
        return get_object_or_404(rows.select_related(self.profile, *related, *self.related), pk=pk)

    def kept(self, request, pk: int) -> Registrant:
        """The registrant, for somebody who may change it: a stranger gets 404, a reader 403."""
        registrant = self.get(request, pk)
        if not may_correct(request.user, registrant):
            raise PermissionDenied
        return registrant

    @method_decorator(require_safe)
    def detail(self, request, pk):
        """Key facts, where it stood, what the yearly work adds, and its history."""
        registrant = self.get(request, pk)
        context = self._words() | {
            "registrant": registrant,
            "heading": self.heading(registrant),
            "place": registrant.place,
            "list_url": reverse(self._url_name("place"), args=[registrant.place.pk]),
            "correct_url": reverse(self._url_name("correct"), args=[pk]),
            "close_url": reverse(self._url_name("close"), args=[pk]),
            "reopen_url": reverse(self._url_name("reopen"), args=[pk]),
            "facts": [*self.facts(registrant), *closing_facts(registrant)],
            "stays": stays_of(registrant),
            "may_correct": may_correct(request.user, registrant),
            "panels": rendered_panels(request, registrant),
            "history": history.timeline(
                history.Track(Registrant, [pk], created=_("Đưa vào sổ"), describe=describe_step),
                *self.tracks(registrant),
            ),
        }
        return render(request, self.detail_template, context | self.extra(request, registrant))

    @method_decorator(form_methods)
    def create(self, request):
        """Enter one. A likely duplicate is shown and asked about, never blocked."""
        if not role_scope(request.user, REGISTER_KEEPERS).places:
            raise PermissionDenied
        form = self.new_form(request)
        duplicates = []
        if request.method == "POST" and form.is_valid():
            try:
                registrant = self.enter(request, form)
            except PossibleDuplicate as error:
                duplicates = error.duplicates
                set_hidden(form, "seen", ",".join(str(row.pk) for row in duplicates))
            except RegisterError as error:
                show_refusal(form, error)
            except NotAllowed as error:
                raise PermissionDenied(error.message) from error
            else:
                text = _("Đã thêm %(noun)s “%(name)s” vào sổ.")
                messages.success(request, text % {"noun": self.book.noun, "name": registrant.name})
                if "again" in request.POST:
                    return redirect(request.get_full_path())
                return redirect(self._url_name("detail"), registrant.pk)
        context = self._words() | {
            "form": form,
            "duplicates": [(row, reverse(self._url_name("detail"), args=[row.pk])) for row in duplicates],
            "list_url": reverse(self._url_name("list")),
            "keep": f"{self.slug}-create",
        }
        return render(request, "units/registrant_create.html", context | self.create_context(request))

    def create_context(self, request) -> dict:
        """What the entry's template needs besides; `lead` is the line below its heading."""
        return {}

    def enter(self, request, form: RegistrantForm) -> Registrant:
        """Write what the form of an entry holds."""
        return verbs.enter(actor=request.user, book=self.book, seen_duplicates=form.seen_duplicates, **form.values())

    @method_decorator(form_methods)
    def correct(self, request, pk):
        """Correct one. What somebody else saved meanwhile is shown beside what was typed, never lost unseen."""
        self.kept(request, pk)
        version = self.book.version(pk)
        registrant = self.get(request, pk)  # read after the version: a change in between is noticed, never missed
        if not registrant.is_open:
            text = _("%(noun)s này đã ra khỏi sổ. Hãy mở lại trước khi sửa.")
            messages.error(request, text % {"noun": capfirst(str(self.book.noun))})
            return redirect(self._url_name("detail"), pk)
        places = places_kept_by(request.user, REGISTER_KEEPERS).filter(
            Q(pk=registrant.commune_id) | Q(commune_id=registrant.commune_id)
        )
        initial = self.initial(registrant) | {"version": version}
        form = self.form_class(request.POST or None, places=places, registrant=registrant, initial=initial)
        clash = None
        if request.method == "POST" and form.is_valid():
            try:
                # A form without a version is treated as an old one: asking once more harms nobody.
                self.change(request, registrant, form, version=form.cleaned_data["version"] or "-")
            except ChangedMeanwhile as error:
                clash = conflict(error, self.book, form)
                set_hidden(form, "version", error.version)
            except RegisterError as error:
                show_refusal(form, error)
            except NotAllowed as error:
                raise PermissionDenied(error.message) from error
            else:
                same = self.book.version(pk) == version
                messages.success(request, _("Không có gì thay đổi.") if same else _("Đã lưu thông tin."))
                return redirect(self._url_name("detail"), pk)
        context = self._words() | {
            "registrant": registrant,
            "form": form,
            "conflict": clash,
            "back_url": reverse(self._url_name("detail"), args=[pk]),
            "keep": f"{self.slug}-correct",
        }
        return render(request, "units/registrant_correct.html", context)

    def change(self, request, registrant: Registrant, form: RegistrantForm, *, version: str) -> None:
        """Write what the form of a correction holds."""
        verbs.correct(actor=request.user, book=self.book, registrant=registrant, version=version, **form.values())

    @method_decorator(form_methods)
    def close(self, request, pk):
        """Take one out of the register, with a reason and a day."""
        registrant = self.kept(request, pk)
        if request.method != "POST" and not registrant.is_open:
            return redirect(self._url_name("detail"), pk)
        form = CloseForm(request.POST or None, noun=self.book.noun, kind=self.book.kind)
        if request.method == "POST" and form.is_valid():
            try:
                closing.close_registrant(actor=request.user, registrant=registrant, **form.cleaned_data)
            except RegisterError as error:
                show_refusal(form, error)
            except NotAllowed as error:
                raise PermissionDenied(error.message) from error
            else:
                text = _("Đã đưa %(noun)s “%(name)s” ra khỏi sổ.")
                messages.success(request, text % {"noun": self.book.noun, "name": registrant.name})
                return redirect(self._url_name("detail"), pk)
        context = self._words() | {
            "registrant": registrant,
            "form": form,
            "back_url": reverse(self._url_name("detail"), args=[pk]),
            "keep": f"{self.slug}-close",
            "dossiers": hooks.dossiers_of(registrant),
        }
        return render(request, "units/registrant_close.html", context)

    @method_decorator(require_POST)
    def reopen(self, request, pk):
        """Take one back into the register."""
        registrant = self.kept(request, pk)
        try:
            reopened = closing.reopen_registrant(actor=request.user, registrant=registrant)
        except NotAllowed as error:
            raise PermissionDenied(error.message) from error
        except RegisterError as error:
            messages.error(request, error.message)
            return redirect(self._url_name("detail"), pk)
        text = _("Đã mở lại %(noun)s “%(name)s”.") % {"noun": self.book.noun, "name": reopened.name}
        if registrant.closed_on.year != timezone.localdate().year:
            text += " " + _("Được tính lại từ hôm nay; số liệu các năm trước không đổi.")
        messages.success(request, text)
        return redirect(self._url_name("detail"), pk)

    # --- Names

    def routes(self, prefix: str) -> list:
        """URL patterns below `prefix`."""
        return [
            path(f"{prefix}/", self.list, name=f"{self.slug}-list"),
            path(f"{prefix}/dia-ban/<int:place_pk>/", self.place, name=f"{self.slug}-place"),
            path(f"{prefix}/dia-ban/<int:place_pk>/xuat-excel/", self.export, name=f"{self.slug}-export"),
            *self.record_routes(prefix),
        ]

    def record_routes(self, prefix: str) -> list:
        """URL patterns below `prefix` without the lists."""
        return [
            path(f"{prefix}/them/", self.create, name=f"{self.slug}-create"),
            path(f"{prefix}/<int:pk>/", self.detail, name=f"{self.slug}-detail"),
            path(f"{prefix}/<int:pk>/sua/", self.correct, name=f"{self.slug}-correct"),
            path(f"{prefix}/<int:pk>/ra-khoi-so/", self.close, name=f"{self.slug}-close"),
            path(f"{prefix}/<int:pk>/vao-lai/", self.reopen, name=f"{self.slug}-reopen"),
        ]

    def _url_name(self, what: str) -> str:
        return f"units:{self.slug}-{what}"

    def _words(self) -> dict:
        return {"title": self.title, "kind_title": self.title, "noun": self.book.noun, "icon_name": self.icon}

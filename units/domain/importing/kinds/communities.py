"""Lists of communities: hamlets of a ward and the ward itself, by their names."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib.text import fold
from units.choices import CloseReason, RegistrantKind
from units.domain.communities import start_of
from units.domain.importing.kinds import cells
from units.domain.importing.kinds.spec import NOTE, Field, KindList, Line, Scene
from units.models import Community, Registrant


class CommunityList(KindList):
    """A community is a place, so a list can only name places the ward has: it adds those missing and their notes."""

    kind = RegistrantKind.COMMUNITY
    book = None
    profile = slug = "community"
    noun = gettext_lazy("cộng đồng")
    title = gettext_lazy("Cộng đồng")
    fields = (
        Field(
            "name",
            gettext_lazy("Cộng đồng"),
            r"^(?:(?:ten|cong dong|khu pho|thon|ap|khom|to dan pho|khu dan cu|hoc tap|dia ban|kp|tdp)(?: |$))+$",
            cells.name(gettext_lazy("Cộng đồng")),
        ),
    )
    related = ("community__place",)
    ignored = r"^(cap|khu vuc)$"

    def all_fields(self, batch):
        return (NOTE, *self.fields)

    def settle(self, line: Line, scene: Scene) -> None:
        if not line.name:
            return
        if fold(line.name) in (fold(scene.commune.name), fold(f"cộng đồng {scene.commune.name}")):
            place = scene.commune
            if scene.place != scene.commune:
                line.reasons.append(_("Danh sách đang nhập cho %(place)s.") % {"place": scene.place.name})
                return
        else:
            match = scene.found["finder"].find(line.name)
            if match.pk is None:
                line.reasons.append(match.reason)
                return
            place = scene.found["hamlets"][match.pk]
            line.hamlet_id = place.pk
        line.values |= {"name": place.name, "place": place.pk}
        if scene.place not in (scene.commune, place):
            line.reasons.append(_("Danh sách đang nhập cho %(place)s.") % {"place": scene.place.name})

    def key(self, values, scene):
        return values.get("place")

    def key_of(self, registrant):
        return registrant.community.place_id

    def stored(self, registrant):
        return {"name": registrant.name, "note": registrant.note}

    def _place(self, line, scene):
        return scene.found["hamlets"].get(line.values["place"], scene.commune)

    def place_of(self, line, scene):
        return self._place(line, scene).fact_ids

    def opened_on(self, line, scene):
        return start_of(self._place(line, scene), None)

    def look_up(self, lines, scene):
        # The one of an undone import still holds its place: it is opened again instead of entered twice.
        rows = Registrant.objects.filter(kind=self.kind, commune=scene.commune)
        rows = rows.filter(close_reason=CloseReason.IMPORT_UNDONE).select_related("community")
        scene.found["undone"] = {row.community.place_id: row for row in rows}

    def build(self, line, registrant, scene):
        return Community(place_id=line.values["place"])

    def profile_fields(self, values):
        return []

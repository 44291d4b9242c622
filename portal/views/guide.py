"""The guide in the portal: the year of one's role step by step, and first answers."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.navigation import visible_groups
from portal.views.guide_steps import ANSWERS, STEPS
from units.choices import Role


@require_safe
def guide(request):
    """One's own roles first; `?vai-tro=` shows another role's year, without links to pages one may not open."""
    postings = request.user.active_postings()
    own = [role for role in Role if role in {posting.role for posting in postings}]
    asked = request.GET.get("vai-tro", "")
    role = Role(asked) if asked in Role.values else next(iter(own), Role.HAMLET_OFFICER)
    place = next((posting.place_id for posting in postings if posting.place_id), None)
    links = {
        link["page"]: link
        for group in visible_groups({str(one) for one in own}, place, "portal:guide")
        for link in group["links"]
    }
    context = {
        "role": role,
        "is_own": role in own,
        "tabs": [
            {"label": one.label, "url": f"?vai-tro={one.value}", "active": one == role}
            for one in [*own, *(other for other in Role if other not in own)]
        ],
        "steps": [{"step": step, "link": links.get(step.page)} for step in STEPS[role]],
        "answers": ANSWERS,
    }
    return render(request, "portal/guide.html", context)

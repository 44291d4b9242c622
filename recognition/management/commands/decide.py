"""manage.py decide: issue decisions for the proposals that wait at a place, by the verbs the pages use."""

import json

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.lib import arguments
from recognition.choices import LearningModel, ProposalState, State
from recognition.domain.deciding import issue, prepare
from recognition.domain.errors import RecognitionError, RowsRefused
from recognition.domain.upgrades import too_early
from recognition.management.commands.certificates import place_named
from recognition.models import Proposal, Registration
from units.models import User


class Command(BaseCommand):
    help = "Ban hành quyết định công nhận cho các tờ trình đang chờ của một địa bàn, mô hình, năm."

    def add_arguments(self, parser):
        parser.add_argument("--place", required=True, help="mã địa bàn của cơ quan quyết định")
        parser.add_argument("--model", default=LearningModel.FAMILY, choices=LearningModel.values)
        parser.add_argument("--year", required=True, type=arguments.year)
        parser.add_argument("--as", dest="actor", required=True, help="tên đăng nhập của người ký quyết định")
        parser.add_argument("--signer", help="họ tên in trên quyết định; mặc định là tên của người đăng nhập")
        parser.add_argument("--signer-title", default="Chủ tịch", help="chức vụ in trên quyết định")
        parser.add_argument("--on", type=arguments.day, help="ngày ký, dạng 2026-12-15; mặc định hôm nay")
        parser.add_argument("--dry-run", action="store_true", help="làm thử rồi bỏ, không ghi gì")
        parser.add_argument("--json", action="store_true", help="in kết quả dạng JSON")

    def handle(self, *, place, model, year, actor, signer, signer_title, on, dry_run, json: bool, **options):
        found = place_named(place, year)
        user = User.objects.filter(username=actor, is_active=True).first()
        if user is None:
            raise CommandError(_("Không có người dùng nào tên %(name)s.") % {"name": actor})
        day = on or timezone.localdate()
        letters = list(
            Proposal.objects.filter(to_place=found, model=model, year=year, state=ProposalState.SENT)
            .select_related("place", "to_place")
            .order_by("signed_on", "pk")
        )
        done = []
        try:
            with transaction.atomic():
                for letter in letters:
                    done.append(_decide(user, letter, day, signer or user.full_name, signer_title))
                if dry_run:
                    transaction.set_rollback(True)
        except RecognitionError as error:
            names = [text for _pk, text in error.skipped[:20]] if isinstance(error, RowsRefused) else []
            raise CommandError("\n".join([error.message, *names])) from None
        result = {"place": found.code, "model": model, "year": year, "decisions": done, "dry_run": dry_run}
        self.stdout.write(_as_json(result) if json else _as_text(found, result))


def _decide(user, letter, day, signer, title) -> dict:
    """Everything of the letter that passed is recognised; the rest, and whose level comes too early, waits for a
    person. A letter of which nobody can be recognised is left as it is."""
    rows = Registration.objects.filter(proposal=letter, passed=True, state__in=[State.PROPOSED, State.INSPECTED])
    early = {pk for pk, _why in too_early(list(rows.filter(level__isnull=False)))}
    shown = {row.pk: row.shown_as for row in rows if row.pk not in early}
    left = Registration.objects.filter(proposal=letter, state__in=[State.PROPOSED, State.INSPECTED]).count() - len(
        shown
    )
    if not shown:
        return {"proposal": str(letter), "decision": None, "recognised": 0, "left": left}
    draft = prepare(actor=user, proposal=letter, signed_on=day, signer=signer, signer_title=title)
    made = issue(actor=user, decision=draft, recognise=shown)
    return {"proposal": str(letter), "decision": str(made.decision), "recognised": made.recognised, "left": left}


def _as_json(result) -> str:
    return json.dumps(result, ensure_ascii=False)


def _as_text(place, result) -> str:
    lines = [
        (
            _("Quyết định %(decision)s theo tờ trình %(proposal)s: công nhận %(recognised)d, để lại %(left)d.")
            if one["decision"]
            else _("Tờ trình %(proposal)s: chưa công nhận được hồ sơ nào, để lại %(left)d.")
        )
        % one
        for one in result["decisions"]
    ] or [_("Không có tờ trình nào đang chờ %(place)s.") % {"place": place.name}]
    if result["dry_run"]:
        lines.append(_("Chạy thử: không có gì được ghi."))
    return "\n".join(lines)

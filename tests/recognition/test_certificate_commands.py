"""manage.py decide and certificates: what they print, what they write, and that a dry run leaves nothing."""

import datetime
import io
import json

import pytest
from django.core.management import CommandError, call_command

from recognition.choices import State
from recognition.domain.certifying import revoke
from recognition.models import Award, Certificate, CertificatePrint, Decision, NumberSeries
from tests.factories.recognition import make_registrations, make_ward

pytestmark = pytest.mark.django_db
DAY = datetime.date(2025, 12, 15)


@pytest.fixture
def ward():
    return make_ward()


def run(name, ward, *words, **options):
    out = io.StringIO()
    call_command(name, *words, place=ward.place.code, year=2025, json=True, stdout=out, **options)
    return json.loads(out.getvalue())


def test_decide_issues_what_waits_and_a_dry_run_keeps_nothing(ward):
    make_registrations(ward, 3, state=State.PROPOSED)
    as_decider = {"actor": ward.decider.username, "on": DAY}

    tried = run("decide", ward, "--dry-run", **as_decider)
    assert (Decision.objects.count(), Award.objects.count(), NumberSeries.objects.filter(series="GCN").count()) == (
        0,
        0,
        0,
    )
    done = run("decide", ward, **as_decider)

    decision = {"proposal": "01/TTr-HKH", "decision": "01/QĐ-UBND", "recognised": 3, "left": 0}
    assert tried["decisions"] == done["decisions"] == [decision]
    assert (tried["dry_run"], done["dry_run"]) == (True, False)
    assert Certificate.objects.count() == 3
    assert run("decide", ward, **as_decider)["decisions"] == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"on": datetime.date(2020, 1, 1)}, "không được trước ngày tờ trình"),
        ({"on": datetime.date(2099, 1, 1)}, "Ngày ký không được muộn hơn một tháng kể từ hôm nay."),
        ({"signer": " "}, "Hãy ghi người ký và chức vụ."),
        ({"signer_title": ""}, "Hãy ghi người ký và chức vụ."),
        ({"actor": "khong-ai"}, "Không có người dùng nào tên khong-ai."),
    ],
)
def test_decide_refuses_with_a_sentence(ward, changes, sentence):
    make_registrations(ward, 1, state=State.PROPOSED)

    with pytest.raises(CommandError, match=sentence):
        run("decide", ward, **({"actor": ward.decider.username, "on": DAY} | changes))
    assert Decision.objects.count() == 0


def test_decide_by_somebody_who_does_not_decide_is_refused(ward):
    make_registrations(ward, 1, state=State.PROPOSED)

    with pytest.raises(CommandError, match="không được phân công"):
        run("decide", ward, actor=ward.officer.username, on=DAY)
    assert Award.objects.count() == 0


def test_certificates_counts_by_standing_and_writes_only_papers_that_may_be_printed(ward, tmp_path):
    make_registrations(ward, 3, state=State.RECOGNISED)
    award = Award.objects.order_by("pk").first()
    revoke(actor=ward.decider, award=award, ground="FALSE", reason="Sai", on=award.decision.signed_on)
    Award.objects.filter(status="VALID").update(valid_until="2999-01-01")

    tried = run("certificates", ward, "--dry-run", out=str(tmp_path / "x"))
    assert not (tmp_path / "x").exists() and len(tried["files"]) == 1
    done = run("certificates", ward, out=str(tmp_path / "x"))

    (noted,) = CertificatePrint.objects.all()  # a file that may be handed out is a print, whoever made it
    usable = set(Certificate.objects.filter(award__status="VALID").values_list("pk", flat=True))
    assert (noted.by_name, noted.count, set(noted.papers)) == ("Dòng lệnh", 2, usable)
    assert done["by_outcome"] == {"VALID": 2, "EXPIRED": 0, "REVOKED": 1, "REPLACED": 0}
    (path,) = (tmp_path / "x").iterdir()
    import pypdfium2

    document = pypdfium2.PdfDocument(path.read_bytes())
    assert len(document) == 2
    document.close()
    path.unlink()
    path.mkdir()  # stands where the file would
    with pytest.raises(CommandError, match=f"Không ghi được tệp {path}"):
        run("certificates", ward, out=str(tmp_path / "x"))
    with pytest.raises(CommandError, match="Không tạo được thư mục"):
        run("certificates", ward, out="/dev/null/x")


def test_unknown_place_is_named(ward):
    with pytest.raises(CommandError, match="Không có địa bàn nào mang mã 99999"):
        call_command("certificates", place="99999", year=2025)

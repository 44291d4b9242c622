"""Papers of the yearly chain, built once as `portal.lib.paper.Paper` and given as DOCX to edit or PDF to print.

Codes (GD-01, BB-01 …) are this software's own; no official form numbers were found, and the papers say so.
Certificates have a free design and are typeset in batches (certificates.py).
"""

from recognition.papers.certificates import (
    certificate_number,
    certificates_pdf,
    check_url,
    subject_of,
    title_of,
)
from recognition.papers.decisions import decision_paper, decision_pdf
from recognition.papers.dossiers import registration_paper, score_paper, share_lines
from recognition.papers.inspections import inspection_paper, visit_list_paper
from recognition.papers.meetings import minutes_paper
from recognition.papers.proposals import proposal_paper
from recognition.papers.words import address_of, noun_of, steps_taken

__all__ = [
    "address_of",
    "certificate_number",
    "certificates_pdf",
    "check_url",
    "decision_paper",
    "decision_pdf",
    "inspection_paper",
    "minutes_paper",
    "noun_of",
    "proposal_paper",
    "registration_paper",
    "score_paper",
    "share_lines",
    "steps_taken",
    "subject_of",
    "title_of",
    "visit_list_paper",
]

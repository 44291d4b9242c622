"""The yearly work."""

from recognition.models.affiliations import Affiliation
from recognition.models.assessments import Assessment
from recognition.models.association import AssociationYear, Training, TrainingAttendance
from recognition.models.commendations import (
    Commendation,
    CommendationDecision,
    CommendationForm,
    CommendationList,
)
from recognition.models.congresses import Congress, CongressQuota, Delegate
from recognition.models.decisions import Award, Certificate, Decision, NumberSeries
from recognition.models.documents import Document, DocumentFile, DocumentReceipt
from recognition.models.entry_links import EntryLink
from recognition.models.evidence import Evidence
from recognition.models.feedback import CriterionFeedback
from recognition.models.figures import Declaration, DeclaredFigure, Target
from recognition.models.holidays import Holiday, HolidayYear
from recognition.models.inspections import Inspection, InspectionDuty, InspectionMember
from recognition.models.kept_lists import KeptList
from recognition.models.letterheads import CertificateCheck, Letterhead
from recognition.models.measures import MeasureSnapshot
from recognition.models.meetings import MeetingAttendee, MeetingCorrection, ReviewMeeting
from recognition.models.objections import Objection
from recognition.models.period_summaries import PeriodReport, PeriodSummary
from recognition.models.prints import CertificatePrint, CommendationPrint
from recognition.models.proposals import Proposal
from recognition.models.publishing import PublicPage
from recognition.models.registrations import Registration
from recognition.models.reminders import Nudge, Reminder, ReminderChoice, ReminderDigest
from recognition.models.renewals import Renewal
from recognition.models.rulebook_drafts import RulebookDraft
from recognition.models.rulebooks import Rulebook, Season
from recognition.models.samples import InspectionSample, SampledRegistrant
from recognition.models.signed_reports import SignedReport
from recognition.models.tallies import Tally
from recognition.models.visits import ActionPoint, InspectionScore, InspectionSheet, InspectionVisit
from recognition.models.waiting import WaitingDay
from recognition.models.year_reports import YearReport

__all__ = [
    "CriterionFeedback",
    "ActionPoint",
    "Affiliation",
    "Assessment",
    "AssociationYear",
    "Award",
    "Certificate",
    "CertificateCheck",
    "CertificatePrint",
    "Commendation",
    "CommendationDecision",
    "CommendationForm",
    "CommendationList",
    "CommendationPrint",
    "Congress",
    "CongressQuota",
    "Decision",
    "Declaration",
    "DeclaredFigure",
    "Delegate",
    "Document",
    "DocumentFile",
    "DocumentReceipt",
    "EntryLink",
    "Evidence",
    "Holiday",
    "HolidayYear",
    "Inspection",
    "InspectionDuty",
    "InspectionMember",
    "InspectionSample",
    "InspectionScore",
    "InspectionSheet",
    "InspectionVisit",
    "KeptList",
    "Letterhead",
    "MeasureSnapshot",
    "MeetingAttendee",
    "MeetingCorrection",
    "Nudge",
    "NumberSeries",
    "Objection",
    "PeriodReport",
    "PeriodSummary",
    "Proposal",
    "PublicPage",
    "Registration",
    "Reminder",
    "ReminderChoice",
    "ReminderDigest",
    "ReviewMeeting",
    "Renewal",
    "Rulebook",
    "RulebookDraft",
    "SampledRegistrant",
    "Season",
    "SignedReport",
    "Tally",
    "Target",
    "Training",
    "TrainingAttendance",
    "WaitingDay",
    "YearReport",
]

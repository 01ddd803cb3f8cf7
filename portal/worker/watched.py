"""What watching needs to know of each task: what its ids are of, since when one is due, and what goes first."""

from __future__ import annotations

from dataclasses import dataclass

from portal.models import (
    Agreement,
    Application,
    Base,
    CaseFile,
    ClarificationNotice,
    CloseCertificate,
    DecisionLetter,
    Document,
    IntegrityAdvice,
    MeetingRegistration,
    Message,
    Party,
    ReactionNote,
    RemedyRequest,
    Review,
    Round,
    SeenCertificate,
    Signature,
    SitePhoto,
    SiteVisit,
    Submission,
    TenderVault,
    User,
    VaultOpening,
)
from portal.queries.waiting import Since, since, since_closing, since_released, since_standstill


@dataclass(frozen=True)
class Watched:
    """`subject` is what the ids are of; `since` says since when each is due (None: that is not known).

    `is_standing`: the ids are those that may be due some day and only handling can tell, so they are no queue.
    `urgency`: with several workers the higher goes first. `outside`: the alarm when this work waits for a service
    that is away.
    """

    subject: type[Base] | None = None
    since: Since | None = None
    is_standing: bool = False
    urgency: int = 0
    outside: str = ""


WATCHED: dict[str, Watched] = {
    "rounds_to_close": Watched(Round, since(Round.closes_at), urgency=3),
    "applications_to_take_in": Watched(Application, since_closing, urgency=2),
    "rounds_to_remind": Watched(Round, is_standing=True),
    "rounds_to_alarm": Watched(Round, is_standing=True),
    "parties_to_remind": Watched(Party, is_standing=True),
    "remedies_to_expire": Watched(RemedyRequest, since(RemedyRequest.due_at), urgency=2),
    "certificates_to_forget": Watched(SeenCertificate, since(SeenCertificate.seen_at)),
    "documents_to_erase": Watched(Document),
    "suspensions_to_end": Watched(IntegrityAdvice),
    "receipts_to_draw_up": Watched(Submission, since(Submission.submitted_at), urgency=1),
    "decisions_to_tell": Watched(Application, since_released, urgency=2),
    "letters_to_draw_up": Watched(DecisionLetter, since(DecisionLetter.sent_at)),
    "agreements_to_make": Watched(Application, since_standstill),
    "agreements_to_draw_up": Watched(Agreement, since(Agreement.made_at)),
    "signatures_to_place": Watched(Signature, since(Signature.wanted_at)),
    "meetings_to_draw": Watched(MeetingRegistration, since(MeetingRegistration.draws_at)),
    "notes_to_draw_up": Watched(ReactionNote, since(ReactionNote.published_at)),
    "notices_to_publish": Watched(ClarificationNotice, since(ClarificationNotice.publish_at), urgency=2),
    "notices_to_draw_up": Watched(ClarificationNotice, since(ClarificationNotice.published_at)),
    "people_to_point": Watched(User),
    "messages_to_send": Watched(Message, since(Message.next_try_at), urgency=2),
    "site_reports_to_draw_up": Watched(SiteVisit, since(SiteVisit.established_at)),
    "site_photos_to_scan": Watched(SitePhoto, since(SitePhoto.received_at), outside="scanner_away", urgency=1),
    "documents_to_scan": Watched(Document, since(Document.uploaded_at), outside="scanner_away", urgency=1),
    # advice that nobody waits for; after an upgrade the whole vault waits, which is no alarm
    "documents_to_read": Watched(Document),
    "case_files_to_make": Watched(CaseFile, since(CaseFile.asked_at)),
    "case_files_to_remove": Watched(CaseFile, since(CaseFile.expires_at)),
    # advice too, and it waits for the reading
    "reviews_to_signal": Watched(Review),
    "rounds_to_weigh": Watched(Round, is_standing=True, urgency=3),
    "rounds_to_announce": Watched(Round, since(Round.opens_at)),
    "rounds_to_certify": Watched(Round, since(Round.closed_at), urgency=2),
    "certificates_to_stamp": Watched(CloseCertificate, since(CloseCertificate.made_at), outside="timestamps_away"),
    "certificates_to_draw_up": Watched(CloseCertificate, since(CloseCertificate.made_at)),
    "openings_to_end": Watched(VaultOpening, since(VaultOpening.expires_at), urgency=2),
    "records_to_freeze": Watched(TenderVault, since(TenderVault.opened_at)),
    "records_to_draw_up": Watched(TenderVault, since(TenderVault.recorded_at)),
}
"""By the name of the task. A task that is not here is done all the same, without an age and as nobody's."""


def watched(task: str) -> Watched:
    return WATCHED.get(task, Watched())

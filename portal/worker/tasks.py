"""The scheduled acts. Each task finds ids from the facts, then handles one id per transaction.

Slow work (rendering, signing, mail) happens before the writing transaction and lands under a key that is the
same the second time, so a worker that is killed anywhere loses nothing and does nothing twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.domain import (
    agreements,
    audit,
    calendar,
    integrity,
    letters,
    manifests,
    objections,
    procedures,
    receipts,
    reviews,
    signing_blocks,
)
from portal.errors import MailRefused, Unavailable
from portal.extensions import Database
from portal.models import Agreement, Application, DecisionLetter, Message, RemedyRequest, Round, Submission
from portal.queries import case_files as case_file_queries
from portal.queries import (
    certificates,
    consultations,
    conversations,
    outages,
    own_parts,
    questions,
    releases,
    seen_certificates,
    site_visits,
    suspensions,
    tender_vault,
    work,
)
from portal.queries import signals as signal_queries
from portal.services import Letter, Services, Signatory, StoredFile
from portal.worker import interests, vault
from portal.worker.case_files import make_case_file, remove_case_file
from portal.worker.certificates import certify_round, draw_up_certificate, stamp_certificate
from portal.worker.consultations import draw_lots, draw_up_note
from portal.worker.deadlines import announce_round, probe, weigh_outages
from portal.worker.part_reminders import remind_party
from portal.worker.questions import draw_up_clarification_notice, point_person, publish_notice
from portal.worker.reading import read_document
from portal.worker.reminders import remind_round
from portal.worker.scanning import scan_document, scan_photo
from portal.worker.seen_certificates import erase, forget
from portal.worker.signals import signal_review
from portal.worker.site_visits import draw_up_report
from portal.worker.suspensions import end_suspension
from portal.worker.telling import tell_application
from portal.worker.term_alarms import alarm_round, rounds_to_alarm

SENDING = timedelta(minutes=5)
"""How long a mail is left to the worker that took it; longer than a mail server may take."""


@dataclass(frozen=True)
class Task:
    """One kind of work: `find` gives ids of what may be due, `handle` does one and says whether it did anything."""

    name: str
    find: Callable[[Session, datetime], Sequence[str]]
    handle: Callable[[Database, Services, str], bool]


def close_round(database: Database, services: Services, round_id: str) -> bool:
    """Latch one round. Whoever comes second finds it closed."""
    with database.transaction() as db:
        round_ = db.get_one(Round, round_id, with_for_update=True)
        moment = services.moment()
        return moment >= round_.closes_at and procedures.close(round_, moment)


def take_in_application(database: Database, services: Services, application_id: str) -> bool:
    """After closing, one application becomes a review (with its integrity check) or lapses.

    The row is held: in a continuous round its applicant may be submitting it anew, or taking it back.
    """
    with database.transaction() as db:
        application = work.application_to_take_in(db, application_id)
        if reviews.take_in(application, services.now()) is not None:
            integrity.open_check(application, services.now())
            interests.detect_in([application], services.now())
    return True


def expire_remedy(database: Database, services: Services, remedy_id: str) -> bool:
    with database.transaction() as db:
        reviews.expire_remedy(db.get_one(RemedyRequest, remedy_id), services.moment())
    return True


def draw_up_receipt(database: Database, services: Services, submission_id: str) -> bool:
    """The receipt as PDF, from the frozen submission."""
    with database.reading() as db:
        submission = db.get_one(Submission, submission_id)
        if submission.receipt_key is not None:
            return False
        is_sealed, sealed_facts = submission.is_sealed, vault.receipt_facts(submission)
        facts = {} if is_sealed else _receipt_facts(submission)
        attached = {receipts.CARD: receipts.card(submission).encode()}
        if not is_sealed and facts["is_whole"]:
            attached[receipts.MANIFEST] = submission.manifest.encode()
    stored = _rendered(
        services,
        f"receipts/{submission_id}.pdf",
        "receipt_sealed" if is_sealed else "receipt",
        (sealed_facts if is_sealed else facts) | {"check_url": _check_url(services)},
        submission.digest,
        submission.submitted_at,
        attached,
    )
    with database.transaction() as db:
        submission = db.get_one(Submission, submission_id)
        if submission.receipt_key is not None:
            return False  # another worker was first; it stored the same bytes under the same key
        submission.receipt_key, submission.receipt_sha256 = stored.key, stored.sha256
        audit.record(submission, "draw_up_receipt", None, services.now(), sha256=stored.sha256)
    if is_sealed:
        database.forget()  # the draft was wiped a moment ago, and may still lie in the log of the database
    return True


def _check_url(services: Services) -> str:
    return f"{services.settings.get('portal_url', '').rstrip('/')}{receipts.CHECK_PATH}"


def _receipt_facts(submission: Submission) -> dict[str, object]:
    application, shown = submission.application, manifests.for_lead(submission.content)
    return {
        "receipt": submission.receipt_number,
        "submitted_at": submission.submitted_at.isoformat(),
        "submitter": submission.submitted_by.name,
        "application": application.number,
        "authority": {
            "name": application.authority.name,
            "mail": application.authority.mail,
            "phone": application.authority.phone,
        },
        "digest": submission.digest,
        "manifest": shown,
        "is_whole": shown == submission.content,
        "names": _names(application),
    }


def _names(application: Application) -> dict[str, dict[str, str]]:
    """What the codes in a manifest are called: of lots, products and municipalities."""
    lots = application.round.lots
    return {
        "lots": {lot.code: lot.name for lot in lots},
        "products": {product.code: product.name for lot in lots for product in lot.products},
        "municipalities": {one.code: one.name for one in application.authority.municipalities},
    }


def draw_up_letter(database: Database, services: Services, letter_id: str) -> bool:
    """A letter as PDF, from its frozen facts: of a decision, or of the outcome of an objection."""
    with database.reading() as db:
        letter = db.get_one(DecisionLetter, letter_id)
        if letter.pdf_key is not None:
            return False
    facts = json.loads(letter.facts)
    if letter.kind == "decision":
        facts.setdefault("passages", letters.compose(facts))  # told before a letter kept its passages
    template = f"{letter.kind}_letter"
    stored = _rendered(services, f"letters/{letter_id}.pdf", template, facts, letter.id, letter.sent_at)
    with database.transaction() as db:
        letter = db.get_one(DecisionLetter, letter_id)
        if letter.pdf_key is not None:
            return False
        letter.pdf_key, letter.pdf_sha256 = stored.key, stored.sha256
        audit.record(letter, "draw_up_letter", None, services.now(), sha256=stored.sha256)
    return True


def make_agreement(database: Database, services: Services, application_id: str) -> bool:
    """Number and facts of one agreement, in one transaction; waits while the standstill runs."""
    with database.transaction() as db:
        application, moment = db.get_one(Application, application_id), services.now()
        ends_at = agreements.standstill_ends_at(application)
        if ends_at is None or moment < ends_at or work.has_agreement(db, application_id):
            return False
        if signing_blocks.active(application.round) is not None or objections.pending(application) is not None:
            return False  # a court case or an objection runs; this is tried again until it is over
        year = calendar.local_day(moment).year
        number = work.next_number(db, application.authority_id, f"agreements-{year}")
        db.add(agreements.make(application, f"RO-{year}-{number:04d}", moment))
    return True


def draw_up_agreement(database: Database, services: Services, agreement_id: str) -> bool:
    """The agreement as PDF. Rendered outside the transaction, under a key that follows from the facts."""
    with database.reading() as db:
        agreement = db.get_one(Agreement, agreement_id)
        if agreement.state != "due":
            return False
    stored = _rendered(
        services,
        agreements.unsigned_key(agreement),
        agreement.template,
        json.loads(agreement.facts),
        agreement.facts_digest,
        agreement.made_at,
        {"raamovereenkomst.json": agreement.facts.encode()},
    )
    with database.transaction() as db:
        agreements.draw_up(db.get_one(Agreement, agreement_id), stored, services.now())
    return True


def place_signature(database: Database, services: Services, signature_id: str) -> bool:
    """Put one wanted signature in the bytes. A signed file that is there already is used, never signed again."""
    with database.reading() as db:
        signature = work.signature(db, signature_id)
        if signature is None or signature.placed_at is not None:
            return False
        key, _ = agreements.document_to_sign(signature.agreement)
        is_provider = signature.party == agreements.PROVIDER
        organisation = (
            signature.agreement.organisation.name if is_provider else signature.agreement.application.authority.name
        )
    target = agreements.signed_key(signature)
    pdf = (
        services.files.read(target)
        if services.files.exists(target)
        else services.signer.sign(
            services.files.read(key),
            field="Zorgaanbieder" if is_provider else "Gemeente",
            signatory=Signatory(signature.signatory_name, signature.signatory_function, organisation),
            at=signature.wanted_at,
            final=not is_provider,
        )
    )
    stored = services.files.put(target, pdf)
    with database.transaction() as db:
        again = work.signature(db, signature_id)
        if again is not None:
            agreements.place_signature(again, stored, services.moment())
    return True


def send_message(database: Database, services: Services, message_id: str) -> bool:
    """One mail, with the same Message-ID on every try. A broken server only delays it.

    Who sends it says so first, for a few minutes: two workers then do not send the same mail, and one that is killed
    between sending and noting it costs at most one mail too many.
    """
    with database.transaction() as db:
        message, moment = db.get_one(Message, message_id), services.now()
        if message.sent_at is not None or message.refused_at is not None or message.next_try_at > moment:
            return False
        message.next_try_at = moment + SENDING
    portal_url = services.settings.get("portal_url", "")
    error: Exception | None = None
    try:
        subject, text = services.mail.render(message.template, {**message.facts, "portal_url": portal_url})
        services.mail.send(Letter(message.to, subject, text, f"{message.id}@voordeur"))
    except (MailRefused, Unavailable) as refusal:
        error = refusal
    except Exception:
        with database.transaction() as db:
            db.get_one(Message, message_id).next_try_at = moment  # not sent, and free for the next try
        raise
    with database.transaction() as db:
        message, moment = db.get_one(Message, message_id), services.now()
        message.tries += 1
        is_forgotten = error is None and audit.is_forgotten(message)
        if error is None:
            message.sent_at = moment
            if is_forgotten:
                message.facts = {}  # what it said was a secret; the mail is gone, so is our copy
        elif isinstance(error, MailRefused):
            message.refused_at, message.last_error = moment, str(error)[:500]
        else:
            message.last_error = str(error)[:500]
            message.next_try_at = moment + timedelta(minutes=min(60, 2**message.tries))
    if is_forgotten:
        database.forget()
    return True


def _rendered(
    services: Services,
    key: str,
    template: str,
    facts: dict[str, object],
    identifier: str,
    made_at: datetime,
    attachments: dict[str, bytes] | None = None,
) -> StoredFile:
    if services.files.exists(key):
        return services.files.put(key, b"")  # what is there stays, and is described
    dated = {**facts, "made_at": made_at}
    pdf = services.documents.render(template, dated, identifier=identifier, attachments=attachments)
    return services.files.put(key, pdf)


TASKS: tuple[Task, ...] = (
    Task("minutes_to_probe", outages.minutes_to_probe, probe),
    Task("rounds_to_weigh", outages.rounds_to_weigh, weigh_outages),
    Task("rounds_to_close", work.rounds_to_close, close_round),
    Task("rounds_to_certify", certificates.rounds_to_certify, certify_round),
    Task("certificates_to_stamp", certificates.certificates_to_stamp, stamp_certificate),
    Task("plain_to_remove", tender_vault.plain_to_remove, vault.remove_plain),
    Task("openings_to_end", tender_vault.openings_to_end, vault.end_opening),
    Task("drafts_to_close", tender_vault.drafts_to_close, vault.close_draft),
    Task("sealed_to_settle", tender_vault.sealed_to_settle, vault.settle),
    Task("records_to_freeze", tender_vault.records_to_freeze, vault.freeze_record),
    Task("records_to_draw_up", tender_vault.records_to_draw_up, vault.draw_up_record),
    Task("applications_to_take_in", work.applications_to_take_in, take_in_application),
    Task("rounds_to_announce", outages.rounds_to_announce, announce_round),
    Task("rounds_to_remind", work.rounds_to_remind, remind_round),
    Task("parties_to_remind", own_parts.parties_to_remind, remind_party),
    Task("remedies_to_expire", work.remedies_to_expire, expire_remedy),
    Task("certificates_to_forget", seen_certificates.certificates_to_forget, forget),
    Task("documents_to_erase", seen_certificates.documents_to_erase, erase),
    Task("suspensions_to_end", suspensions.suspensions_to_end, end_suspension),
    Task("rounds_to_alarm", rounds_to_alarm, alarm_round),
    Task("receipts_to_draw_up", work.receipts_to_draw_up, draw_up_receipt),
    Task("certificates_to_draw_up", certificates.certificates_to_draw_up, draw_up_certificate),
    Task("decisions_to_tell", releases.to_tell, tell_application),
    Task("letters_to_draw_up", work.letters_to_draw_up, draw_up_letter),
    Task("site_reports_to_draw_up", site_visits.reports_to_draw_up, draw_up_report),
    Task("agreements_to_make", work.agreements_to_make, make_agreement),
    Task("agreements_to_draw_up", work.agreements_to_draw_up, draw_up_agreement),
    Task("signatures_to_place", work.signatures_to_place, place_signature),
    Task("meetings_to_draw", consultations.meetings_to_draw, draw_lots),
    Task("notices_to_publish", questions.notices_to_publish, publish_notice),
    Task("notices_to_draw_up", questions.notices_to_draw_up, draw_up_clarification_notice),
    Task("people_to_point", conversations.people_to_point, point_person),
    Task("notes_to_draw_up", consultations.notes_to_draw_up, draw_up_note),
    Task("documents_to_scan", work.documents_to_scan, scan_document),
    Task("site_photos_to_scan", site_visits.photos_to_scan, scan_photo),
    Task("documents_to_read", work.documents_to_read, read_document),
    Task("reviews_to_signal", signal_queries.reviews_to_signal, signal_review),
    Task("case_files_to_make", case_file_queries.case_files_to_make, make_case_file),
    Task("case_files_to_remove", case_file_queries.case_files_to_remove, remove_case_file),
    Task("messages_to_send", work.messages_to_send, send_message),
)
"""In the order of the path, so that one pass carries a fact as far as it can go."""

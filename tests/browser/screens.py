"""Every screen of the portal with data in it: who looks, and at which address of the demonstration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cli import cast
from portal.domain import accounts, calendar, editions, mandates, parties, party_invitations
from portal.models import (
    Agreement,
    Application,
    Clarification,
    Conversation,
    Document,
    IntegrityCheck,
    Objection,
    Organisation,
    Procedure,
    Question,
    RemedyRequest,
    Review,
    Round,
    SiteVisit,
    Submission,
    User,
    UserRole,
)

ANNA, NOOR, LIES = "anna@delinde.example", "noor@delinde.example", "lies@delinde.example"
TESS, RUBEN = "tess@tafelronde.example", "ruben@bruggenhof.example"
INEKE, JORIS, RENSKE = "ineke@regio-meierij.example", "joris@regio-meierij.example", "renske@regio-meierij.example"
COEN, HANNA = "coen@regio-meierij.example", "hanna@regio-meierij.example"
MIES, NORA = "ronde@mijov.example", "beoordelaar1@achterhoek.example"
VAULT_MANAGER, VAULT_HOLDER = "ronde@achterhoek.example", "inkoop@achterhoek.example"
BEHEER = "beheer@regio-meierij.example"
LANTAARN, KOREN = "hassan@lantaarnpad.example", "pleun@korenbloem.example"
DIRK = "dirk@vossenhol.example"
BRAM, WIL, OLGA = "bram@regio-meierij.example", "wil@regio-meierij.example", "olga@dewaarden.example"


NOTICES = "/procedures/meierij/meierij-2020/inlichtingen"


def procedure(db: Session) -> Procedure:
    return db.scalars(select(Procedure).where(Procedure.slug == "meierij-2020")).one()


def rounds(db: Session) -> list[Round]:
    """The rounds of the Meierij procedure: the first is closed, the second open, the others planned."""
    return sorted(procedure(db).rounds, key=lambda one: one.opens_at)


def application(db: Session, organisation: str, round_: int = 1) -> Application:
    """The application of an organisation whose name holds this word, in the closed (0) or the open (1) round."""
    chosen = (
        select(Application)
        .join(Organisation)
        .where(Application.round_id == rounds(db)[round_].id, Organisation.name.contains(organisation))
    )
    return db.scalars(chosen).one()


def review(db: Session, organisation: str) -> Review:
    return db.scalars(select(Review).where(Review.application_id == application(db, organisation, 0).id)).one()


def agreement(db: Session, organisation: str) -> Agreement:
    return db.scalars(select(Agreement).where(Agreement.application_id == application(db, organisation, 0).id)).one()


def submission(db: Session, organisation: str, round_: int) -> Submission:
    chosen = select(Submission).where(Submission.application_id == application(db, organisation, round_).id)
    return db.scalars(chosen.order_by(Submission.sequence.desc())).first()  # type: ignore[return-value]


def _draft(end: str = "", organisation: str = "De Linde", round_: int = 1) -> Callable[[Session], str]:
    return lambda db: f"/aanmeldingen/{application(db, organisation, round_).id}{end}"


def _certificate(db: Session) -> str:
    found = procedure(db)
    return f"/procedures/{found.authority.slug}/{found.slug}/rondes/{rounds(db)[0].label}/sluitingscertificaat"


def _receipt(organisation: str, round_: int) -> Callable[[Session], str]:
    def path(db: Session) -> str:
        one = submission(db, organisation, round_)
        return f"/aanmeldingen/{one.application_id}/ontvangst/{one.id}"

    return path


def _remedy(organisation: str) -> Callable[[Session], str]:
    def path(db: Session) -> str:
        one = db.scalars(
            select(RemedyRequest).join(Review).where(Review.application_id == application(db, organisation, 0).id)
        ).first()
        assert one is not None
        return f"/aanmeldingen/{application(db, organisation, 0).id}/herstel/{one.id}"

    return path


def _document(db: Session) -> str:
    chosen = (
        select(Document.id)
        .join(User, Document.uploaded_by_id == User.id)
        .where(User.email == NOOR, Document.kind == "privacy_policy", Document.superseded_by_id.is_(None))
    )
    return f"/documenten/{db.scalars(chosen).one()}"


def _read_document(db: Session) -> str:
    """A certificate that was read: values to take over beside their fields."""
    chosen = (
        select(Document.id)
        .join(User, Document.organisation_id == User.organisation_id)
        .where(User.email == NOOR, Document.kind == "hkz_certificate", Document.superseded_by_id.is_(None))
    )
    return f"/documenten/{db.scalars(chosen).first()}"


def _check(db: Session, organisation: str) -> str:
    chosen = select(IntegrityCheck.id).where(IntegrityCheck.application_id == application(db, organisation, 0).id)
    return f"/integriteit/{db.scalars(chosen).one()}"


def _objection(db: Session) -> str:
    return f"/bezwaren/{db.scalars(select(Objection.id)).one()}"


def _file(db: Session, organisation: str, address: str) -> str:
    chosen = select(IntegrityCheck).where(IntegrityCheck.application_id == application(db, organisation, 0).id)
    check = db.scalars(chosen).one()
    return address.format(check=check.id, file=check.files[0].id)


def _visit(address: str, organisation: str) -> Callable[[Session], str]:
    """A page about the visit to an organisation: of officials, or of the applicant."""

    def path(db: Session) -> str:
        found = application(db, organisation, 0)
        visit = db.scalars(select(SiteVisit.id).join(Review).where(Review.application_id == found.id)).one()
        return address.format(visit=visit, application=found.id)

    return path


def _redacting(db: Session) -> str:
    """The extract of an applicant who was refused, of which parts can be marked."""
    found = review(db, "Korenbloem")
    extract = next(one for one in found.submission.content["files"] if one["kind"] == "kvk_extract")
    return f"/beoordelen/{found.id}/procesdossier/onleesbaar/{extract['document_id']}"


def leave_concepts(db: Session, now: datetime) -> None:
    """A next edition that an inkoper proposed, and a copy of the procedure with faults in it."""
    found = procedure(db)
    ineke, renske = (db.scalars(select(User).where(User.email == one)).one() for one in (INEKE, RENSKE))
    concept = editions.draft(found, ineke, "Er is meer ervaring nodig", now)
    first, *others = concept.data["requirements"]
    changed = {**first, "text": "U hebt elk product ten minste drie keer geleverd.", "settings": {"minimum": 3}}
    editions.save(concept, ineke, {**concept.data, "requirements": [changed, *others]}, concept.version, now)
    editions.propose(concept, ineke, 0, now)
    raw = editions.copied({**concept.data, "slug": "kopie", "title": "Kopie met fouten"})
    wrong = {**raw["requirements"][2], "title": "", "settings": {"minimum": 3}, "evidence": {"at_least": "veel"}}
    raw["requirements"] = [*raw["requirements"][:2], wrong, {}, *raw["requirements"][3:]]
    raw["terms"] = {"standstill_days": "veertien"}
    del raw["letters"]
    db.add(editions.begin(found.authority, raw, raw, renske, now))


def leave_parts(db: Session, now: datetime) -> None:
    """De Linde applies with two others: Bruggenhof fills in its own part, the other was invited ('proef-deelname')."""
    found = application(db, "De Linde")
    anna, ruben = (db.scalars(select(User).where(User.email == one)).one() for one in (ANNA, RUBEN))
    assert ruben.organisation is not None
    known = {**party_invitations.registered(ruben.organisation), "role": "partner", "part": "Biedt de dagbesteding."}
    other = {
        **known,
        "name": "Thuiszorg De Proef",
        "kvk_number": "99909991",
        "legal_form": "bv",
        "role": "subcontractor",
    }
    partner, invited = (parties.add(found, anna, form, now) for form in (known, other))
    party_invitations.accept(party_invitations.invite(found, anna, partner, RUBEN, now), ruben, now, agreed=False)
    waiting = party_invitations.invite(found, anna, invited, "noor@deproef.example", now)
    waiting.token_digest = accounts.digest("proef-deelname")


def _about_party(end: str, position: int = 0) -> Callable[[Session], str]:
    def path(db: Session) -> str:
        found = application(db, "De Linde")
        return f"/aanmeldingen/{found.id}/samenwerking/{found.parties[position].id}{end}"

    return path


def _own_part(end: str = "") -> Callable[[Session], str]:
    return lambda db: f"/aanmeldingen/delen/{application(db, 'De Linde').parties[0].own_parts[0].id}{end}"


def _editing(end: str = "", slug: str = "kopie") -> Callable[[Session], str]:
    def path(db: Session) -> str:
        return f"/procedurebeheer/{db.scalars(select(Procedure.id).where(Procedure.slug == slug)).one()}{end}"

    return path


def _question(state: str) -> Callable[[Session], str]:
    """The page of the asker: of a question of De Linde, or of Tafelronde."""
    return lambda db: f"/vragen/{db.scalars(select(Question.id).where(Question.state == state)).first()}"


def _clarification(state: str) -> Callable[[Session], str]:
    chosen = select(Clarification.id).where(Clarification.state == state).order_by(Clarification.number)
    return lambda db: f"/inlichtingen/antwoorden/{db.scalars(chosen).first()}"


def _conversation(title: str) -> Callable[[Session], str]:
    chosen = select(Conversation.id).where(Conversation.title == title)
    return lambda db: f"/berichten/{db.scalars(chosen).one()}"


def _vault(db: Session) -> str:
    """The vault of the tender's first round."""
    tender = db.scalars(select(Procedure).where(Procedure.slug == "achterhoek-2022")).one()
    return f"/rondes/{tender.rounds[0].id}/kluis"


def _of(start: str, slug: str, end: str = "") -> Callable[[Session], str]:
    """A page about the procedure with this name, by its id."""

    def path(db: Session) -> str:
        return f"{start}{db.scalars(select(Procedure.id).where(Procedure.slug == slug)).one()}{end}"

    return path


def _running(end: str = "", organisation: str = "Windwijzer") -> Callable[[Session], str]:
    return lambda db: f"/contractbeheer/{agreement(db, organisation).id}{end}"


def leave_links(db: Session, now: datetime) -> None:
    """Links as they come by mail, with a secret that a test knows: 'proef-confirm', 'proef-invite', 'proef-reset' and
    'proef-mandate'; and a colleague who only reads."""
    user = db.scalars(select(User).where(User.email == NOOR)).one()
    for purpose in accounts.LIFETIMES:
        token, _ = accounts.new_token(user, purpose, now)
        token.token_digest = accounts.digest(f"proef-{purpose}")
        db.add(token)
    anna = db.scalars(select(User).where(User.email == ANNA)).one()
    day = calendar.local_day(now)
    form = {
        "person_name": "Sem Bakker",
        "email": "sem@adviesbureau.example",
        "scope": "all",
        "starts_on": day.isoformat(),
        "ends_on": calendar.add_months(day, 6).isoformat(),
    }
    assert anna.organisation is not None
    given = mandates.grant(anna.organisation, anna, mandates.fields(form, [], now), [], [], now)
    given.link_digest = accounts.digest("proef-mandate")
    reader = User(
        email=LIES,
        name="Lies Mol",
        password_hash=cast.hashed(),
        created_at=now,
        verified_at=now,
        organisation_id=anna.organisation_id,
        roles=[UserRole(role="reader")],
    )
    db.add_all([given, reader])


@dataclass(frozen=True)
class Screen:
    """One page: its name, the account that looks at it (none: a visitor), and its path."""

    name: str
    who: str | None
    path: str | Callable[[Session], str]
    status: int = 200

    def address(self, db: Session) -> str:
        return self.path if isinstance(self.path, str) else self.path(db)


SCREENS = [
    Screen("home", None, "/"),
    Screen("procedure", None, lambda db: f"/procedures/{procedure(db).authority.slug}/{procedure(db).slug}"),
    Screen("preparation", None, "/procedures/meierij/meierij-2020/voorbereiding"),
    Screen("self-check", None, "/procedures/meierij/meierij-2020/zelftest"),
    Screen(
        "self-check-questions",
        None,
        "/procedures/mijov/mijov-wmo-2026/zelftest?perceel=BI&gemeente=0200&verder=1",
    ),
    Screen("close-certificate", None, _certificate),
    Screen("receipt-check", None, "/ontvangstbewijs-controleren"),
    Screen("register", None, "/register"),
    Screen("register-empty", None, "/register?naam=bestaat-niet"),
    Screen("accessibility", None, "/toegankelijkheid"),
    Screen("privacy", None, "/privacy"),
    Screen("status", None, "/status"),
    Screen("sign-up", None, "/registreren"),
    Screen("check-mail", None, "/registreren/controleer-uw-mail"),
    Screen("sign-in", None, "/inloggen"),
    Screen("confirm", None, "/bevestigen/proef-confirm"),
    Screen("join", None, "/uitnodiging/proef-invite"),
    Screen("forgotten-password", None, "/wachtwoord-vergeten"),
    Screen("forgotten-password-sent", None, "/wachtwoord-vergeten/controleer-uw-mail"),
    Screen("new-password", None, "/wachtwoord/proef-reset"),
    Screen("mail", None, "/ontwikkeling/mail"),
    Screen("not-found", None, "/bestaat-niet", status=404),
    Screen("overview", ANNA, "/aanmeldingen"),
    Screen("task-list", ANNA, _draft()),
    Screen("task-list-complete", TESS, _draft(organisation="Tafelronde")),
    Screen("choices", ANNA, _draft("/keuzes")),
    Screen("certificate", ANNA, _draft("/eisen/T03")),
    Screen("text", TESS, _draft("/eisen/T10-1B", "Tafelronde")),
    Screen("references", TESS, _draft("/eisen/T01-1B", "Tafelronde")),
    Screen("declaration", ANNA, _draft("/eisen/T12-1A")),
    Screen("extract", ANNA, _draft("/eisen/E01")),
    Screen("papers", ANNA, _draft("/bewijsstukken")),
    Screen("take-over", ANNA, _draft("/overnemen")),
    Screen("integrity-form", ANNA, _draft("/integriteit")),
    Screen("questionnaire", ANNA, _draft("/vragenformulier/0")),
    Screen("submit-with-gaps", ANNA, _draft("/indienen")),
    Screen("submit-complete", TESS, _draft("/indienen", "Tafelronde")),
    Screen("submit-as-editor", NOOR, _draft("/indienen")),
    Screen("espd", ANNA, _draft("/uea")),
    Screen("my-data", ANNA, "/mijn-gegevens"),
    Screen("my-data-official", INEKE, "/mijn-gegevens"),
    Screen("receipt", ANNA, _receipt("De Linde", 0)),
    Screen("decided-application", ANNA, _draft(round_=0)),
    Screen("application-in-review", RUBEN, _draft("", "Bruggenhof", 0)),
    Screen("remedy", RUBEN, _remedy("Bruggenhof")),
    Screen("documents", ANNA, "/documenten"),
    Screen("photos", ANNA, "/documenten/fotos/other"),
    Screen("document", NOOR, _document),
    Screen("what-expires", NOOR, "/documenten/agenda"),
    Screen("document-read", NOOR, _read_document),
    Screen("organisation", ANNA, "/organisatie"),
    Screen("mandates", ANNA, "/machtigingen"),
    Screen("mandate-link", None, "/machtiging/proef-mandate"),
    Screen("reading-along", LIES, _draft("/eisen/T03")),
    Screen("change-password", ANNA, "/wachtwoord-wijzigen"),
    Screen("own-agreements", ANNA, "/overeenkomsten"),
    Screen("agreement-to-sign", ANNA, lambda db: f"/overeenkomsten/{agreement(db, 'De Linde').id}"),
    Screen("queue", INEKE, "/beoordelen"),
    Screen("queue-filtered", INEKE, "/beoordelen?q=zorg"),
    Screen("reason-texts", INEKE, "/beoordelen/standaardteksten"),
    Screen("employers", INEKE, "/beoordelen/werkgevers"),
    Screen("interests", RENSKE, lambda db: f"/rondes/{rounds(db)[0].id}/belangen"),
    Screen("shadows", RENSKE, lambda db: f"/rondes/{rounds(db)[0].id}/schaduw"),
    Screen("dossier", JORIS, lambda db: f"/beoordelen/{review(db, 'Vossenhol').id}"),
    Screen("dossier-with-advice", JORIS, lambda db: f"/beoordelen/{review(db, 'Blauwe Emmer').id}?eis=E01"),
    Screen("signals", JORIS, lambda db: f"/beoordelen/rondes/{rounds(db)[0].id}/signalen"),
    Screen("case-files", JORIS, lambda db: f"/beoordelen/{review(db, 'Korenbloem').id}/procesdossier"),
    Screen("redact", JORIS, _redacting),
    Screen("visits", JORIS, "/toetsingen"),
    Screen("visit-new", JORIS, lambda db: f"/beoordelen/{review(db, 'Vossenhol').id}/toetsingen/nieuw"),
    Screen("visit-planned", JORIS, _visit("/toetsingen/{visit}", "Vossenhol")),
    Screen("visit-established", JORIS, _visit("/toetsingen/{visit}", "Blauwe Emmer")),
    Screen("visits-in-the-field", JORIS, "/veld/"),
    Screen("visit-in-the-field", JORIS, _visit("/veld/{visit}", "Vossenhol")),
    Screen("visit-report", RUBEN, _visit("/aanmeldingen/{application}/toetsingen/{visit}", "Bruggenhof")),
    Screen("dossier-visited", JORIS, lambda db: f"/beoordelen/{review(db, 'Blauwe Emmer').id}?eis=T06"),
    Screen("dossier-proposed", JORIS, lambda db: f"/beoordelen/{review(db, 'Wilgenwerf').id}"),
    Screen("dossier-confirmed", INEKE, lambda db: f"/beoordelen/{review(db, 'Noordster').id}"),
    Screen("rounds", RENSKE, "/rondes"),
    Screen("dashboard", RENSKE, lambda db: f"/rondes/{rounds(db)[0].id}"),
    Screen("round-remedies", RENSKE, lambda db: f"/rondes/{rounds(db)[0].id}/herstel"),
    Screen("equal-treatment", RENSKE, lambda db: f"/rondes/{rounds(db)[0].id}/gelijke-behandeling"),
    Screen("dossier-with-remedy", JORIS, lambda db: f"/beoordelen/{review(db, 'Vossenhol').id}?eis=T06"),
    Screen("dashboard-open", RENSKE, lambda db: f"/rondes/{rounds(db)[1].id}"),
    Screen("editor", RENSKE, "/procedurebeheer/"),
    Screen("editor-new", RENSKE, "/procedurebeheer/nieuw"),
    Screen("editor-concept", RENSKE, _editing()),
    Screen("editor-proposed", RENSKE, _editing(slug="meierij-2020")),
    Screen("editor-general", RENSKE, _editing("/deel/algemeen")),
    Screen("editor-region", RENSKE, _editing("/deel/authority")),
    Screen("editor-lot", RENSKE, _editing("/deel/lots/0/lots/0")),
    Screen("editor-product", RENSKE, _editing("/deel/lots/0/lots/0/products/1")),
    Screen("editor-requirements", RENSKE, _editing("/deel/requirements")),
    Screen("editor-requirement", RENSKE, _editing("/deel/requirements/2")),
    Screen("editor-new-requirement", RENSKE, _editing("/deel/requirements/3")),
    Screen("editor-terms", RENSKE, _editing("/deel/terms")),
    Screen("editor-rounds", RENSKE, _editing("/deel/rounds")),
    Screen("editor-coverage", RENSKE, _editing("/deel/coverage")),
    Screen("editor-matrix", RENSKE, _editing("/matrix")),
    Screen("editor-agreement", RENSKE, _editing("/deel/agreement")),
    Screen("editor-management", RENSKE, _editing("/deel/contract_management")),
    Screen("editor-preview", RENSKE, _editing("/voorbeeld", "meierij-2020")),
    Screen("editor-differences", RENSKE, _editing("/wijzigingen", "meierij-2020")),
    Screen("editor-effects", RENSKE, _editing("/gevolgen", "meierij-2020")),
    Screen("editor-adoption", RENSKE, _editing("/vaststellen", "meierij-2020")),
    Screen("editions", None, lambda db: f"/procedures/meierij/{procedure(db).slug}/wijzigingen"),
    Screen("procedure-with-thresholds", None, "/procedures/mijov/mijov-wmo-2026"),
    Screen("procedure-of-a-tender", None, "/procedures/achterhoek/achterhoek-2022"),
    Screen("procedure-with-profiles", None, "/procedures/samen14/samen14-twente"),
    Screen("coverage", None, "/procedures/mijov/mijov-wmo-2026/inkoop-per-gemeente"),
    Screen("coverage-changes", None, "/procedures/mijov/mijov-wmo-2026/inkoop-per-gemeente/wijzigingen"),
    Screen("planning", None, "/procedures/meierij/meierij-2020/planning"),
    Screen("old-codes", None, "/procedures/achterhoek/achterhoek-2022/oude-codes"),
    Screen("consultation", None, "/procedures/mijov/mijov-wmo-2026/consultaties/C01"),
    Screen("clarification-notices", None, NOTICES),
    Screen("clarification-notice", None, lambda db: f"{NOTICES}/{rounds(db)[1].label}/1"),
    Screen("new-question", ANNA, f"{NOTICES}/vraag"),
    Screen("questions", ANNA, "/vragen"),
    Screen("question", ANNA, _question("draft")),
    Screen("asked-questions", INEKE, "/inlichtingen"),
    Screen("clarification", JORIS, _clarification("proposed")),
    Screen("clarification-published", INEKE, _clarification("published")),
    Screen("clarification-plan", INEKE, lambda db: f"/inlichtingen/{rounds(db)[1].id}/nota"),
    Screen("conversations", ANNA, "/berichten"),
    Screen("conversation", ANNA, _conversation("Ons adres verandert")),
    Screen("conversation-unopened", RENSKE, _conversation("Ons adres verandert")),
    Screen("new-conversation", ANNA, "/berichten/nieuw"),
    Screen("managed-coverage", MIES, _of("/dekking/", "mijov-wmo-2026")),
    Screen("managed-coverage-counts", MIES, _of("/dekking/", "mijov-wmo-2026", "?beeld=aanbieders")),
    Screen("managed-coverage-change", MIES, _of("/dekking/", "mijov-wmo-2026", "/wijzigen")),
    Screen("managed-coverage-history", MIES, _of("/dekking/", "mijov-wmo-2026", "/geschiedenis")),
    Screen("round-deadline", RENSKE, lambda db: f"/rondes/{rounds(db)[1].id}/sluiting"),
    Screen("round-deadline-closed", RENSKE, lambda db: f"/rondes/{rounds(db)[0].id}/sluiting"),
    Screen("round-terms", RENSKE, lambda db: f"/rondes/{rounds(db)[0].id}/termijnen"),
    Screen("review-terms", INEKE, lambda db: f"/beoordelen/{review(db, 'Bruggenhof').id}/termijnen"),
    Screen("decisions", RENSKE, lambda db: f"/rondes/{rounds(db)[0].id}/besluiten"),
    Screen("decision", RENSKE, lambda db: f"/besluiten/{application(db, 'Noordster', 0).id}"),
    Screen("decision-told", RENSKE, lambda db: f"/besluiten/{application(db, 'Korenbloem', 0).id}"),
    Screen("objections", RENSKE, lambda db: f"/rondes/{rounds(db)[0].id}/bezwaren"),
    Screen("objection", RENSKE, _objection),
    Screen("objection-on-paper", RENSKE, lambda db: f"/besluiten/{application(db, 'Lantaarnpad', 0).id}/bezwaar"),
    Screen("object", LANTAARN, lambda db: f"/aanmeldingen/{application(db, 'Lantaarnpad', 0).id}/bezwaar"),
    Screen("objected", KOREN, lambda db: f"/aanmeldingen/{application(db, 'Korenbloem', 0).id}/bezwaar"),
    Screen("lawsuit", RENSKE, lambda db: f"/rondes/{rounds(db)[0].id}/rechtszaak"),
    Screen("managed-planning", RENSKE, _of("/planning/", "meierij-2020")),
    Screen("consultations", MIES, "/consultaties"),
    Screen("award-overview", NORA, "/gunning"),
    Screen("tender-vault", VAULT_MANAGER, _vault),
    Screen("tender-vaults", VAULT_HOLDER, "/kluizen"),
    Screen("parties", ANNA, _draft("/samenwerking")),
    Screen("party-part", ANNA, _about_party("/deel")),
    Screen("party-invited", ANNA, _about_party("/deel", 1)),
    Screen("party-change", ANNA, _about_party("")),
    Screen("party-take-over", ANNA, _about_party("/zelf-invullen")),
    Screen("invitation-to-take-part", None, "/deelnemen/proef-deelname"),
    Screen("own-part", RUBEN, _own_part()),
    Screen("own-part-check", RUBEN, _own_part("/controleren")),
    Screen("own-part-leave", RUBEN, _own_part("/stoppen")),
    Screen("reading-along", HANNA, "/beoordelen"),
    Screen("contracts", COEN, "/contractbeheer"),
    Screen("contract", COEN, _running()),
    Screen("contract-handover", COEN, _running("/overdracht")),
    Screen("contract-talks", COEN, _running("/gesprekken")),
    Screen("contract-figures", COEN, _running("/cijfers")),
    Screen("contract-risks", COEN, _running("/risicos")),
    Screen("contract-recheck", COEN, _running("/hercontrole")),
    Screen("contract-outflow", COEN, _running("/uitstroom")),
    Screen("contract-quote", COEN, _running("/maatwerk")),
    Screen("contract-bridging", COEN, _running("/overbrugging")),
    Screen("outflow-cases", COEN, "/uitstroom"),
    Screen("handovers", INEKE, "/overdracht"),
    Screen("integrity", BRAM, "/integriteit"),
    Screen("integrity-check", BRAM, lambda db: _check(db, "Zevensprong")),
    Screen("integrity-objection", BRAM, lambda db: _check(db, "Vossenhol")),
    Screen("integrity-file", BRAM, lambda db: _file(db, "Vossenhol", "/integriteit/{check}/{file}")),
    Screen("confidential", DIRK, lambda db: _file(db, "Vossenhol", "/vertrouwelijk/{file}")),
    Screen("agreements", WIL, "/overeenkomsten"),
    Screen("agreement-countersign", WIL, lambda db: f"/overeenkomsten/{agreement(db, 'Lantaarnpad').id}"),
    Screen("agreement-in-force", WIL, lambda db: f"/overeenkomsten/{agreement(db, 'Windwijzer').id}"),
    Screen("tasks", BEHEER, "/beheer/taken"),
    Screen("other-region", OLGA, "/beoordelen"),
]
"""In the order of the path."""

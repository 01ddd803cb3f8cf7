"""People who act: what an applicant and an authority do, step by step, through the same domain functions.

Shared by the demonstration, the rehearsal and the tests. Each step is one transaction, as in the portal.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event, select

from portal.adapters import passwords, schema
from portal.cli import sample_documents, vault_script
from portal.domain import accounts, applications, calendar, choices, documents, organisations, readings, requirements
from portal.domain.requirements import Place, Spot
from portal.extensions import Database, open_engine
from portal.models import Application, Authority, Document, MailToken, Organisation, Product, Round, User, new_id
from portal.services import Inspection, Inspector, ReadContent, Services
from portal.terms import DOCUMENT_KINDS

PASSWORD = "voordeur-proef-2026"  # noqa: S105 - of demonstration accounts; shown on the demonstration's page
_HASHES: dict[str, str] = {}


def hashed(password: str = PASSWORD) -> str:
    """The hash of a demonstration password, made once per process."""
    if password not in _HASHES:
        _HASHES[password] = passwords.hash(password)
    return _HASHES[password]


def dice(seed: str | int) -> random.Random:
    """Chance that falls the same way each time, for stories; never for secrets."""
    return random.Random(seed)  # noqa: S311 - a plot, not a secret


@dataclass(frozen=True)
class Stage:
    """Where the cast acts: a database and services (with a clock that can be moved)."""

    database: Database
    services: Services
    codes: dict[str, str] = field(default_factory=dict)
    """By application: the code with which its applicant can reopen what lies sealed."""


class OncePerKind:
    """Inspects one sample document of each kind in the real inspector and takes the others on that word.

    The samples are made here, a moment earlier, by the same lines of code; a child process for every one of
    them would be most of what a demonstration or a rehearsal costs. The other ways to look are the real ones.
    """

    def __init__(self, inspector: Inspector) -> None:
        self.page, self.sheet, self._inspect = inspector.page, inspector.sheet, inspector.inspect
        self.attached, self.combine = inspector.attached, inspector.combine
        self._seen: dict[str, Inspection] = {}

    def inspect(self, data: Iterator[bytes], filename: str) -> Inspection:
        kind = filename.rpartition("-")[0]
        if kind not in self._seen:
            self._seen[kind] = self._inspect(data, filename)
        return self._seen[kind]


@contextmanager
def scratch_database(folder: Path) -> Iterator[Database]:
    """A migrated SQLite database in `folder`, for plays. It need not survive a power cut, so it is not synced."""
    database = Database(open_engine(f"sqlite:///{folder / 'scratch.db'}"))
    event.listen(database.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    try:
        schema.migrate(database.engine)
        yield database
    finally:
        database.engine.dispose()


def official(stage: Stage, authority_id: str, name: str, email: str, roles: list[str], function: str = "") -> str:
    """Appoint an employee of an authority; gives the user's id."""
    person = {"name": name, "email": email, "function": function}
    with stage.database.transaction() as db:
        user = accounts.appoint_official(authority_id, person, hashed(), roles, stage.services.now())
        db.add(user)
        return user.id


def register(stage: Stage, organisation: Mapping[str, str], name: str, email: str, function: str = "Bestuurder") -> str:
    """An organisation registers and its first colleague confirms the address; gives the user's id."""
    fields = organisations.organisation_fields(organisation)
    person = {"name": name, "email": email, "function": function}
    with stage.database.transaction() as db:
        user, token = accounts.register(fields, person, hashed(), stage.services.now())
        db.add_all([user, token])
    with stage.database.transaction() as db:
        accounts.confirm_address(db.get_one(MailToken, token.id), stage.services.now())
    return user.id


def upload(
    stage: Stage,
    user_id: str,
    kind: str,
    content: bytes,
    filename: str,
    *,
    issued_on: date | None = None,
    expires_on: date | None = None,
    issuer: str = "",
    number: str = "",
    starts_on: date | None = None,
    about_on: date | None = None,
    scope: str = "",
    holder_name: str = "",
    holder_kvk_number: str = "",
    replaces: str | None = None,
    text: str | None = None,
) -> str:
    """Store, inspect and add one document, as the upload page does; gives the document's id.

    `replaces` is the id of the document of which this is the next version. `text`: its text layer, for who made the
    document a moment ago; then it is read at once, and the worker need not start a process for it.
    """
    with stage.database.reading() as db:
        organisation_id = db.get_one(User, user_id).organisation_id
    sealed = DOCUMENT_KINDS[kind].is_integrity
    sink = stage.services.files.sink(
        f"documents/{organisation_id}/{new_id()}", limit=documents.MAX_BYTES, sealed=sealed
    )
    try:
        sink.write(content)
        stored = sink.finish()
    finally:
        sink.abandon()
    inspection = stage.services.inspector.inspect(iter([content]), filename)
    with stage.database.transaction() as db:
        user, moment = db.get_one(User, user_id), stage.services.now()
        organisation = db.get_one(Organisation, organisation_id)
        earlier = db.get_one(Document, replaces) if replaces else None
        document = documents.add(organisation, user, kind, filename, stored, inspection, moment, replaces=earlier)
        documents.describe(
            document,
            user,
            moment,
            issuer=issuer,
            number=number,
            scope=scope,
            holder_name=holder_name,
            holder_kvk_number=holder_kvk_number,
            issued_on=issued_on,
            starts_on=starts_on,
            expires_on=expires_on,
            about_on=about_on,
        )
        db.add(document)
        if text is not None:
            readings.keep(document, ReadContent((text,), 1), moment)
        return document.id


def sample(
    stage: Stage,
    user_id: str,
    kind: str,
    *,
    age_days: int = 60,
    term_days: int = 900,
    replaces: str | None = None,
) -> str:
    """Upload a sample document of a kind, issued `age_days` ago, valid `term_days` from issue."""
    with stage.database.reading() as db:
        organisation = db.get_one(User, user_id).organisation
        assert organisation is not None  # noqa: S101 - the cast calls this for applicants only
    issued = calendar.local_day(stage.services.now()) - timedelta(days=age_days)
    expires = issued + timedelta(days=term_days) if DOCUMENT_KINDS[kind].has_term else None
    number = f"VB-{hashlib.sha256((kind + organisation.kvk_number).encode()).hexdigest()[:8].upper()}"
    says = (kind, organisation.name, organisation.kvk_number, issued, expires, number)
    stem = re.sub("[^a-z0-9]+", "-", DOCUMENT_KINDS[kind].label.lower()).strip("-")
    filename = f"{stem}-{organisation.kvk_number}.pdf"
    return upload(
        stage,
        user_id,
        kind,
        sample_documents.make(*says),
        filename,
        issued_on=issued,
        expires_on=expires,
        about_on=issued.replace(month=1, day=1) - timedelta(days=1) if DOCUMENT_KINDS[kind].about else None,
        issuer="Voorbeeld Certificering" if DOCUMENT_KINDS[kind].has_term else "",
        starts_on=issued if DOCUMENT_KINDS[kind].has_term else None,
        scope="Ondersteuning thuis en dagbesteding" if DOCUMENT_KINDS[kind].has_term else "",
        holder_name=organisation.name,
        holder_kvk_number=organisation.kvk_number,
        number=number,
        replaces=replaces,
        text=sample_documents.text(*says),
    )


def start(stage: Stage, user_id: str, round_id: str, wanted: Iterable[tuple[str, str]]) -> str:
    """Start an application and choose (product code, municipality code) cells; gives its id."""
    with stage.database.transaction() as db:
        user, round_, moment = db.get_one(User, user_id), db.get_one(Round, round_id), stage.services.now()
        application = applications.start(round_, user, moment)
        db.add(application)
        products: dict[str, Product] = {product.code: product for lot in round_.lots for product in lot.products}
        municipalities = {one.code: one for one in db.get_one(Authority, round_.authority_id).municipalities}
        cells = [(products[product], municipalities[municipality]) for product, municipality in wanted]
        choices.choose(application, user, cells, moment, based_on=0)
        return application.id


def answer_form(place: Place, organisation: Organisation, chance: random.Random) -> dict[str, str]:
    """A plausible, complete answer to any requirement, as its form would send it."""
    settings = place.requirement.settings
    towns = [one.name for one in place.requirement.authority.municipalities]
    town = organisation.city if organisation.city in towns else towns[0]
    text = (
        f"{organisation.name} werkt met een vast team. Wij evalueren elk kwartaal met de cliënt en de "
        "gemeentelijke toegang en schalen af zodra dat kan. De afspraken staan in ons kwaliteitshandboek."
    )
    fewest = int(settings.get("minimum", 1))
    options = settings.get("accepted") or [one["key"] for one in settings.get("options", [])]
    form = {
        "agreed": "yes",
        "answer": str(settings.get("required_answer", "yes")),
        "text": " ".join([text] * (1 + int(settings.get("min_length", 0)) // len(text))),
        "number": str(fewest + chance.randint(0, 40)),
        "note": "",
        "street": organisation.street or "Voorbeeldstraat 1",
        "postal_code": organisation.postal_code or "5211 AA",
        "city": town,
        "municipality": town,
        "choice": options[0] if options else "",
        "register": settings.get("registers", [""])[0],
        "registration": f"{chance.randint(10**7, 10**8 - 1)}",
        "holder": "Sam de Proef",
    }
    for goal in settings.get("goals", []):
        form |= {
            f"result-{goal}": "Cliënten bereiken het doel uit hun plan.",
            f"measured_by-{goal}": "Meting aan het einde van elk traject.",
            f"target-{goal}": f"{chance.randint(70, 95)} procent",
            f"by_when-{goal}": "Aan het einde van het eerste jaar",
        }
    if settings.get("multiple"):
        form |= {f"choice-{key}": "yes" for key in options if chance.random() < 0.5}
    return form | {f"clients-{product.code}": str(fewest + chance.randint(1, 60)) for product in place.products}


def fill_in(
    stage: Stage, user_id: str, application_id: str, chance: random.Random, *, skip: Iterable[str] = ()
) -> None:
    """Answer every place and attach fitting documents from the vault, uploading samples where there are none.

    An answer may open a further question, so this goes on until there is none left. `skip` names requirement codes
    that stay empty; 'integrity' leaves out the form of the integrity check.
    """
    skipped, done = set(skip), set[Spot]()
    while _fill_in_once(stage, user_id, application_id, chance, skipped, done):
        pass


def _fill_in_once(
    stage: Stage, user_id: str, application_id: str, chance: random.Random, skipped: set[str], done: set[Spot]
) -> bool:
    with stage.database.reading() as db:
        application = db.get_one(Application, application_id)
        places = _open_places(application, skipped, done)
        if not places:
            return False
        integrity = application.round.settings.get("integrity") if "integrity" not in skipped and not done else None
        wanted = _wanted(places)
        if integrity:
            wanted[integrity["document"]] = 1
        present = Counter(
            one.kind
            for one in db.scalars(select(Document).where(Document.organisation_id == application.organisation_id))
            if not one.is_gone
        )
    for kind in sorted(wanted):
        for number in range(present[kind], wanted[kind]):
            sample(stage, user_id, kind, age_days=60 + number)
    with stage.database.transaction() as db:
        user, moment = db.get_one(User, user_id), stage.services.now()
        application = db.get_one(Application, application_id)
        vault: dict[str, list[Document]] = {}
        for one in db.scalars(select(Document).where(Document.organisation_id == application.organisation_id)):
            if one.superseded_by_id is None and not one.is_gone:
                vault.setdefault(one.kind, []).append(one)
        for place in _open_places(application, skipped, done):
            done.add(place.spot)
            current = applications.answer_at(application, place)
            form = answer_form(place, application.organisation, chance)
            applications.answer(application, user, place, form, moment, based_on=current.version if current else 0)
            for kind, number in _wanted([place]).items():
                for document in vault[kind][:number]:
                    applications.attach_document(application, user, place, document, moment)
        for party in requirements.integrity_parties(application) if integrity else []:
            if party is None or party.own_part is None:
                sealed = vault[integrity["document"]][0]
                applications.attach_document(application, user, None, sealed, moment, party)
    return True


def _open_places(application: Application, skipped: set[str], done: set[Spot]) -> list[Place]:
    return [
        one
        for one in requirements.places(application)
        if (one.party is None or one.party.own_part is None)  # who fills in its own part does that itself
        and one.requirement.code not in skipped
        and one.spot not in done
    ]


def _wanted(places: Iterable[Place]) -> Counter[str]:
    """How many documents of which kind prove these places; one may serve several."""
    wanted: Counter[str] = Counter()
    for place in places:
        if kinds := place.requirement.evidence.get("kinds"):
            wanted[kinds[0]] = max(wanted[kinds[0]], int(place.requirement.evidence.get("at_least", 1)), 1)
    return wanted


def answer_again(stage: Stage, user_id: str, application_id: str, code: str, changes: Mapping[str, str]) -> None:
    """Save the answers to one requirement once more, with some fields of the form changed."""
    with stage.database.transaction() as db:
        user, application = db.get_one(User, user_id), db.get_one(Application, application_id)
        for place in requirements.places(application):
            if place.requirement.code != code:
                continue
            current = applications.answer_at(application, place)
            form = answer_form(place, application.organisation, dice(code)) | changes
            applications.answer(
                application, user, place, form, stage.services.now(), based_on=current.version if current else 0
            )


def submit(stage: Stage, user_id: str, application_id: str) -> str:
    """Submit; gives the submission's id. Raises what the domain raises.

    Where submissions are sealed the code is kept on the stage, and what was sealed before is reopened first.
    """
    with stage.database.reading() as db:
        is_sealed = db.get_one(Application, application_id).sealed_at is not None
    if is_sealed:
        vault_script.reopen(stage, user_id, application_id, stage.codes[application_id])
    submission_id, stage.codes[application_id] = vault_script.submit(stage, user_id, application_id)
    return submission_id


def withdraw(stage: Stage, user_id: str, application_id: str) -> None:
    """Take back what was submitted."""
    with stage.database.transaction() as db:
        application = db.get_one(Application, application_id)
        applications.withdraw(application, db.get_one(User, user_id), stage.services.now())


def colleague(stage: Stage, inviter_id: str, name: str, email: str, roles: list[str], function: str = "") -> str:
    """Invite a colleague, who then joins; gives the user's id."""
    with stage.database.transaction() as db:
        inviter, moment = db.get_one(User, inviter_id), stage.services.now()
        assert inviter.organisation is not None  # noqa: S101 - the cast calls this for applicants only
        person = {"name": name, "email": email, "function": function}
        token = accounts.invite(inviter.organisation, inviter, person, roles, moment)
        db.add(token)
    with stage.database.transaction() as db:
        user = accounts.join(db.get_one(MailToken, token.id), PASSWORD, hashed(), stage.services.now())
        return user.id


def organisation_form(name: str, kvk_number: str, city: str, chance: random.Random) -> dict[str, Any]:
    """A registration form for a made-up organisation."""
    return {
        "name": name,
        "kvk_number": kvk_number,
        "legal_form": chance.choice(["bv", "stichting", "cooperatie", "vof"]),
        "street": f"Voorbeeldstraat {chance.randint(1, 220)}",
        "postal_code": f"52{chance.randint(10, 99)} {chance.choice(['AA', 'BC', 'KL', 'XZ'])}",
        "city": city,
        "phone": f"073 {chance.randint(100, 999)} {chance.randint(10, 99)} {chance.randint(10, 99)}",
    }

"""The vault of a tender, as people use it: two holders set it up and open it, and applicants reopen what they sealed.

Beside `cast` and `script`, for the kinds of procedure that seal submissions. Each step is one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from portal.domain import accounts, applications, sealing, tender_vault, vault_opening
from portal.errors import PortalError
from portal.models import Application, LoginSession, Round, User, new_id
from portal.queries import tender_vault as queries
from portal.services import PersonalKey

if TYPE_CHECKING:
    from portal.cli.cast import Stage


def set_up(stage: Stage, round_id: str, manager_id: str, holder_ids: Sequence[str], password: str) -> bytes:
    """The round manager names two holders, both make their key, and the vault is set up. Gives the escrow key."""
    with stage.database.transaction() as db:
        round_, manager = db.get_one(Round, round_id), db.get_one(User, manager_id)
        holders = [db.get_one(User, one) for one in holder_ids]
        used = queries.is_used(db, round_id)
        tender_vault.name_holders(round_, manager, holders, stage.services.now(), is_used=used)
    for holder_id in holder_ids:
        accept(stage, round_id, holder_id, password)
    with stage.database.transaction() as db:
        round_, manager = db.get_one(Round, round_id), db.get_one(User, manager_id)
        assert round_.vault is not None  # noqa: S101 - named above
        return tender_vault.set_up(round_.vault, manager, stage.services.vault, stage.services.now())


def accept(stage: Stage, round_id: str, holder_id: str, password: str) -> None:
    """A holder makes a key under the password, unless there is one."""
    with stage.database.reading() as db:
        made = None if queries.live_key(db, holder_id) else stage.services.vault.personal(password)
    with stage.database.transaction() as db:
        vault, live = queries.vault(db, round_id), queries.live_key(db, holder_id)
        assert vault is not None  # noqa: S101 - the holder was named
        db.add(tender_vault.accept(vault, db.get_one(User, holder_id), live, made, stage.services.now()))


def sign_in(stage: Stage, user_id: str) -> str:
    """A login of its own; gives its id."""
    with stage.database.transaction() as db:
        login, _secret = accounts.sign_in(db.get_one(User, user_id), stage.services.now())
        db.add(login)
        return login.id


def prove(stage: Stage, user_id: str, password: str) -> vault_opening.Proven:
    """What the password of a holder opens."""
    with stage.database.reading() as db:
        key = queries.live_key(db, user_id)
        if key is None:
            return vault_opening.Proven("", None)
        stored = PersonalKey(key.public_key, key.salt, key.wrapped)
        return vault_opening.Proven(key.id, stage.services.vault.unlock(stored, password))


def ask(stage: Stage, round_id: str, user_id: str, password: str, login_id: str = "") -> str:
    """The first holder asks to open; gives the id of the login."""
    login_id = login_id or sign_in(stage, user_id)
    proven = prove(stage, user_id, password)
    with stage.database.transaction() as db:
        vault, user, login = queries.vault(db, round_id), db.get_one(User, user_id), db.get_one(LoginSession, login_id)
        assert vault is not None  # noqa: S101 - it was set up
        vault_opening.ask_opening(vault, user, login, proven, stage.services.vault, stage.services.now())
    return login_id


def complete(stage: Stage, round_id: str, user_id: str, password: str, login_id: str = "") -> None:
    """The other holder completes the opening."""
    login_id = login_id or sign_in(stage, user_id)
    proven = prove(stage, user_id, password)
    with stage.database.transaction() as db:
        vault, user, login = queries.vault(db, round_id), db.get_one(User, user_id), db.get_one(LoginSession, login_id)
        assert vault is not None  # noqa: S101 - it was set up
        counting, moment = queries.counting(db, round_id), stage.services.now()
        vault_opening.complete(vault, user, login, proven, counting, stage.services.vault, moment)


def open_vault(stage: Stage, round_id: str, holder_ids: Sequence[str], password: str) -> None:
    """Both holders, one after the other."""
    first, second = holder_ids
    ask(stage, round_id, first, password)
    complete(stage, round_id, second, password)


def prepare(stage: Stage, application_id: str) -> sealing.Prepared | None:
    """What must be made ready before a sealed submission; None where nothing is sealed."""
    with stage.database.reading() as db:
        application = db.get_one(Application, application_id)
        if not sealing.has_vault(application.round):
            return None
        documents = sealing.plain_documents(application, queries.used_elsewhere(db, application_id))
    return sealing.prepare(documents, stage.services.files, stage.services.vault)


def submit(stage: Stage, user_id: str, application_id: str) -> tuple[str, str]:
    """Submit; gives the submission's id and, where it was sealed, the code to reopen it. Raises as the domain does."""
    prepared = prepare(stage, application_id)
    try:
        with stage.database.transaction() as db:
            application, user = db.get_one(Application, application_id), db.get_one(User, user_id)
            sealer = None
            if prepared is not None:
                documents = sealing.plain_documents(application, queries.used_elsewhere(db, application_id))
                sealer = sealing.Sealer(prepared, documents, stage.services.vault)
            submission = applications.submit(
                application,
                user,
                stage.services.now(),
                attempt=new_id(),
                accepted=applications.ACCEPTED,
                sealer=sealer,
            )
            return submission.id, prepared.code if prepared else ""
    except PortalError:
        for one in prepared.files.values() if prepared else ():
            stage.services.files.delete(one.key)
        raise


def reopen(stage: Stage, user_id: str, application_id: str, code: str) -> None:
    """The applicant takes the draft out of the vault, with the code."""
    with stage.database.reading() as db:
        submission = sealing.latest(db.get_one(Application, application_id))
        assert submission is not None  # noqa: S101 - it was submitted
        assert submission.sealed is not None  # noqa: S101
        key = sealing.unlock(submission, code, stage.services.vault)
        content = sealing.read(submission.sealed, key, stage.services.vault)
        placed, _ = sealing.bring_back(
            submission.sealed, key, content, stage.services.files, stage.services.vault, new_id()
        )
    with stage.database.transaction() as db:
        application, user = db.get_one(Application, application_id), db.get_one(User, user_id)
        submission = sealing.latest(application)
        assert submission is not None  # noqa: S101
        sealing.reopen(application, user, submission, content, placed, stage.services.now())

"""The risk register: of a procedure, and of one agreement. Words, not scores; how it was judged is kept."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from portal.domain import audit, following
from portal.domain.lifecycle import advance
from portal.domain.permissions import require_official
from portal.errors import Invalid, Stale
from portal.models import Agreement, Procedure, Risk, RiskEntry, User
from portal.terms import LEVELS, N_


def unseeded(procedure: Procedure, known: Collection[str]) -> list[dict[str, str]]:
    """The risks that the procedure names and the register does not have."""
    wanted = (procedure.settings.get("contract_management") or {}).get("risks") or []
    return [one for one in wanted if one["code"] not in known]


def seed(procedure: Procedure, actor: User, known: Collection[str], now: datetime) -> list[Risk]:
    """Take the risks of the procedure into the register; those that are there stay as they are."""
    require_official(actor, procedure, following.MANAGER)
    return [
        _risk(
            procedure, None, actor, one["code"], one["title"], one.get("text", ""),
            entry(one.get("likelihood", "medium"), one.get("impact", "medium"), one["measure"], "", None),
            now,
        )
        for one in unseeded(procedure, known)
    ]  # fmt: skip


def add(
    procedure: Procedure,
    agreement: Agreement | None,
    actor: User,
    code: str,
    title: str,
    text: str,
    entry: RiskEntry,
    now: datetime,
) -> Risk:
    """A risk that somebody saw, with its first entry."""
    require_official(actor, procedure, following.MANAGER)
    if agreement is not None:
        require_official(actor, agreement, following.MANAGER)
    problems = _problems(entry)
    if len(title.strip()) < 5:
        problems["title"] = N_("Schrijf in een paar woorden wat het risico is.")
    if problems:
        raise Invalid(problems)
    for field, value in (("title", title), ("text", text), ("measure", entry.measure)):
        following.refuse_personal_numbers(value, field)
    return _risk(procedure, agreement, actor, code, title.strip(), text.strip(), entry, now)


def entry(
    likelihood: str, impact: str, measure: str, owner: str, review_on: date | None, reason: str = ""
) -> RiskEntry:
    """A judgement as filled in; it is checked where it is used."""
    return RiskEntry(
        likelihood=likelihood,
        impact=impact,
        measure=measure.strip(),
        owner=owner.strip()[:200],
        review_on=review_on,
        reason=reason.strip(),
    )


def _problems(made: RiskEntry) -> dict[str, str]:
    problems: dict[str, str] = {}
    if made.likelihood not in LEVELS:
        problems["likelihood"] = N_("Kies hoe groot de kans is.")
    if made.impact not in LEVELS:
        problems["impact"] = N_("Kies hoe groot het gevolg is.")
    if len(made.measure) < following.LEAST:
        problems["measure"] = N_("Schrijf op wat u doet om dit te voorkomen of op te vangen.")
    return problems


def _risk(
    procedure: Procedure,
    agreement: Agreement | None,
    actor: User,
    code: str,
    title: str,
    text: str,
    first: RiskEntry,
    now: datetime,
) -> Risk:
    risk = Risk(
        authority_id=procedure.authority_id,
        procedure=procedure,
        procedure_id=procedure.id,
        agreement=agreement,
        agreement_id=agreement.id if agreement else None,
        code=code,
        title=title[:200],
        text=text,
        state="open",
        added_at=now,
    )
    _keep(risk, actor, first, now)
    audit.record(risk, "add_risk", actor, now, code=code, agreement=agreement.number if agreement else None)
    return risk


def _keep(risk: Risk, actor: User, made: RiskEntry, now: datetime) -> None:
    made.authority_id, made.sequence = risk.authority_id, len(risk.entries) + 1
    made.entered_at, made.entered_by, made.entered_by_id = now, actor, actor.id
    risk.entries.append(made)


def judge(risk: Risk, actor: User, made: RiskEntry, based_on: int, now: datetime) -> None:
    """Judge a risk anew. Raises `Stale` (theirs: the last entry) when a colleague did so since `based_on`."""
    require_official(actor, risk, following.MANAGER)
    problems = _problems(made)
    if problems:
        raise Invalid(problems)
    following.refuse_personal_numbers(made.measure, "measure")
    _require_latest(risk, based_on)
    _keep(risk, actor, made, now)
    audit.record(risk, "judge_risk", actor, now, likelihood=made.likelihood, impact=made.impact)


def _require_latest(risk: Risk, based_on: int) -> None:
    if len(risk.entries) != based_on:
        text = N_("Een collega heeft dit risico net ook gewijzigd. Lees dat eerst en bewaar daarna opnieuw.")
        raise Stale(text, risk.entries[-1])


def turn(risk: Risk, actor: User, action: str, reason: str, now: datetime) -> None:
    """Close a risk or open it again (`action` 'close' or 'reopen'), with the reason in its history."""
    require_official(actor, risk, following.MANAGER)
    reason = following.written(reason)
    last = risk.entries[-1]
    advance(risk, action, actor, now, code=risk.code)
    _keep(risk, actor, entry(last.likelihood, last.impact, last.measure, last.owner, last.review_on, reason), now)

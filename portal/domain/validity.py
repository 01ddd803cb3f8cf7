"""When a document counts as proof: the rule, the day to hold it against, and what its data say against it.

All days are days in Amsterdam and both ends count: a document of the oldest day allowed still counts, and so does one
that expires on the reference day itself. Months are counted back by `calendar.add_months`: six months before
31 August is the last day of February. What is found is advice with its reason; it never blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal.domain import calendar, wording
from portal.domain.evidence_rules import OF_KIND, Rule
from portal.domain.requirement_types import Located
from portal.models import Application, Document, Organisation, Party, Requirement
from portal.terms import DOCUMENT_KINDS, N_

ACCOUNTS_DUE = (6, 1)
"""Month and day on which the accounts of the year before must have been handed in (before 1 June)."""


@dataclass(frozen=True)
class Doubt:
    """One thing that speaks against a document. `key` stays the same for years, the words may change."""

    key: str
    message: str
    facts: dict[str, Any]

    @property
    def text(self) -> str:
        return self.message % self.facts if self.facts else self.message


@dataclass(frozen=True)
class Judgement:
    """What the engine says of one document at one requirement.

    `day` is the reference day; None without a rule, or while nobody filled in the day it depends on. `oldest` is the
    first day of issue (of the financial year, for accounts) that still counts, where the rule has one.
    """

    rule: Rule | None
    day: date | None
    oldest: date | None
    doubts: tuple[Doubt, ...]

    @property
    def outcome(self) -> str:
        """'holds', 'doubt', or 'no_rule' where nothing was asked and nothing stands out."""
        if self.doubts:
            return "doubt"
        return "holds" if self.rule else "no_rule"

    def frozen(self) -> dict[str, Any]:
        """As it goes into a manifest. Texts and numbers only."""
        rule = self.rule
        return {
            "rule": rule.name if rule else "",
            "months": rule.months if rule else 0,
            "reference": rule.reference if rule else "",
            "source": rule.source if rule else "",
            "day": str(self.day or ""),
            "oldest": str(self.oldest or ""),
            "outcome": self.outcome,
            "doubts": [{"key": one.key, "text": one.text} for one in self.doubts],
        }


def rule_for(requirement: Requirement, kind: str) -> Rule | None:
    """The rule of the requirement; where that says nothing, the usual one of this kind of document."""
    stated = requirement.evidence.get("validity")
    if stated:
        months = int(stated.get("months", 0))
        return Rule(stated["rule"], stated["reference"], months, requirement.source or "", is_default=False)
    return OF_KIND[kind].rule if kind in OF_KIND else None


def reference_date(
    reference: str, application: Application, now: datetime, document: Document | None = None
) -> date | None:
    """The day on which a document must count. None: it depends on a day that nobody filled in.

    Once an application was taken in, the submission is the moment that counts, not the day somebody looks. A
    continuous round closes years later: there the closing is the day of submitting.
    """
    round_ = application.round
    match reference:
        case "agreement_start":
            return round_.agreements_start_on
        case "employment_start":
            return document.about_on if document is not None else None
        case "closing" if not round_.is_continuous:
            return calendar.local_day(round_.closes_at)
        case "submission" | "closing":
            submission = application.valid_submission
            is_final = submission is not None and application.state in {"under_review", "decided"}
            return calendar.local_day(submission.submitted_at if submission and is_final else now)
        case "today":
            return calendar.local_day(now)
    raise ValueError(f"unknown reference {reference!r}")


def oldest_allowed(rule: Rule, day: date | None) -> date | None:
    """The first day of issue that counts on `day`; for accounts the first day of the year they must be about."""
    if day is None:
        return None
    if rule.name == "issued_within":
        return calendar.add_months(day, -rule.months)
    if rule.name == "latest_year":
        return date(day.year - (1 if (day.month, day.day) >= ACCOUNTS_DUE else 2), 1, 1)
    return None


def judge(document: Document, place: Located, application: Application, now: datetime) -> Judgement:
    """Hold one document against the rule at a place."""
    rule = rule_for(place.requirement, document.kind)
    day = reference_date(rule.reference, application, now, document) if rule else None
    oldest = oldest_allowed(rule, day) if rule else None
    doubts = [*_term(document), *_holder(document, place, application)]
    if rule is not None and not _is_unasked(rule, document):
        doubts = [*CHECKS[rule.name](document, day, oldest), *doubts]
    return Judgement(rule, day, oldest, tuple(doubts))


def doubts(
    document: Document, place: Located, application: Application, now: datetime
) -> list[tuple[str, dict[str, Any], bool]]:
    """What speaks against a document, as the findings of a place; none of them blocks."""
    return [(one.message, one.facts, False) for one in judge(document, place, application, now).doubts]


def _is_unasked(rule: Rule, document: Document) -> bool:
    """The usual rule of a kind of which nobody asks the date counts only where it was filled in."""
    kind = DOCUMENT_KINDS.get(document.kind)
    asked = kind is None or kind.has_issue_date or kind.has_term
    return rule.is_default and rule.name == "issued_within" and not asked and document.issued_on is None


def _in_force(document: Document, day: date | None, oldest: date | None) -> Iterable[Doubt]:
    name = document.filename
    begins = document.starts_on or document.issued_on
    if document.expires_on is None:
        yield Doubt("no_end", N_("Vul de einddatum van ‘%(file)s’ in."), {"file": name})
    elif day is not None and document.expires_on < day:
        facts = {"file": name, "day": wording.day(day)}
        yield Doubt("expired", N_("‘%(file)s’ is niet meer geldig op %(day)s."), facts)
    if day is not None and begins is not None and begins > day:
        facts = {"file": name, "day": wording.day(day), "begins": wording.day(begins)}
        text = N_("‘%(file)s’ geldt pas vanaf %(begins)s. Nodig is: geldig op %(day)s.")
        yield Doubt("not_yet", text, facts)


def _recent(document: Document, day: date | None, oldest: date | None) -> Iterable[Doubt]:
    name = document.filename
    if document.issued_on is None:
        yield Doubt("no_issue", N_("Vul de datum van afgifte van ‘%(file)s’ in."), {"file": name})
    if oldest is None:
        text = N_("Vul bij ‘%(file)s’ de eerste werkdag van deze persoon in.")
        yield Doubt("no_first_day", text, {"file": name})
    elif document.issued_on is not None and document.issued_on < oldest:
        facts = {"file": name, "day": wording.day(oldest)}
        yield Doubt("too_old", N_("‘%(file)s’ is te oud: afgegeven op of na %(day)s is nodig."), facts)


def _of_year(document: Document, day: date | None, oldest: date | None) -> Iterable[Doubt]:
    name, about = document.filename, document.about_on
    if about is None:
        yield Doubt("no_year", N_("Vul de laatste dag van het boekjaar van ‘%(file)s’ in."), {"file": name})
    elif oldest is not None and about < oldest:
        facts = {"file": name, "year": about.year, "wanted": oldest.year}
        text = N_("‘%(file)s’ gaat over boekjaar %(year)d. Nodig is boekjaar %(wanted)d of later.")
        yield Doubt("older_year", text, facts)


CHECKS = {"valid_on": _in_force, "issued_within": _recent, "latest_year": _of_year}
"""What each rule looks at."""


def _term(document: Document) -> Iterable[Doubt]:
    """A certificate that runs longer than its scheme allows: probably a date that was read wrong."""
    usual = OF_KIND.get(document.kind)
    begins = document.starts_on or document.issued_on
    if usual is None or not usual.longest_months or begins is None or document.expires_on is None:
        return
    if document.expires_on > calendar.add_months(begins, usual.longest_months):
        facts = {"file": document.filename, "years": usual.longest_months // 12, "source": usual.longest_source}
        text = N_("‘%(file)s’ loopt langer dan %(years)d jaar. Controleer de begin- en einddatum (%(source)s).")
        yield Doubt("too_long", text, facts)


def _plain(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def _holder(document: Document, place: Located, application: Application) -> Iterable[Doubt]:
    """A document in the name of somebody who does not take part here. The KvK number decides where there is one."""
    number, name = document.holder_kvk_number or "", document.holder_name or ""
    usual, organisation = OF_KIND.get(document.kind), application.organisation
    if not (number or name) or (usual is not None and usual.is_personal):
        return
    wanted: list[Organisation | Party] = [place.party] if place.party is not None else [organisation]
    if place.party is None:
        wanted += application.parties
    numbers = {one.kvk_number for one in wanted if one.kvk_number}
    if number:
        if not numbers or number in numbers:
            return
    elif _plain(name) in {_plain(one.name) for one in wanted}:
        return
    facts = {"file": document.filename, "holder": " ".join(one for one in (name, number and f"(KvK {number})") if one)}
    text = N_("‘%(file)s’ staat op naam van %(holder)s. Dat is een andere organisatie dan hier antwoordt.")
    yield Doubt("other_holder", text, facts)


# What is told before anybody uploads


@dataclass(frozen=True)
class Allowed:
    """The rule for some kinds of document in one sentence, with its days and where it comes from."""

    kinds: tuple[str, ...]
    message: str
    facts: dict[str, Any]
    source: str

    @property
    def text(self) -> str:
        return self.message % self.facts


def allowed(requirement: Requirement, kinds: Sequence[str], application: Application, now: datetime) -> list[Allowed]:
    """What may be handed in, per rule: 'afgegeven op of na 15 april 2026'. Kinds without a rule are left out."""
    by_rule: dict[Rule, list[str]] = {}
    for kind in kinds:
        if (rule := rule_for(requirement, kind)) is not None:
            by_rule.setdefault(rule, []).append(kind)
    return [_sentence(rule, tuple(found), application, now) for rule, found in by_rule.items()]


def _sentence(rule: Rule, kinds: tuple[str, ...], application: Application, now: datetime) -> Allowed:
    day = reference_date(rule.reference, application, now)
    oldest = oldest_allowed(rule, day)
    moves = day == calendar.local_day(now) and rule.reference in {"submission", "closing", "today"}
    if day is None:
        text, facts = N_("afgegeven in de %(months)d maanden voor de eerste werkdag of later"), {"months": rule.months}
        return Allowed(kinds, text, facts, rule.source)
    if rule.name == "latest_year" and oldest is not None:
        return Allowed(kinds, N_("over boekjaar %(year)d of later"), {"year": oldest.year}, rule.source)
    if oldest is not None:
        text = N_("afgegeven op of na %(day)s, als u vandaag indient") if moves else N_("afgegeven op of na %(day)s")
        return Allowed(kinds, text, {"day": wording.day(oldest)}, rule.source)
    text = N_("geldig op %(day)s, als u vandaag indient") if moves else N_("geldig op %(day)s")
    return Allowed(kinds, text, {"day": wording.day(day)}, rule.source)

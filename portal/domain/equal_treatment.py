"""Equal treatment: the same defect at the same requirement, handled otherwise, is explained before it goes out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.domain import audit
from portal.domain.permissions import require_official
from portal.errors import Invalid, NotFound, Refused, Stale
from portal.models import Round, TreatmentExplanation, User, attach
from portal.models.equal_treatment import Handled, explanations_of, handled_differently
from portal.terms import N_, SATISFIED

SHORTEST_REASON = 10

Case = tuple[str, str, str, bool]
"""What makes two verdicts be about the same: requirement and version (one id), defect, its words, after remedy."""


def words_of(defect: str, reason: str) -> str:
    """What stands for the defect where the list does not name it: the reason itself."""
    return reason.strip() if defect == "other" else ""


def treatment(verdict: str) -> str:
    """Met as published and met by something equivalent are one treatment: the defect was accepted."""
    return "meets" if verdict in SATISFIED else verdict


@dataclass(frozen=True)
class Difference:
    """One case that was handled in more than one way, in this round or since an earlier one.

    `explanations` are those of this round about the case, oldest first; the last may be of before the last verdict.
    """

    case: Case
    handled: tuple[Handled, ...]
    explanations: tuple[TreatmentExplanation, ...] = ()

    @property
    def finding_ids(self) -> tuple[str, ...]:
        return tuple(sorted(one.id for one in self.handled))

    @property
    def is_explained(self) -> bool:
        """Somebody explained all verdicts that stand here now."""
        now = set(self.finding_ids)
        return any(now <= set(one.finding_ids) for one in self.explanations)

    @property
    def key(self) -> str:
        """The name of the case in addresses and forms."""
        return _digest(*(str(one) for one in self.case))

    @property
    def seen(self) -> str:
        """Names the verdicts as they are now: a form that holds another value was made on other verdicts."""
        return _digest(*self.finding_ids)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _case(one: Handled) -> Case:
    return (one.requirement_id, one.defect, words_of(one.defect, one.reason), one.after_remedy)


def differences(round_: Round) -> list[Difference]:
    """Every difference this round has a part in. At most two statements, however many dossiers there are."""
    cases: dict[Case, list[Handled]] = {}
    for one in handled_differently(round_):
        cases.setdefault(_case(one), []).append(one)
    if not cases:
        return []
    told: dict[Case, list[TreatmentExplanation]] = {}
    for each in explanations_of(round_):
        told.setdefault((each.requirement_id, each.defect, each.words, each.after_remedy), []).append(each)
    return [
        Difference(case, tuple(handled), tuple(told.get(case, ())))
        for case, handled in cases.items()
        if len({treatment(one.verdict) for one in handled}) > 1 and any(one.round_id == round_.id for one in handled)
    ]


def require_explained(round_: Round) -> None:
    """Nothing of the round goes out while a difference lacks an explanation. Raises `Refused` with their number."""
    missing = sum(not one.is_explained for one in differences(round_))
    if missing:
        raise Refused(
            N_(
                "Hetzelfde gebrek is niet overal gelijk behandeld en dat is nog niet uitgelegd (%(count)d keer). "
                "Leg het eerst uit bij Gelijke behandeling op de pagina van de ronde. Ziet u daar niets? Vraag een "
                "collega."
            ),
            count=missing,
        )


def find(among: Sequence[Difference], key: str) -> Difference:
    """The difference with this key (else `NotFound`)."""
    found = next((one for one in among if one.key == key), None)
    if found is None:
        raise NotFound(N_("Dit verschil bestaat niet meer. Kijk op de pagina hoe het nu staat."))
    return found


def explain(
    round_: Round, difference: Difference, actor: User, reason: str, now: datetime, *, seen: str
) -> TreatmentExplanation:
    """Record why these verdicts differ. Nothing is replaced; the same words about the same verdicts are one act.

    `seen` names the verdicts the form showed. Raises `Stale` with the difference as it is now when they changed.
    """
    require_official(actor, round_, "inkoper", "round_manager")
    text = reason.replace("\r\n", "\n").strip()
    for one in difference.explanations:
        if one.reason == text and set(difference.finding_ids) <= set(one.finding_ids):
            return one
    if seen != difference.seen:
        raise Stale(
            N_("Er is intussen een oordeel bij gekomen of gewijzigd. Lees het opnieuw en bewaar daarna uw uitleg."),
            theirs=difference,
        )
    if len(text) < SHORTEST_REASON:
        raise Invalid({"reason": N_("Leg in minstens 10 tekens uit waarom dit niet gelijk is behandeld.")})
    requirement_id, defect, words, after_remedy = difference.case
    explanation = TreatmentExplanation(
        authority_id=round_.authority_id,
        round_id=round_.id,
        requirement_id=requirement_id,
        defect=defect,
        words=words,
        after_remedy=after_remedy,
        finding_ids=list(difference.finding_ids),
        reason=text,
        explained_at=now,
        explained_by_id=actor.id,
    )
    attach(round_, explanation)
    audit.record(
        round_, "explain_difference", actor, now, requirement=requirement_id, defect=defect, after_remedy=after_remedy,
        verdicts=len(difference.handled),
    )  # fmt: skip
    return explanation

"""The letter of a decision: composed from what was decided, changed where somebody thinks it reads better.

What is composed are passages of plain text, paragraphs divided by an empty line. The table of outcomes, the
requirements with the findings about them, the days on which terms end, and the signature are no passages: they are
facts, and nobody changes them in the letter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from portal.deciding_words import PASSAGES
from portal.domain import releases
from portal.domain.lifecycle import advance
from portal.domain.permissions import require_official
from portal.errors import Invalid, NotAllowed, Refused, Stale
from portal.models import LetterDraft, User
from portal.terms import N_

EDITORS = ("inkoper", "round_manager")
SHORTEST, LONGEST = 20, 5000


def compose(facts: Mapping[str, Any]) -> dict[str, str]:
    """Every passage of a letter with these facts (`decisions.letter_facts`), in plain Dutch."""
    is_tender = facts.get("kind") == "tender"
    seen = {outcome for lot in facts["lots"] for product in lot["products"] for outcome in _outcomes(product)}
    passages = {
        "opening": f"U hebt zich aangemeld voor ‘{facts['procedure']}’, ronde {facts['round']}. In deze brief leest u "
        "ons besluit, waarom wij zo besluiten en wat u nu kunt doen.",
    }
    failing = [one for one in facts["findings"] if one["verdict"] == "fails"]
    if facts["outcome"] != "admitted" and failing:
        which = "deze eis" if len(failing) == 1 else "deze eisen"
        passages["reasons"] = (
            f"U moet aan elke eis voldoen die bij uw keuze hoort. Aan {which} voldoet uw aanmelding niet. Wij noemen "
            "steeds de tekst van de eis zoals die bij de procedure is gepubliceerd."
        )
    passages["next"] = _next(seen, is_tender, bool(facts["standstill_days"]))
    passages["disagree"] = _disagree(facts, "refused" in seen or "not_awarded" in seen or "reserve" in seen)
    return passages


def _outcomes(product: Mapping[str, Any]) -> list[str]:
    return [one for one in ("admitted", "refused", "reserve", "not_awarded") if product.get(one)]


def _next(seen: set[str], is_tender: bool, has_standstill: bool) -> str:
    if "admitted" in seen:
        waits = (
            "Wij wachten met de raamovereenkomst tot de opschortende termijn voorbij is. Daarna staat de overeenkomst "
            "voor u klaar in het portaal."
            if has_standstill
            else "De overeenkomst staat binnenkort voor u klaar in het portaal."
        )
        return (
            f"{waits} U krijgt daarover een mail. Uw tekenbevoegde ondertekent eerst, daarna ondertekenen wij.\n\n"
            "Aan deze brief kunt u nog geen recht op een overeenkomst ontlenen. U mag pas cliënten aannemen als beide "
            "partijen hebben ondertekend."
        )
    if "reserve" in seen:
        return (
            "Er komt nu geen raamovereenkomst. Valt een gekozen aanbieder weg, dan nemen wij contact met u op in de "
            "volgorde van de reservelijst."
        )
    if "not_awarded" in seen or is_tender:
        return "Er komt geen raamovereenkomst. De documenten die u al hebt ingeleverd, blijven in uw account staan."
    return (
        "Er komt geen raamovereenkomst. U kunt zich in een volgende ronde opnieuw aanmelden. De documenten die u al "
        "hebt ingeleverd, blijven in uw account staan."
    )


def _disagree(facts: Mapping[str, Any], is_against: bool) -> str:
    """What the procedure and its authority say about going to court, and before that how to object here."""
    days = facts.get("objection_days", 0)
    own = str(facts["remedy_clause"]).strip()
    if not days or not is_against:
        return own
    word = {"working": "werkdagen"}.get(facts.get("objection_unit", ""), "dagen")
    return (
        f"U kunt bij ons bezwaar maken. Dat doet u in het portaal, binnen {days} {word} na de datum van deze brief. "
        "Leg per eis uit waarom ons oordeel volgens u niet klopt. Iemand die niet over uw aanmelding besliste, kijkt "
        f"er opnieuw naar.\n\n{own}"
    )


def passages(draft: LetterDraft, facts: Mapping[str, Any]) -> dict[str, str]:
    """The letter as it stands: composed, with what was changed in its place."""
    return {key: str(draft.passages.get(key, text)) for key, text in compose(facts).items()}


def edit(
    draft: LetterDraft,
    actor: User,
    facts: Mapping[str, Any],
    typed: Mapping[str, str],
    now: datetime,
    *,
    based_on: int,
) -> bool:
    """Change passages before the release; a second person reads it, and who approved does so again.

    `based_on` is the version the form showed: raises `Stale` with the draft when somebody else saved meanwhile. A
    passage that is as composed counts as unchanged. Says whether anything changed.
    """
    require_official(actor, draft, *EDITORS)
    if draft.state in releases.ON_ITS_WAY:
        raise Refused(N_("Dit besluit is al vrijgegeven. De brief verandert niet meer."))
    if releases.waits_for(draft) == "award":
        raise Refused(N_("De gunning is nog niet vastgesteld. Daarna is de brief samengesteld en kunt u hem wijzigen."))
    composed = compose(facts)
    texts = {key: plain(typed.get(key, text)) for key, text in composed.items()}
    problems = {key: _problem(text) for key, text in texts.items() if _problem(text)}
    if problems:
        raise Invalid(problems)
    changed = {key: text for key, text in texts.items() if text != plain(composed[key])}
    if changed == draft.passages:
        return False
    if draft.version != based_on:
        raise Stale(
            N_("%(name)s heeft de brief net ook gewijzigd. Vergelijk de teksten en bewaar opnieuw."),
            theirs=draft,
            name=draft.edited_by.name if draft.edited_by else N_("Uw collega"),
        )
    draft.version += 1
    draft.passages = changed
    draft.agreed_at = draft.agreed_by = draft.agreed_by_id = None
    for one in draft.application.decisions:
        one.approved_at = one.approved_by = one.approved_by_id = None
    if changed:
        draft.edited_at, draft.edited_by, draft.edited_by_id = now, actor, actor.id
        advance(draft, "edit", actor, now, passages=sorted(changed))
    else:
        draft.edited_at = draft.edited_by = draft.edited_by_id = None
        advance(draft, "restore", actor, now)
    return True


def _problem(text: str) -> str:
    if len(text) < SHORTEST:
        return N_("Schrijf minstens 20 tekens: deze alinea hoort in de brief.")
    if len(text) > LONGEST:
        return N_("Deze tekst is te lang: ten hoogste 5.000 tekens.")
    return ""


def agree(draft: LetterDraft, actor: User, now: datetime, *, version: int) -> None:
    """Another person than who changed the letter read that change. Twice is once.

    `version` is the one that was read: raises `Stale` when the letter was changed after it.
    """
    require_official(actor, draft, *EDITORS)
    if draft.version != version:
        raise Stale(N_("De brief is veranderd nadat u hem opende. Lees de nieuwste versie."), theirs=draft)
    if draft.state == "agreed" and draft.agreed_by_id == actor.id:
        return
    if draft.edited_by_id == actor.id:
        raise NotAllowed(N_("U wijzigde deze brief zelf. Een collega leest hem na."))
    advance(draft, "agree", actor, now, version=version)
    draft.agreed_at, draft.agreed_by, draft.agreed_by_id = now, actor, actor.id


def plain(text: str) -> str:
    """The text with its paragraphs, without spaces at the ends of lines and without empty lines too many."""
    lines = [" ".join(line.split()) for line in text.replace("\r\n", "\n").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def difference(before: str, after: str) -> list[tuple[str, str]]:
    """What a change did to a text, word by word: ('same', …), ('gone', …) and ('new', …), in order."""
    old, new = re.findall(r"\S+|\n+", plain(before)), re.findall(r"\S+|\n+", plain(after))
    found: list[tuple[str, str]] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(("same", _joined(old[a:b])))
            continue
        found += [(name, _joined(part)) for name, part in (("gone", old[a:b]), ("new", new[c:d])) if part]
    return found


def _joined(words: list[str]) -> str:
    return re.sub(r" ?(\n+) ?", r"\1", " ".join(words))


def labels() -> Mapping[str, str]:
    """What each passage is called on screen."""
    return {key: term.label for key, term in PASSAGES.items()}

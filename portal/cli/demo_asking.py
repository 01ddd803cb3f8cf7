"""Questions, a clarification notice and messages in the demonstration: some answered, some that wait for somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.cli import asking_script as script

if TYPE_CHECKING:
    from portal.cli.demo_plot import Play

STAFF = "Geldt de eis over personeel ook voor mensen die wij inhuren?"
STAFF_TOO = (
    "Wij werken met zzp’ers. Tellen die mee als personeel? Mail naar tess@tafelronde.example als u meer wilt weten."
)
STAFF_ANONYMOUS = "Geldt de eis over personeel ook voor mensen die een aanbieder inhuurt, zoals zzp’ers?"
STAFF_ANSWER = (
    "Ja. Iedereen die namens u cliënten begeleidt, voldoet aan de eis. U bewaart van ingehuurde mensen dezelfde "
    "bewijzen als van uw eigen mensen."
)
HOURS = "Mogen wij het kwaliteitsplan na het indienen nog aanvullen?"
HOURS_ANSWER = (
    "Tot de sluiting mag u wijzigen en opnieuw indienen; het laatste dat u indient, telt. Daarna alleen als wij om "
    "herstel vragen."
)
OPEN_QUESTION = "Telt een certificaat dat op de dag van sluiting nog in aanvraag is?"
DRAFT = "Stichting De Linde heeft twee locaties in de regio. Moeten wij per locatie een klachtenregeling hebben?"


def ask_and_answer(plot: Play) -> None:
    """Three questions were asked: two became one answer and went out with a third; a fourth waits."""
    past, round_id = plot.past, plot.meierij["open"]
    past.wait(minutes=20)
    asked = [script.ask(plot.stage, plot.people["kompasroos"], round_id, STAFF, "requirement:T08")]
    past.wait(minutes=40)
    asked.append(script.ask(plot.stage, plot.people["tafelronde"], round_id, STAFF_TOO, "requirement:T08"))
    past.wait(minutes=15)
    other = script.ask(plot.stage, plot.people["kracht"], round_id, HOURS)
    past.wait(minutes=30)
    answers = [
        script.answer(plot.stage, plot.people["ineke"], asked, STAFF_ANONYMOUS, STAFF_ANSWER, "T08"),
        script.answer(plot.stage, plot.people["ineke"], [other], HOURS, HOURS_ANSWER),
    ]
    past.wait(minutes=25)
    for one in answers:
        script.approve(plot.stage, plot.people["joris"], one)
    script.publish(plot.stage, plot.people["renske"], round_id, answers)


def leave_questions(plot: Play) -> None:
    """What waits today: a question without an answer, a draft of De Linde, and messages on both sides."""
    past, round_id = plot.past, plot.meierij["open"]
    past.wait(minutes=10)
    waiting = script.ask(plot.stage, plot.people["kompasroos"], round_id, OPEN_QUESTION, "requirement:T03")
    script.ask(plot.stage, plot.people["klaproos"], round_id, "Hoeveel cliënten zijn er nu per gemeente?")
    late = "Mogen wij in een latere ronde meer percelen kiezen?"
    ready = script.ask(plot.stage, plot.people["oeverzwaluw"], round_id, late)
    script.write(plot.stage, plot.people["linde"], round_id, DRAFT, "requirement:T06")
    answer = "Nee. Een certificaat telt als het op de dag van sluiting geldig is."
    script.answer(plot.stage, plot.people["ineke"], [waiting], OPEN_QUESTION, answer, "T03")
    said = "Ja. In elke ronde kunt u een aanmelding doen voor percelen waarvoor u nog niet bent toegelaten."
    script.approve(
        plot.stage, plot.people["joris"], script.answer(plot.stage, plot.people["ineke"], [ready], late, said)
    )
    draft = plot.applications["linde", round_id]
    text = "Ons team verhuist in maart naar een ander pand in dezelfde wijk. Welk adres vullen wij in?"
    conversation = script.converse(plot.stage, plot.people["linde"], draft, "Ons adres verandert", text)
    past.wait(minutes=25)
    reply = "Vul het adres in dat op de ingangsdatum geldt, en zet de verhuizing in de toelichting."
    script.reply(plot.stage, plot.people["renske"], conversation, reply)
    past.wait(minutes=5)
    script.open_posts(plot.stage, plot.people["linde"], conversation)
    text = "Dank u. Moet het huurcontract er dan ook al bij?"
    script.reply(plot.stage, plot.people["linde"], conversation, text)
    past.wait(minutes=5)
    script.converse(
        plot.stage,
        plot.people["ineke"],
        plot.of("bruggenhof"),
        "Uw meldcode",
        "Ons herstelverzoek staat klaar. Lukt het?",
    )

"""What happens in the demonstration: who applies when, and how far each comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal.cli import cast, demo_asking, demo_visits, integrity_script, script
from portal.cli.demo_people import NEIGHBOURS, OFFICIALS, OTHER_PLACES, PROVIDERS
from portal.cli.script import Verdict
from portal.domain import applications, calendar, documents, mandates, requirements
from portal.models import Application, Document, Mandate, Round, User
from portal.worker.tasks import TASKS, draw_up_receipt, make_agreement

if TYPE_CHECKING:
    from portal.cli.demo import Past

FIRST_ROUND = (
    "linde", "kwikstaart", "korenbloem", "kruk", "windwijzer", "noordster", "lantaarnpad", "oeverzwaluw", "emmer",
    "wilgenwerf", "bruggenhof", "vossenhol", "zevensprong", "ratel",
)  # fmt: skip

OTHER_REGION = ("kwikstaart", "windwijzer", "lantaarnpad", "kompasroos")
CHECKED = ("linde", "kwikstaart", "korenbloem", "windwijzer", "lantaarnpad", "ratel", "noordster", "wilgenwerf")
TOLD = ("linde", "kwikstaart", "windwijzer", "lantaarnpad", "korenbloem")
REFUSED = ("lantaarnpad", "korenbloem")
"""Of those, for a part or as a whole: somebody who signs for the authority approves these."""
EXTRACT_AGE = {"emmer": 260, "linde": 150}
"""Days between the issue of the extract and the first application; too old for one, later on for both."""
NOT_YET_ANSWERED = ("T04", "T07", "T08", "T10", "T12", "T13", "integrity")

OBJECTS = "In hoofdstuk 3 van onze regeling staat wel waar een cliënt terechtkan: bij de klachtenfunctionaris."
NO_COMPLAINTS = Verdict(
    "fails", "In de regeling staat niet waar een cliënt met een klacht terechtkan.", defect="incomplete"
)
ASK_COMPLAINTS = Verdict(
    "remedy", "In de regeling ontbreekt waar een cliënt met een klacht terechtkan. Vul haar aan.", defect="incomplete"
)
NO_LOCATION = Verdict(
    "fails", "Uit het stuk blijkt niet dat u op de ingangsdatum over de locatie kunt beschikken.", defect="not_shown"
)
OLD_EXTRACT = Verdict(
    "remedy", "Het uittreksel was bij het indienen ouder dan 6 maanden. Stuur een nieuw uittreksel.", defect="too_old"
)
NO_STEPS = Verdict(
    "remedy", "De meldcode bevat niet alle vijf stappen. Stuur de volledige meldcode.", defect="incomplete"
)
NO_STEPS_STILL = Verdict(
    "fails", "De meldcode bevat niet alle vijf stappen, en wij kregen op tijd geen aanvulling.", defect="incomplete"
)
FIRST_VERDICTS = {
    "linde": {},
    "kwikstaart": {"T03": Verdict("equivalent", "De vergelijking laat zien dat het keurmerk hetzelfde toetst.")},
    "windwijzer": {},
    "lantaarnpad": {"T02-1C": NO_LOCATION},
    "korenbloem": {"T06": NO_COMPLAINTS},
    "wilgenwerf": {"T13": NO_STEPS},
}
SECOND_VERDICTS = {"noordster": {}, "ratel": {}, "emmer": {"E01": OLD_EXTRACT}}
JUDGED_THERE = 8
EQUIVALENT = {
    "is_equivalent": "yes",
    "argument": (
        "Wij werken met een ander keurmerk. Het toetst elk jaar dezelfde onderdelen als HKZ: cliëntdossier, "
        "veiligheid, klachten en scholing. De vergelijking per onderdeel staat in de bijlage bij het certificaat."
    ),
}


class Play:
    """The people of the demonstration and what they did so far."""

    def __init__(self, past: Past, meierij: dict[str, str], waarden: dict[str, str]) -> None:
        self.past, self.stage = past, past.stage
        self.meierij, self.waarden = meierij, waarden
        self.people: dict[str, str] = {}
        self.applications: dict[tuple[str, str], str] = {}
        self.visits: dict[str, str] = {}
        self.chance = cast.dice("demonstratie")

    def appoint(self) -> None:
        for key, name, role, function in OFFICIALS:
            self.people[key] = cast.official(
                self.stage, self.meierij["authority"], name, f"{key}@regio-meierij.example", [role], function
            )
        for key, name, role, function in NEIGHBOURS:
            self.people[key] = cast.official(
                self.stage, self.waarden["authority"], name, f"{key}@dewaarden.example", [role], function
            )

    def sign_up(self, key: str) -> None:
        """Register, once."""
        if key not in self.people:
            one = PROVIDERS[key]
            form = cast.organisation_form(one.name, one.kvk_number, one.city, self.chance)
            self.people[key] = cast.register(self.stage, form, one.person, one.email)

    def start(self, key: str, round_id: str) -> str:
        cells = PROVIDERS[key].cells
        if round_id == self.waarden["closed"]:
            cells = [(product, OTHER_PLACES[place]) for product, place in cells]
        application_id = cast.start(self.stage, self.people[key], round_id, cells)
        self.applications[key, round_id] = application_id
        return application_id

    def apply(self, key: str, round_id: str) -> str:
        """Sign up where needed, fill in everything, and submit twenty minutes later."""
        self.sign_up(key)
        application_id = self.start(key, round_id)
        cast.fill_in(self.stage, self.people[key], application_id, self.chance)
        if key == "kwikstaart":
            cast.answer_again(self.stage, self.people[key], application_id, "T03", EQUIVALENT)
        self.past.wait(minutes=20)
        cast.submit(self.stage, self.people[key], application_id)
        return application_id

    def of(self, key: str) -> str:
        """The application of a provider in the Meierij round that closed."""
        return self.applications[key, self.meierij["closed"]]

    def work(self) -> None:
        """What the worker does, until nothing is left but receipts.

        Those are drawn up from facts that stay, so the portal's own worker makes them after the start.
        """
        busy = True
        while busy:
            busy = False
            for task in TASKS:
                if task.handle is draw_up_receipt:
                    continue
                with self.stage.database.reading() as db:
                    due = list(task.find(db, self.stage.services.now()))
                for one in due:
                    busy |= task.handle(self.stage.database, self.stage.services, one)

    def act(self, step: Callable[..., object], who: str, *arguments: object, minutes: int = 7, **more: object) -> None:
        """One step by one person, some minutes after the one before."""
        self.past.wait(minutes=minutes)
        step(self.stage, self.people[who], *arguments, **more)


def play(past: Past, meierij: dict[str, str], waarden: dict[str, str]) -> None:
    """Play everything, in the order of time. Each dict has the ids 'authority', 'closed' and 'open'."""
    plot = Play(past, meierij, waarden)
    plot.appoint()
    _apply_in_first_round(plot)
    _apply_in_other_region(plot)
    _begin_screening(plot)
    _apply_in_second_round(plot)
    _go_on_screening(plot)
    _decide_and_sign(plot)
    _leave_open(plot)


def _apply_in_first_round(plot: Play) -> None:
    """Fourteen begin; one never submits and one withdraws. Then the round closes."""
    past, round_id = plot.past, plot.meierij["closed"]
    for index, key in enumerate(FIRST_ROUND):
        past.at(-45 + 2 * index, 9 + index % 7, 11 * index % 50)
        plot.sign_up(key)
        if key == "kruk":
            plot.start(key, round_id)
            continue
        if key in EXTRACT_AGE:
            cast.sample(plot.stage, plot.people[key], "kvk_extract", age_days=EXTRACT_AGE[key])
        application_id = plot.apply(key, round_id)
        if key == "oeverzwaluw":
            plot.act(cast.withdraw, key, application_id, minutes=90)
        if key == "windwijzer":
            _colleague_and_vault(plot)
    past.at(-18, 8)
    plot.work()
    past.at(-17, 12)
    plot.work()


def _colleague_and_vault(plot: Play) -> None:
    """A colleague who may only fill in; a document that is replaced, and one that is taken out of the vault."""
    anna = plot.people["linde"]
    noor = cast.colleague(plot.stage, anna, "Noor Aerts", "noor@delinde.example", ["editor"], "Beleidsmedewerker")
    stray = cast.sample(plot.stage, noor, "other", age_days=10)
    plot.past.wait(minutes=12)
    with plot.stage.database.transaction() as db:
        documents.remove(db.get_one(Document, stray), db.get_one(User, noor), plot.stage.services.now())
        earlier = db.scalars(
            select(Document.id).where(Document.uploaded_by_id == anna, Document.kind == "privacy_policy")
        ).one()
    cast.sample(plot.stage, noor, "privacy_policy", age_days=3, replaces=earlier)


def _apply_in_other_region(plot: Play) -> None:
    """Four providers apply with the documents that their vaults hold already."""
    for index, key in enumerate(OTHER_REGION):
        plot.past.at(-17 + index, 13, 5)
        plot.apply(key, plot.waarden["closed"])


def _begin_screening(plot: Play) -> None:
    """Interests are declared, integrity checks come in, the first dossiers are judged."""
    past, round_id = plot.past, plot.meierij["closed"]
    past.at(-13, 9)
    plot.act(script.declare, "ineke", round_id)
    plot.act(script.declare, "joris", round_id, {plot.of("zevensprong"): "Mijn zus werkt bij deze aanbieder."})
    plot.act(script.declare, "bram", round_id)
    for key in CHECKED:
        plot.act(integrity_script.clear, "bram", plot.of(key))
    past.at(-12, 9)
    for key, verdicts in FIRST_VERDICTS.items():
        plot.act(script.judge, "ineke", plot.of(key), verdicts, minutes=35)
    plot.act(script.ask_remedy, "ineke", plot.of("wilgenwerf"))
    demo_visits.plan(plot)
    plot.work()


def _apply_in_second_round(plot: Play) -> None:
    """The open round: drafts in three stages, and what was submitted, changed and withdrawn."""
    past, round_id = plot.past, plot.meierij["open"]
    past.at(-11, 9, 30)
    plot.sign_up("klaproos")
    cast.sample(plot.stage, plot.people["klaproos"], "hkz_certificate", age_days=1200, term_days=1095)
    plot.start("klaproos", round_id)
    past.at(-11, 14)
    plot.apply("kompasroos", round_id)
    past.at(-10, 12)
    plot.work()  # the round of the other region closes
    past.at(-10, 14)
    application_id = plot.apply("oeverzwaluw", round_id)
    plot.act(cast.withdraw, "oeverzwaluw", application_id, minutes=45)
    past.at(-9, 10)
    plot.sign_up("tafelronde")
    cast.fill_in(plot.stage, plot.people["tafelronde"], plot.start("tafelronde", round_id), plot.chance)
    past.at(-9, 13)
    application_id = plot.apply("kracht", round_id)
    change = {"text": "Elke maand bespreken wij met de cliënt en het wijkteam of minder ondersteuning genoeg is. " * 2}
    plot.act(cast.answer_again, "kracht", application_id, "T10", change, minutes=55)
    past.at(-8, 10)
    cast.fill_in(plot.stage, plot.people["linde"], plot.start("linde", round_id), plot.chance, skip=NOT_YET_ANSWERED)
    _let_a_consultant_act(plot)
    demo_asking.ask_and_answer(plot)
    plot.work()


def _let_a_consultant_act(plot: Play) -> None:
    """Anna lets somebody from outside fill in for De Linde in the open round, until a month after it closes; he
    accepts with an account of his own, and answers one requirement.
    """
    plot.past.wait(minutes=15)
    with plot.stage.database.transaction() as db:
        anna, now = db.get_one(User, plot.people["linde"]), plot.stage.services.now()
        round_ = db.get_one(Round, plot.meierij["open"])
        form = {
            "person_name": "Sander Lok",
            "email": "sander@zorgadvies.example",
            "scope": "some",
            "starts_on": calendar.local_day(now).isoformat(),
            "ends_on": calendar.add_months(calendar.local_day(round_.closes_at), 1).isoformat(),
        }
        assert anna.organisation is not None  # noqa: S101 - she registered it
        mandate = mandates.grant(anna.organisation, anna, mandates.fields(form, [round_], now), [round_], [], now)
        db.add(mandate)
    plot.past.wait(minutes=35)
    with plot.stage.database.transaction() as db:
        mandate, now = db.get_one(Mandate, mandate.id), plot.stage.services.now()
        person = {"name": mandate.name, "function": "Adviseur aanbestedingen"}
        sander = mandates.open_account(mandate, person, cast.hashed(), now)
        db.add(sander)
        db.flush()
        sander.act_under(mandate, now)
        draft = db.get_one(Application, plot.applications["linde", plot.meierij["open"]])
        place = next(one for one in requirements.places(draft) if one.requirement.code == "T10")
        form = cast.answer_form(place, draft.organisation, plot.chance)
        applications.answer(draft, sander, place, form, now, based_on=0)


def _go_on_screening(plot: Play) -> None:
    """One remedy is answered, one came too late, one is asked; the second region begins."""
    past = plot.past
    past.at(-7, 9)
    for key, verdicts in SECOND_VERDICTS.items():
        plot.act(script.judge, "joris", plot.of(key), verdicts, minutes=30)
    remedy = script.ask_remedy(plot.stage, plot.people["joris"], plot.of("emmer"))
    past.at(-6, 9)
    plot.work()  # the term of Wilgenwerf is over
    plot.act(integrity_script.clear, "bram", plot.of("emmer"))
    note = "Uit het formulier en open bronnen blijkt een lopend onderzoek naar fraude door de bestuurder."
    people = plot.people["dina"], plot.people["vossenhol"]
    plot.act(integrity_script.refuse, "bram", *people, plot.of("vossenhol"), note)
    plot.act(script.judge, "ineke", plot.of("wilgenwerf"), {"T13": NO_STEPS_STILL})
    past.at(-6, 12)
    demo_visits.record_first(plot)
    past.at(-6, 14)
    plot.act(script.answer_remedy, "emmer", remedy, "Het nieuwe uittreksel is van deze maand; er is niets gewijzigd.")
    plot.act(script.declare, "olga", plot.waarden["closed"])
    plot.act(script.judge, "olga", plot.applications["kompasroos", plot.waarden["closed"]], places=6)
    plot.work()


def _decide_and_sign(plot: Play) -> None:
    """Four eyes, letters, and agreements in each stage of signing."""
    past = plot.past
    past.at(-5, 8)
    demo_visits.reply(plot)
    past.at(-5, 9)
    for key in ("linde", "kwikstaart", "windwijzer", "lantaarnpad", "korenbloem", "wilgenwerf"):
        plot.act(script.propose, "ineke", plot.of(key))
    for key in ("noordster", "ratel"):
        plot.act(script.propose, "joris", plot.of(key))
    past.at(-4, 8)
    demo_visits.establish(plot)
    past.at(-4, 9)
    for key in TOLD:
        plot.act(script.confirm, "joris", plot.of(key))
    for key in ("noordster", "ratel"):
        plot.act(script.confirm, "ineke", plot.of(key))
    for key in REFUSED:
        plot.act(script.approve, "wil", plot.of(key))
    for key in TOLD:
        plot.act(script.tell, "renske", plot.of(key))
    plot.work()
    past.at(-3, 10)
    for key in ("kwikstaart", "windwijzer", "lantaarnpad"):
        plot.act(script.sign, key, plot.of(key), minutes=50)
    plot.work()
    past.at(-3, 14)
    demo_visits.record_second(plot)
    past.at(-2, 9)
    for key in ("kwikstaart", "windwijzer"):
        plot.act(script.sign, "wil", plot.of(key))
    plot.work()


def _leave_open(plot: Play) -> None:
    """What waits for somebody today. The last agreement is left for the portal's own worker to draw up."""
    past = plot.past
    past.at(-2, 13)
    plot.act(script.judge, "ineke", plot.of("bruggenhof"), {"T13": NO_STEPS})
    plot.act(script.ask_remedy, "ineke", plot.of("bruggenhof"))
    plot.act(script.judge, "joris", plot.of("vossenhol"), places=JUDGED_THERE)
    asked = plot.applications["lantaarnpad", plot.waarden["closed"]]
    plot.act(script.judge, "olga", asked, {"T13": NO_STEPS})
    plot.act(script.ask_remedy, "olga", asked)
    past.at(-2, 15)
    plot.act(script.object_to, "korenbloem", plot.of("korenbloem"), OBJECTS)
    past.at(-1, 11)
    draft = plot.applications["linde", plot.meierij["open"]]
    plot.act(cast.answer_again, "linde", draft, "T04", {"note": "Wij volgen de richtlijnen van onze beroepsgroep."})
    demo_asking.leave_questions(plot)
    plot.work()
    plot.act(script.tell, "renske", plot.of("ratel"))
    past.wait(minutes=1)
    # the same shortcoming refused Korenbloem: whoever sends this must first explain that
    plot.act(script.judge, "joris", plot.of("vossenhol"), {"T06": ASK_COMPLAINTS}, places=JUDGED_THERE)
    plot.act(script.prepare_remedy, "joris", plot.of("vossenhol"))
    make_agreement(plot.stage.database, plot.stage.services, plot.of("ratel"))

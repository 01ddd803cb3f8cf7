"""The pages of parties that fill in their own part: the invitation, the part, what the lead sees, and who may come."""

from __future__ import annotations

import io
import re

import pikepdf
import pytest
from sqlalchemy import select

from portal.cli import cast, sample_documents
from portal.domain import parties, reviews
from portal.models import Application, Document, Evidence, OwnPart, Party, PartyInvitation, Review, Submission, User
from tests import partners, remedying
from tests.conftest import MORNING
from tests.web.forms import form, forms
from tests.web.test_apply import submit
from tests.web.test_uploads import put


@pytest.fixture
def draft(world) -> str:
    """A draft of De Linde in a round that asks a text (U90), an extract (U91) and a Bibob form of each party."""
    partners.publish(world)
    return world.draft("anna")


def send(browser, page, end, **changed):
    """Fill in the form of a page and send it, as a browser does."""
    found = form(page.text, end)
    return browser.client.post(found.action or page.request.path, data=found.data(**changed))


def lead_page(draft, party_id):
    return f"/aanmeldingen/{draft}/samenwerking/{party_id}/deel"


# The invitation


def test_the_lead_invites_from_the_page_of_the_party_and_sees_what_became_of_it(world, browse, draft):
    party_id = partners.add(world, draft)
    anna, path = browse("anna"), lead_page(draft, party_id)
    assert f'href="{path}"' in anna.get(f"/aanmeldingen/{draft}/samenwerking").text
    before = anna.get(path)
    assert "U vult dit deel nu zelf in." in before.text

    wrong = send(anna, before, "uitnodigen", email="geen adres")
    sent = send(anna, before, "uitnodigen", email=world.emails["karim"])
    after = anna.get(path)

    assert (wrong.status_code, sent.status_code) == (422, 303)
    assert 'value="geen adres"' in wrong.text
    assert 'id="email-error"' in wrong.text
    assert "heeft nog niet gereageerd" in after.text
    assert {one.action.rpartition("/")[2] for one in forms(after.text)} >= {
        "uitnodigen",
        "herinneren",
        "uitnodiging-intrekken",
    }
    assert "nodigde Zorgboerderij Het Erf B.V. uit" in anna.get(f"/aanmeldingen/{draft}").text
    gone = send(anna, after, "uitnodiging-intrekken")
    assert gone.status_code == 303
    assert "U vult dit deel nu zelf in." in anna.get(path).text


def test_looking_at_the_link_uses_nothing_and_the_button_needs_a_login(world, browse, visitor, draft):
    path = partners.invite(world, partners.add(world, draft))

    asked = visitor.post(path, {})
    shown = visitor.get(path)

    assert "Stichting De Linde vraagt u om mee te doen" in shown.text
    assert "Registreer uw organisatie" in shown.text
    assert (asked.status_code, asked.location) == (302, "/inloggen")
    with world.database.reading() as db:
        assert db.scalars(select(PartyInvitation)).one().accepted_at is None
    signed_in = visitor.client.post(
        "/inloggen",
        data={"csrf_token": visitor.token(), "email": world.emails["karim"], "password": cast.PASSWORD},
    )
    assert signed_in.location == path
    taken = send(visitor, visitor.get(path), path)
    assert re.fullmatch(r"/aanmeldingen/delen/\w{26}", taken.location)
    assert "Uw deel in de aanmelding van Stichting De Linde" in visitor.get(taken.location).text


def test_an_invitation_also_waits_at_the_overview_of_who_was_invited(world, browse, draft):
    partners.invite(world, partners.add(world, draft))
    karim = browse("karim")

    link = re.search(r'href="(/deelnemen/uitnodigingen/\w+)"', karim.get("/aanmeldingen").text)
    assert link
    taken = send(karim, karim.get(link[1]), link[1])

    assert taken.status_code == 303
    assert "Uw deel in de aanmelding van Stichting De Linde" in karim.get("/aanmeldingen").text
    assert "/deelnemen/uitnodigingen/" not in browse("anna").get("/aanmeldingen").text
    assert browse("anna").get(link[1]).status_code == 404


def test_somebody_else_an_official_and_a_used_or_withdrawn_link_are_refused_with_the_way_out(world, browse, draft):
    party_id = partners.add(world, draft)
    path = partners.invite(world, party_id, "iemand@elders.example")

    other, lead, official = (browse(who).get(path) for who in ("karim", "anna", "ineke"))
    unknown = browse("karim").get("/deelnemen/bestaat-niet")
    fresh = partners.invite(world, party_id)
    renewed = browse("karim").get(path)
    partners.take_up(world, fresh)
    used = browse("karim").get(fresh)

    assert (other.status_code, lead.status_code, official.status_code, unknown.status_code) == (403, 403, 403, 404)
    assert "aan iemand anders gestuurd" in other.text
    assert renewed.status_code == 403  # it was for another address
    assert "Naar uw deel" in used.text


def test_another_number_is_shown_to_both_and_nothing_is_taken_up(world, browse, draft):
    party_id = partners.add(world, draft, kvk_number="55667788")
    path = partners.invite(world, party_id)
    karim = browse("karim")

    shown = karim.get(path)
    sent = send(karim, shown, path)
    lead = browse("anna").get(lead_page(draft, party_id))

    assert "KvK 55667788" in shown.text
    assert "heeft KvK 23456789" in shown.text
    assert sent.status_code == 409
    assert "heeft hierover een mail gekregen" in sent.text
    assert "werkt voor de organisatie met KvK 23456789" in lead.text


def test_a_number_of_another_country_is_called_by_its_country(world, browse, draft):
    party_id = partners.add(world, draft, kvk_number="BE 0123456749")
    path = partners.invite(world, party_id)
    karim = browse("karim")

    shown = karim.get(path)
    send(karim, shown, path)
    lead = browse("anna").get(lead_page(draft, party_id))

    assert "Het Erf B.V. (België, 0123456749)" in shown.text
    assert "vulde België, 0123456749 in" in shown.text
    assert "U vulde België, 0123456749 in." in lead.text


def test_another_name_is_agreed_to_with_a_tick(world, browse, draft):
    party_id = partners.add(world, draft, name="Het Erf")
    path = partners.invite(world, party_id)
    karim = browse("karim")

    untold = send(karim, karim.get(path), path)
    agreed = send(karim, karim.get(path), path, agreed="yes")

    assert untold.status_code == 422
    assert 'id="agreed-error"' in untold.text
    assert agreed.status_code == 303
    assert "U vulde de naam ‘Het Erf’ in." in browse("anna").get(lead_page(draft, party_id)).text


# The part


def test_a_party_fills_in_declares_takes_back_and_sees_only_its_own_places(world, browse, draft):
    _, part_id = partners.joined(world, draft)
    karim, home = browse("karim"), f"/aanmeldingen/delen/{part_id}"
    tasks = karim.get(home).text
    keys = set(re.findall(rf"/aanmeldingen/{draft}/(?:eisen|integriteit)/([\w-]+)", tasks))
    assert keys == {"U90-P1", "U91-P1", "1"}

    early = send(karim, karim.get(f"{home}/controleren"), "controleren", accepted=["complete", "represent"])
    place = karim.get(f"/aanmeldingen/{draft}/eisen/U90-P1")
    saved = send(karim, place, "U90-P1", text="Wij doen dit al tien jaar.")
    content = sample_documents.make("kvk_extract", "Het Erf", "23456789", MORNING.date(), None, "E1")
    upload = f"/aanmeldingen/{draft}/eisen/U91-P1/upload?soort=kvk_extract"
    bare = put(karim, upload, content, "erf.pdf")
    again = karim.post(upload, {"bestand": (io.BytesIO(content), "erf.pdf")})
    with world.database.reading() as db:
        bibob = db.scalars(
            select(Document.id).where(
                Document.kind == "bibob_form",
                Document.organisation_id == db.get_one(OwnPart, part_id).organisation_id,
            )
        ).one()
    sealed = send(karim, karim.get(f"/aanmeldingen/{draft}/integriteit/1"), "documenten", document=bibob)

    assert early.status_code == 409
    assert "Uw deel is nog niet compleet" in early.text
    assert "Naar uw deel" in place.text
    assert "Wat mag Stichting De Linde hier lezen?" in place.text
    assert (saved.status_code, bare.status_code, again.status_code, sealed.status_code) == (303, 201, 303, 303)
    undeclared = send(karim, karim.get(f"{home}/controleren"), "controleren")
    ready = send(karim, karim.get(f"{home}/controleren"), "controleren", accepted=["complete", "represent"])
    assert (undeclared.status_code, ready.status_code) == (422, 303)
    shown = karim.get(home).text
    assert "Uw deel is gereed" in shown
    assert "verklaarde het deel gereed" in shown
    locked = karim.post(f"/aanmeldingen/{draft}/eisen/U90-P1", {"text": "Anders, heel anders.", "based_on": "1"})
    assert locked.status_code == 409
    assert send(karim, karim.get(home), "terugnemen").status_code == 303
    assert "Uw deel is nog niet gereed" in karim.get(home).text


def test_saving_goes_on_to_what_is_not_finished_in_the_own_part_and_nowhere_else(world, browse, draft):
    partners.joined(world, draft)
    karim = browse("karim")

    first = karim.post(f"/aanmeldingen/{draft}/eisen/U90-P1", {"text": "Lang genoeg.", "based_on": "0", "next": "1"})
    last = karim.post(f"/aanmeldingen/{draft}/eisen/U91-P1", {"note": "", "based_on": "0", "next": "1"})

    assert "klaar</p>" in karim.get(first.location).text
    assert first.location == f"/aanmeldingen/{draft}/eisen/U91-P1"
    assert last.location == f"/aanmeldingen/{draft}/integriteit/1"


def test_saving_leads_the_lead_past_a_part_that_another_fills_in(world, browse, draft):
    party_id = partners.add(world, draft)
    anna, place, sent = browse("anna"), f"/aanmeldingen/{draft}/eisen/U91", {"note": "", "next": "1"}

    itself = anna.post(place, {**sent, "based_on": "0"})
    partners.invite(world, party_id)
    asked = anna.post(place, {**sent, "based_on": "1"})

    assert itself.location == f"/aanmeldingen/{draft}/integriteit/1"
    assert asked.location.endswith("-1A")
    assert "Verder met: Eigen deel" not in anna.get(place).text


def test_what_a_party_filled_in_is_no_beginning_of_the_lead(world, browse, draft):
    earlier = cast.start(world.stage, world.people["anna"], world.other_rounds["2020-1"], (("IB-BASIS", "0796"),))
    cast.fill_in(world.stage, world.people["anna"], earlier, world.chance)
    _, part_id = partners.joined(world, draft)
    partners.fill(world, part_id)
    anna = browse("anna")

    before = anna.get(f"/aanmeldingen/{draft}").text
    anna.post(f"/aanmeldingen/{draft}/eisen/U90", {"text": "Kort.", "based_on": "0"})
    after = anna.get(f"/aanmeldingen/{draft}").text

    assert "U vulde eerder al een aanmelding in" in before
    assert "Begin met: " in before
    assert "U vulde eerder al een aanmelding in" not in after
    assert "Verder waar u was: U90 Eis U90" in after


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ((), "Dat kan zodra Stichting De Linde koos waarvoor u zich samen aanmeldt."),
        ((("IB-BASIS", "0796"),), "U hoeft niets in te vullen."),
    ],
)
def test_a_part_in_which_nothing_is_asked_says_why_and_counts_nothing(world, browse, cells, why):
    _, part_id = partners.joined(world, world.draft("anna", cells))

    page = browse("karim").get(f"/aanmeldingen/delen/{part_id}").text

    assert why in page
    assert "Alles is ingevuld." not in page
    assert "klaar</p>" not in page


def test_two_people_of_a_party_at_once_lose_nothing(world, browse, draft):
    partners.joined(world, draft)
    karim = browse("karim")
    path = f"/aanmeldingen/{draft}/eisen/U90-P1"
    karim.post(path, {"text": "De eerste tekst.", "based_on": "0"})

    late = karim.post(path, {"text": "De tweede tekst.", "based_on": "0"})

    assert late.status_code == 409
    assert "De eerste tekst." in late.text
    assert "De tweede tekst." in late.text


def test_stopping_says_what_goes_and_only_then_stops(world, browse, draft):
    party_id, part_id = partners.joined(world, draft)
    partners.fill(world, part_id)
    karim, page = browse("karim"), f"/aanmeldingen/delen/{part_id}/stoppen"

    asked = karim.get(page)
    stopped = send(karim, asked, "stoppen")

    assert "U90 Eis U90" in asked.text
    assert (stopped.status_code, stopped.location) == (303, "/aanmeldingen")
    assert karim.get(f"/aanmeldingen/delen/{part_id}").status_code == 404
    assert "U vult dit deel nu zelf in." in browse("anna").get(lead_page(draft, party_id)).text


def test_a_document_says_in_whose_application_it_is_used(world, browse, draft):
    _, part_id = partners.joined(world, draft)
    partners.fill(world, part_id)
    with world.database.reading() as db:
        document_id = db.scalars(select(Evidence.document_id).where(Evidence.requirement_id.is_not(None))).first()

    assert f'href="/aanmeldingen/delen/{part_id}"' in browse("karim").get(f"/documenten/{document_id}").text


# What the lead sees


def names(world, part_id):
    with world.database.reading() as db:
        return {
            one.document.filename
            for one in db.scalars(select(Evidence).where(Evidence.party_id == db.get_one(OwnPart, part_id).party_id))
        }


def test_the_lead_sees_how_far_a_party_is_its_answers_and_no_files(world, browse, draft):
    party_id, part_id = partners.joined(world, draft)
    anna, karim = browse("anna"), browse("karim")
    karim.post(f"/aanmeldingen/{draft}/eisen/U90-P1", {"text": "Wij doen dit al tien jaar.", "based_on": "0"})
    content = sample_documents.make("kvk_extract", "Het Erf", "23456789", MORNING.date(), None, "E1")
    put(karim, f"/aanmeldingen/{draft}/eisen/U91-P1/upload?soort=kvk_extract", content, "zeer-geheim.pdf")
    put(karim, f"/aanmeldingen/{draft}/eisen/integriteit-P1/upload?soort=bibob_form", content, "bibob-geheim.pdf")
    with world.database.reading() as db:
        by_kind = {one.document.kind: one.document_id for one in db.scalars(select(Evidence))}
        assert db.get_one(Document, by_kind["bibob_form"]).is_sealed
    assert len(names(world, part_id)) == 2
    pages = [f"/aanmeldingen/{draft}{end}" for end in ("", "/indienen", "/samenwerking", f"/samenwerking/{party_id}")]
    pages += [lead_page(draft, party_id), f"/aanmeldingen/{draft}/samenwerking/{party_id}/verwijderen"]
    files = {kind: f"/aanmeldingen/{draft}/samenwerking/{party_id}/bestanden/{key}" for kind, key in by_kind.items()}

    texts = {path: anna.get(path).text for path in pages}
    kept = {kind: anna.get(path).status_code for kind, path in files.items()}
    karim.post(f"/aanmeldingen/{draft}/eisen/U91-P1/inzage", {"sharing": "all"})
    karim.post(f"/aanmeldingen/{draft}/eisen/U90-P1/inzage", {"sharing": "nothing"})
    shared = {kind: anna.get(path).status_code for kind, path in files.items()}
    after = anna.get(lead_page(draft, party_id)).text

    assert not any("geheim" in text for text in texts.values())
    assert "Wij doen dit al tien jaar." in texts[lead_page(draft, party_id)]
    assert "Niet met u gedeeld: Uittreksel Handelsregister (KvK)." in texts[lead_page(draft, party_id)]
    assert kept == {"kvk_extract": 404, "bibob_form": 404}
    assert shared == {"kvk_extract": 200, "bibob_form": 404}
    assert "zeer-geheim.pdf" in after
    assert "bibob-geheim.pdf" not in after
    assert "Wij doen dit al tien jaar." not in after
    assert anna.get(f"/documenten/{by_kind['kvk_extract']}/bestand").status_code == 404


def test_a_party_that_is_not_ready_stops_submitting_with_the_ways_out(world, browse, draft):
    cast.fill_in(world.stage, world.people["anna"], draft, world.chance)
    party_id, part_id = partners.joined(world, draft)
    anna = browse("anna")

    stopped = submit(anna, draft)
    page = anna.get(lead_page(draft, party_id))
    reminded = send(anna, page, "herinneren")
    twice = send(anna, page, "herinneren")
    asked = anna.get(f"/aanmeldingen/{draft}/samenwerking/{party_id}/zelf-invullen")
    taken = send(anna, asked, "zelf-invullen")

    assert stopped.status_code == 409
    assert "heeft haar eigen deel nog niet gereed verklaard" in stopped.text
    assert f'href="{lead_page(draft, party_id)}?terug=indienen"' in stopped.text
    assert "Uit de aanmelding halen" in page.text
    assert (reminded.status_code, twice.status_code, taken.status_code) == (303, 409, 303)
    assert browse("karim").get(f"/aanmeldingen/delen/{part_id}").status_code == 404
    assert anna.get(f"/aanmeldingen/{draft}/eisen/U90-P1").status_code == 200


# Submitted


@pytest.fixture
def submitted(world):
    """Both submitted together; gives the ids of application, party, part and submission."""
    partners.publish(world)
    application_id, party_id, part_id = partners.complete(world)
    return application_id, party_id, part_id, cast.submit(world.stage, world.people["anna"], application_id)


def test_each_gets_a_receipt_and_the_leads_one_names_no_file_that_is_kept(world, browse, submitted):
    application_id, _, part_id, submission_id = submitted
    world.work()
    anna, karim = browse("anna"), browse("karim")
    with world.database.reading() as db:
        content = db.get_one(Submission, submission_id).content
    party = [one for one in content["files"] if one["party"] == 1]
    lead = {one["filename"] for one in content["files"] if one["party"] is None}

    of_lead = anna.get(f"/aanmeldingen/{application_id}/ontvangst/{submission_id}").text
    of_party = karim.get(f"/aanmeldingen/delen/{part_id}/ontvangst/{submission_id}").text
    pdf = anna.get(f"/aanmeldingen/{application_id}/ontvangst/{submission_id}/ontvangstbewijs.pdf").data

    for one in party:
        assert one["sha256"] in of_lead
        assert one["sha256"] in of_party
        assert one["filename"] in of_party
        assert one["filename"] in lead or one["filename"] not in of_lead
    assert "(niet met u gedeeld)" in of_lead
    assert "Gereed verklaard door" in of_party
    assert "Karim el Amrani" in of_party
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert set(opened.attachments) == {"ontvangstbewijs.json"}


def test_reviewers_see_all_of_what_was_submitted(world, browse, submitted):
    world.close_round()
    with world.database.transaction() as db:
        review = db.scalars(select(Review)).one()
        ineke = db.get_one(User, world.people["ineke"])
        db.add(reviews.declare_interest(review.application.round, ineke, [], world.clock()))
        review_id = review.id
        content = review.submission.content
    name = next(one["filename"] for one in content["files"] if one["requirement"] == "U91" and one["party"] == 1)
    check = re.search(r"/integriteit/\w{26}", browse("bram").get("/integriteit").text)

    assert name in browse("ineke").get(f"/beoordelen/{review_id}?eis=U91-P1").text
    assert check
    officer = browse("bram").get(check[0]).text
    assert "Betrokkene: Zorgboerderij Het Erf B.V." in officer
    assert "Betrokkene: Stichting De Linde" in officer


def test_a_remedy_about_a_partys_place_shows_the_lead_no_file_that_is_kept(world, browse, submitted):
    application_id, *_ = submitted
    world.close_round()
    with world.database.transaction() as db:
        review, ineke = db.scalars(select(Review)).one(), db.get_one(User, world.people["ineke"])
        name = next(one["filename"] for one in review.submission.content["files"] if one["party"] == 1)
        for item in reviews.items(review):
            verdict, reason = ("remedy", "Stuur een nieuw uittreksel.") if item.key == "U91-P1" else ("meets", "")
            reviews.find(review, ineke, item, verdict, reason, world.clock(), based_on=0)
        remedy_id = remedying.ask(review, ineke, world.clock()).id

    page = browse("anna").get(f"/aanmeldingen/{application_id}/herstel/{remedy_id}").text

    assert "Eis U91 (Zorgboerderij Het Erf B.V.)" in page
    assert "Uittreksel Handelsregister (KvK)" in page
    assert name not in page


# Who may come


def test_nobody_but_who_it_is_for_gets_at_a_part(world, browse, submitted):
    """The grid: party, lead, stranger and ex-party, on every page, file and form of a part."""
    application_id, party_id, part_id, submission_id = submitted
    form_ = cast.organisation_form("Stichting Vreemd", "34567890", "Vught", world.chance)
    world.emails["zara"] = "zara@vreemd.example"
    world.people["zara"] = cast.register(world.stage, form_, "Zara Blom", world.emails["zara"])
    with world.database.reading() as db:
        party = db.get_one(Party, party_id)
        used = db.get_one(Application, application_id).evidence
        mine = {one.document.kind: one for one in used if one.party_id == party.id}
        document_id, evidence_id = mine["kvk_extract"].document_id, mine["kvk_extract"].id
    place, part = f"/aanmeldingen/{application_id}/eisen/U91-P1", f"/aanmeldingen/delen/{part_id}"
    about = f"/aanmeldingen/{application_id}/samenwerking/{party_id}"
    of_party = [
        ("GET", part), ("GET", f"{part}/controleren"), ("POST", f"{part}/controleren"), ("POST", f"{part}/terugnemen"),
        ("GET", f"{part}/stoppen"), ("POST", f"{part}/stoppen"), ("GET", place), ("POST", place),
        ("POST", f"{place}/upload?soort=kvk_extract"), ("POST", f"{place}/documenten"), ("POST", f"{place}/inzage"),
        ("POST", f"{place}/documenten/{evidence_id}/weghalen"),
        ("GET", f"/aanmeldingen/{application_id}/integriteit/1"),
        ("GET", f"{part}/ontvangst/{submission_id}"),
    ]  # fmt: skip
    of_lead = [
        ("GET", f"{about}/deel"), ("POST", f"{about}/uitnodigen"), ("POST", f"{about}/uitnodiging-intrekken"),
        ("POST", f"{about}/herinneren"), ("GET", f"{about}/zelf-invullen"), ("POST", f"{about}/zelf-invullen"),
        ("GET", f"{about}/bestanden/{document_id}"), ("GET", about), ("GET", f"/aanmeldingen/{application_id}"),
        ("GET", f"/aanmeldingen/{application_id}/indienen"), ("POST", f"/aanmeldingen/{application_id}/indienen"),
        ("GET", f"/aanmeldingen/{application_id}/eisen/U90"), ("GET", f"/aanmeldingen/{application_id}/integriteit"),
        ("GET", f"/aanmeldingen/{application_id}/ontvangst/{submission_id}"),
        ("GET", f"/aanmeldingen/{application_id}/ontvangst/{submission_id}/ontvangstbewijs.pdf"),
        ("POST", f"/aanmeldingen/{application_id}/intrekken"), ("GET", f"/aanmeldingen/{application_id}/keuzes"),
    ]  # fmt: skip

    def refused(who, paths):
        browser = browse(who)
        calls = {"GET": browser.get, "POST": lambda path: browser.post(path, {"based_on": "0", "sharing": "all"})}
        answers = {f"{method} {path}": calls[method](path).status_code for method, path in paths}
        return {path: code for path, code in answers.items() if code != 404}

    assert refused("anna", of_party) == {}
    assert refused("karim", of_lead) == {}
    assert refused("zara", of_party + of_lead) == {}
    with world.database.transaction() as db:
        party = db.get_one(Party, party_id)
        parties.remove(party.application, db.get_one(User, world.people["anna"]), party, world.clock())
    # What was submitted with its part stays its own to prove; all else is over.
    assert refused("karim", of_party[:-1] + of_lead) == {}
    assert browse("karim").get(of_party[-1][1]).status_code == 200
    world.emails.pop("zara"), world.people.pop("zara")

"""Questions and conversations in the archive: the organisation's own, and nothing unpublished or unopened."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from portal.cli import asking_script as script
from portal.models import User, new_id
from tests.web.test_my_data import download, named
from tests.web.test_questions import ANONYMOUS, ANSWER, ASKED, approved, ask

OTHERS = "Wij van Het Erf willen weten of ervaring van een ander meetelt."
OURS, THEIRS = "Ons certificaat komt volgende week.", "Dat mag, als het voor de sluiting is."


def archive(browser):
    answer = download(browser)
    assert answer.status_code == 200
    return zipfile.ZipFile(io.BytesIO(answer.data))


def text(found):
    return "\n".join(found.read(one).decode("utf-8", "ignore") for one in found.namelist() if not one.endswith(".pdf"))


@pytest.fixture
def asked(world):
    """Anna and Karim asked something that led to one answer, which is not published yet."""
    mine, other = ask(world), ask(world, "karim", OTHERS)
    return approved(world, mine, other)


def test_a_question_is_in_it_with_its_answer_once_that_is_published(world, browse, asked):
    anna = browse("anna")

    before = archive(anna)
    script.publish(world.stage, world.people["renske"], world.rounds["2020-1"], [asked])
    after = archive(anna)

    (question,) = json.loads(before.read("vragen/vragen.json"))
    assert (question["text"], question["state"], question["published"]) == (ASKED, "sent", None)
    assert ANSWER not in text(before)
    (question,) = json.loads(after.read("vragen/vragen.json"))
    assert (question["published"]["question"], question["published"]["answer"]) == (ANONYMOUS, ANSWER)
    page = after.read("vragen/vragen.html").decode()
    assert ASKED in page
    assert ANSWER in page
    assert "Versturen" not in page
    assert "vragen/vragen.html" in after.read("index.html").decode()


def test_a_question_of_another_organisation_is_not_in_it(world, browse, asked):
    script.publish(world.stage, world.people["renske"], world.rounds["2020-1"], [asked])

    assert OTHERS not in text(archive(browse("anna")))
    assert OTHERS in text(archive(browse("karim")))


def test_a_conversation_is_in_it_and_an_unopened_post_stays_closed(world, browse):
    anna, ineke = browse("anna"), browse("ineke")
    at = f"/berichten/{script.converse(world.stage, world.people['anna'], world.draft('anna'), 'Certificaat', OURS)}"
    ineke.post(f"{at}/openen")
    ineke.post(at, {"attempt": new_id(), "text": THEIRS})

    closed = archive(anna)
    anna.post(f"{at}/openen")
    opened = archive(anna)

    assert named(opened, "gesprekken/") == ["gesprekken/001 Certificaat.html", "gesprekken/001 Certificaat.json"]
    posts = json.loads(opened.read("gesprekken/001 Certificaat.json"))["posts"]
    assert [(one["side"], one["text"]) for one in posts] == [("applicant", OURS), ("authority", THEIRS)]
    assert posts[0]["opened"][0]["by"] == "Ineke Bos"
    assert THEIRS in opened.read("gesprekken/001 Certificaat.html").decode()
    assert OURS in text(closed)
    assert THEIRS not in text(closed)
    assert "Niemand bij u heeft dit bericht geopend" in text(closed)


def test_a_conversation_of_another_organisation_is_not_in_it(world, browse):
    script.converse(world.stage, world.people["karim"], world.draft("karim"), "Geheim van Het Erf", OTHERS)

    found = archive(browse("anna"))

    assert named(found, "gesprekken/") == []
    assert "Het Erf" not in text(found)
    with world.database.reading() as db:
        assert db.get_one(User, world.people["karim"]).email not in text(found)

"""Signs that nobody types and PostgreSQL cannot keep: what was typed around them is saved, and nothing breaks."""

from __future__ import annotations

import base64

import pytest
from sqlalchemy import select

from portal.models import Document, User


def test_what_is_typed_around_such_a_sign_is_kept(world, browse):
    anna = browse("anna")
    with world.database.reading() as db:
        organisation = db.get_one(User, world.people["anna"]).organisation_id
        document = db.scalars(select(Document.id).where(Document.organisation_id == organisation)).first()

    answer = anna.post(f"/documenten/{document}", {"number": "C-\x0012", "issuer": "Keurder\x00"})

    assert answer.status_code == 303
    with world.database.reading() as db:
        found = db.get_one(Document, document)
        assert (found.number, found.issuer) == ("C-12", "Keurder")


def test_it_is_left_out_of_what_is_searched_and_of_who_signs_in(world, browse):
    world.emails["anna"] = f"\x00{world.emails['anna']}"

    anna = browse("anna")

    assert anna.get("/aanmeldingen").status_code == 200
    assert anna.get("/register?q=Lin%00de").status_code == 200


@pytest.mark.parametrize("path", ["/aanmeldingen/%00", "/documenten/%00/bestand", "/ontvangstbewijs/%00"])
def test_an_address_with_it_finds_nothing(browse, path):
    assert browse("anna").get(path).status_code in {400, 404}


def test_the_name_of_an_upload_in_parts_with_it_breaks_nothing(browse):
    anna = browse("anna")
    name = base64.b64encode(b"groot\x00.pdf").decode()
    headers = {
        "X-CSRFToken": anna.token("/"), "Tus-Resumable": "1.0.0", "Upload-Length": "1000",
        "Upload-Metadata": f"filename {name},kind b3RoZXI=",
    }  # fmt: skip

    answer = anna.client.post("/documenten/in-delen", headers=headers)

    assert answer.status_code in {201, 400}

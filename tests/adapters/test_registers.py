"""Look-ups in the Handelsregister and the LRZa, over real HTTP."""

from __future__ import annotations

import copy

import pytest

from portal.adapters import breaker
from portal.adapters.registers import HttpRegisters, legal_form, open_registers
from portal.errors import Unavailable
from portal.terms import LEGAL_FORMS
from tests import registers as server

LINDE = server.profile("12345678", "Stichting De Linde")


@pytest.fixture(scope="module")
def running():
    with server.running() as state:
        yield state


@pytest.fixture
def there(running):
    running.companies, running.providers = {"12345678": copy.deepcopy(LINDE)}, {}
    running.fault = ""
    running.asked.clear()
    return running


@pytest.fixture
def registers(there):
    settings = there.settings
    return HttpRegisters(settings["KVK_URL"], settings["KVK_KEY"], settings["LRZA_URL"], whole=0.5)


def test_a_basisprofiel_gives_name_form_rsin_branch_and_the_visiting_address(registers):
    found = registers.company("12345678")

    assert found is not None
    assert (found.name, found.legal_form, found.rsin) == ("Stichting De Linde", "stichting", "123456782")
    assert (found.street, found.postal_code, found.city) == ("Hinthamerstraat 95A", "5211MH", "'s-Hertogenbosch")
    assert (found.branch_number, found.website, found.ended_on) == ("000037178598", "www.delinde.example", None)


def test_without_a_head_office_the_owner_has_the_address_and_a_hidden_address_stays_hidden(registers, there):
    said = there.companies["12345678"]
    addresses = said["_embedded"].pop("hoofdvestiging")["adressen"]
    said["_embedded"]["eigenaar"]["adressen"] = addresses

    assert registers.company("12345678").street == "Hinthamerstraat 95A"
    addresses[1]["indAfgeschermd"] = "Ja"
    assert registers.company("12345678").street == ""


def test_an_ended_registration_says_so_also_when_its_day_is_unknown(registers, there):
    there.companies["12345678"]["materieleRegistratie"]["datumEinde"] = "20240300"

    assert str(registers.company("12345678").ended_on) == "2024-03-01"


def test_an_unknown_number_is_none_and_no_failure(registers, there):
    assert registers.company("00000001") is None
    assert registers.care_provider("12345678") is None
    assert len(there.asked) == 2


def test_the_lrza_gives_the_active_organisation_with_this_number(registers, there):
    there.providers["12345678"] = server.bundle("12345678", "De Linde", "73730001")
    there.providers["23456789"] = server.bundle("23456789", "Weg", "73730001", active=False)

    found = registers.care_provider("12345678")

    assert (found.name, found.agb_code) == ("De Linde", "73730001")
    assert registers.care_provider("23456789") is None


@pytest.mark.parametrize("fault", ["error", "denied", "moved", "slow", "drip", "truncated", "large", "no json", "list"])
def test_a_register_that_fails_is_one_that_does_not_answer(registers, there, fault):
    there.fault = fault
    with pytest.raises(Unavailable):
        registers.company("12345678")

    there.fault = ""
    assert registers.company("12345678").name == "Stichting De Linde"


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said.pop("kvkNummer"),
        lambda said: said.update(kvkNummer="99999999"),
        lambda said: said.update(_embedded=[1]),
        lambda said: said.update(statutaireNaam={"a": 1}),
        lambda said: said.update(statutaireNaam="", naam="") or said["_embedded"].clear(),
        lambda said: said.update(materieleRegistratie={"datumEinde": "morgen"}),
        lambda said: said["_embedded"]["hoofdvestiging"].update(adressen=["straat"]),
    ],
)
def test_json_that_is_not_the_documented_form_is_no_answer(registers, there, change):
    change(there.companies["12345678"])

    with pytest.raises(Unavailable):
        registers.company("12345678")


def test_after_three_failures_nobody_waits_for_the_register_and_the_other_one_still_answers(registers, there):
    there.fault = "error"
    for _ in range(breaker.FAILURES):
        with pytest.raises(Unavailable):
            registers.company("12345678")
    there.fault = ""
    before = len(there.asked)

    with pytest.raises(Unavailable):
        registers.company("12345678")

    assert len(there.asked) == before
    assert registers.care_provider("12345678") is None


def test_a_certificate_that_is_not_trusted_is_refused(there):
    secure = HttpRegisters(there.address.replace("http:", "https:"), "key", "", whole=0.5)

    with pytest.raises(Unavailable):
        secure.company("12345678")


def test_without_addresses_nothing_is_looked_up_and_half_a_setting_stops_the_start(there):
    assert open_registers({}) is None
    assert open_registers(there.settings).has_companies
    assert not open_registers({"LRZA_URL": there.settings["LRZA_URL"]}).has_companies
    with pytest.raises(ValueError, match="both, or neither"):
        open_registers({"KVK_URL": "https://api.kvk.nl/api/v1"})
    with pytest.raises(ValueError, match="https"):
        open_registers({"LRZA_URL": "lrza.example"})


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("BeslotenVennootschap", "bv"),
        ("Besloten Vennootschap met gewone structuur", "bv"),
        ("Coöperatie", "cooperatie"),
        ("CommanditaireVennootschap", "cv"),
        ("Eenmanszaak", "eenmanszaak"),
        ("VennootschapOnderFirma", "vof"),
        ("Buitenlandse rechtsvorm", "buitenlands"),
        ("Vereniging van eigenaars", "vereniging"),
        ("Iets nieuws", "anders"),
        ("", ""),
    ],
)
def test_a_legal_form_in_the_registers_words_is_one_of_ours(words, key):
    assert legal_form(words) == key
    assert key == "" or key in LEGAL_FORMS

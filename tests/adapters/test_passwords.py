from __future__ import annotations

import time

import pytest

from portal.adapters import passwords

SENTENCE = "vier paarden naast een café"


def test_a_password_matches_its_own_hash_and_no_other_does() -> None:
    hashed = passwords.hash(SENTENCE)

    assert passwords.matches(hashed, SENTENCE)
    assert not passwords.matches(hashed, SENTENCE + " ")
    assert not passwords.matches(hashed, SENTENCE.upper())


def test_a_hash_is_argon2id_with_its_own_salt() -> None:
    one, other = passwords.hash(SENTENCE), passwords.hash(SENTENCE)

    assert one.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert one != other
    assert SENTENCE not in one


@pytest.mark.parametrize("hashed", [None, "", "geen hash", "$argon2id$v=19$m=65536,t=3,p=4$AAAA$AAAA"])
def test_nothing_matches_an_account_without_a_good_hash(hashed: str | None) -> None:
    assert not passwords.matches(hashed, SENTENCE)
    assert not passwords.matches(hashed, "niemand heeft dit wachtwoord")
    assert not passwords.matches(hashed, "")


def test_strange_characters_and_long_sentences_are_passwords_too() -> None:
    for strange in ("\ud800 half", "x" * 5000, "nul\x00byte", ""):
        hashed = passwords.hash(strange)
        assert passwords.matches(hashed, strange)
        assert not passwords.matches(hashed, strange + "!")


def test_an_unknown_account_takes_as_long_as_a_known_one() -> None:
    def seconds(hashed: str | None) -> float:
        start = time.process_time()
        for _ in range(5):
            passwords.matches(hashed, "verkeerd")
        return time.process_time() - start

    known = passwords.hash(SENTENCE)
    seconds(None)

    assert 0.3 < seconds(None) / seconds(known) < 3

"""The cryptography of the tender vault: what opens, and everything that must not."""

from __future__ import annotations

import pytest

from portal.adapters.envelope import PIECE, Envelopes
from portal.errors import FileDamaged

PASSWORD = "een zin van een paar woorden"
SECRET = b"thirty-two bytes of a secret....."


@pytest.fixture(scope="module")
def vault() -> Envelopes:
    return Envelopes(bytes(range(32)))


def test_what_is_sealed_for_a_key_opens_with_that_key_and_in_that_context_only(vault):
    pair, other = vault.pair(), vault.pair()
    sealed = vault.seal(pair.public, SECRET, "share:1")

    assert vault.open(pair.private, sealed, "share:1") == SECRET
    for private, context in ((other.private, "share:1"), (pair.private, "share:2")):
        with pytest.raises(FileDamaged):
            vault.open(private, sealed, context)
    assert vault.seal(pair.public, SECRET, "share:1") != sealed


def test_two_shares_join_to_the_secret_and_one_is_not_it(vault):
    first, second = vault.split(SECRET)

    assert vault.join(first, second) == vault.join(second, first) == SECRET
    assert SECRET not in (first, second)
    assert vault.split(SECRET) != (first, second)


def test_a_personal_key_opens_with_its_password_and_under_a_new_one_it_is_the_same_key(vault):
    key = vault.personal(PASSWORD)
    private = vault.unlock(key, PASSWORD)

    assert private is not None
    assert vault.fits(private, key.public)
    assert vault.unlock(key, PASSWORD + ".") is None
    again = vault.personal("een heel ander wachtwoord", private)
    assert (again.public, vault.unlock(again, PASSWORD)) == (key.public, None)
    assert vault.unlock(again, "een heel ander wachtwoord") == private


def test_a_code_forgives_spaces_and_small_letters_and_no_other_character(vault):
    code = vault.code()
    sealed = vault.seal_with_code(code, SECRET, "key")

    assert vault.open_with_code(f" {code[:4]} {code[4:].lower()} ", sealed, "key") == SECRET
    assert vault.open_with_code(code[:-1] + ("A" if code[-1] != "A" else "B"), sealed, "key") is None
    assert vault.open_with_code(code, sealed, "another key") is None


def test_a_kept_key_opens_with_the_portals_own_key_only(vault):
    kept = vault.keep(SECRET, "one")

    assert vault.kept(kept, "one") == SECRET
    with pytest.raises(FileDamaged):
        Envelopes(bytes(32)).kept(kept, "one")


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_a_file_of_any_size_comes_back(vault, size):
    key, plain = vault.data_key(), bytes(index % 251 for index in range(size))

    sealed = b"".join(vault.encrypt_pieces(key, [plain[:10], plain[10:]], "file"))

    cut = [sealed[at : at + 1000] for at in range(0, len(sealed), 1000)]
    assert b"".join(vault.decrypt_pieces(key, cut, "file")) == plain


@pytest.mark.parametrize("harm", ["flipped", "cut off", "cut between segments", "swapped", "other file", "empty"])
def test_a_harmed_file_does_not_come_back(vault, harm):
    key = vault.data_key()
    sealed = b"".join(vault.encrypt_pieces(key, [bytes(3 * PIECE)], "file"))
    segment = PIECE + 16
    head, first, second = sealed[:24], sealed[24 : 24 + segment], sealed[24 + segment : 24 + 2 * segment]
    harmed = {
        "flipped": sealed[:1000] + bytes([sealed[1000] ^ 1]) + sealed[1001:],
        "cut off": sealed[:-1],
        "cut between segments": sealed[: 24 + segment],
        "swapped": head + second + first + sealed[24 + 2 * segment :],
        "other file": sealed,
        "empty": b"",
    }[harm]

    with pytest.raises(FileDamaged):
        list(vault.decrypt_pieces(key, [harmed], "another" if harm == "other file" else "file"))

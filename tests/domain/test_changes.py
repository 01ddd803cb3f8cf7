"""What differs between two editions of a file."""

from __future__ import annotations

from portal.domain.changes import Change, changes


def test_equal_files_differ_nowhere():
    assert changes({"title": "A", "lots": [{"code": "1"}]}, {"title": "A", "lots": [{"code": "1"}]}) == []


def test_a_changed_value_is_named_by_the_code_of_its_block_also_when_another_was_put_before_it():
    before = {"requirements": [{"code": "T01", "text": "oud"}, {"code": "T02", "text": "zelfde"}]}
    after = {"requirements": [{"code": "T00"}, {"code": "T01", "text": "nieuw"}, {"code": "T02", "text": "zelfde"}]}

    assert changes(before, after) == [
        Change(("requirements", "T00", "code"), None, "T00"),
        Change(("requirements", "T01", "text"), "oud", "nieuw"),
    ]


def test_a_block_that_was_taken_out_comes_last_with_what_it_said():
    assert changes({"lots": [{"code": "1"}, {"code": "2", "name": "B"}]}, {"lots": [{"code": "1"}]}) == [
        Change(("lots", "2", "code"), "2", None),
        Change(("lots", "2", "name"), "B", None),
    ]


def test_a_list_of_words_is_one_value_and_blocks_without_a_name_are_counted():
    assert changes({"law": ["wmo"]}, {"law": ["wmo", "jeugdwet"]}) == [Change(("law",), ["wmo"], ["wmo", "jeugdwet"])]
    assert changes({"scale": [{"points": 1}]}, {"scale": [{"points": 2}]}) == [Change(("scale", "1", "points"), 1, 2)]

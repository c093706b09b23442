"""Several statements in one text come apart without losing a character, and each piece means what it meant in the whole."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bylaw.languages.cedar.parser import parse_statement
from bylaw.languages.cedar.splitter import split
from tools.languages.cedar.est import engine_trees
from tools.strategies.cedar_policies import damaged_policies, policy_sets

P = "permit(principal,action,resource)"

STORIES = {
    "nothing": ("", [], ""),
    "only a comment is tail": ("// a\n", [], "// a\n"),
    "a piece owns the comments that lead to it": (f"// a\n\n// b\n{P};\n", [f"// a\n\n// b\n{P};\n"], ""),
    "a piece owns its annotations": (f'{P};\n@id("a")\n{P};', [f"{P};\n", f'@id("a")\n{P};'], ""),
    "a piece owns the comment on its closing line": (f"{P}; // a\n// b\n{P};\n", [f"{P}; // a\n", f"// b\n{P};\n"], ""),
    "what follows the last piece is tail": (f"{P};\n\n// a\n", [f"{P};\n"], "\n// a\n"),
    "statements on one line come apart": (f"{P}; {P}; // a", [f"{P};", f" {P}; // a"], ""),
    "a carriage return ends the comment": (f"{P}; // a\r{P};", [f"{P}; // a\r", f"{P};"], ""),
    "CRLF is one line end": (f"{P};\r\n{P};\r\n", [f"{P};\r\n", f"{P};\r\n"], ""),
    "a semicolon in a string is no seam": (f'{P}when{{"a;b"==""}};{P};', [f'{P}when{{"a;b"==""}};', f"{P};"], ""),
    "a semicolon in a comment is no seam": (f"{P}//;\n;", [f"{P}//;\n;"], ""),
    "a statement that does not end is tail": (f"{P};\n{P}", [f"{P};\n"], P),
    "an error in one statement leaves the others": (f"{P};perm#t(;{P};", [f"{P};", "perm#t(;", f"{P};"], ""),
    "a string that does not end is tail": (f'{P};\n"{P};', [f"{P};\n"], f'"{P};'),
}


@pytest.mark.parametrize("story", STORIES)
def test_pieces_and_tail(story: str) -> None:
    text, pieces, tail = STORIES[story]

    found = split(text)

    assert ([piece.text for piece in found.pieces], found.tail) == (pieces, tail)


@given(st.text() | st.lists(damaged_policies() | st.just("; ")).map("".join))
def test_no_character_is_lost_or_moved(text: str) -> None:
    pieces, tail = split(text)

    assert "".join(piece.text for piece in pieces) + tail == text
    assert [text[piece.start : piece.end] for piece in pieces] == [piece.text for piece in pieces]
    assert all(piece.start <= piece.code < piece.end for piece in pieces)


@settings(max_examples=60, deadline=None)
@given(policy_sets())
def test_each_piece_alone_is_its_policy_in_the_whole(texts: list[str]) -> None:
    whole = "\n".join(texts)

    pieces = split(whole).pieces

    assert [engine_trees(piece.text) for piece in pieces] == [[tree] for tree in engine_trees(whole)]
    assert all(parse_statement(piece.text, "p").statement for piece in pieces)


def test_long_texts_are_split_in_linear_time() -> None:
    before = time.perf_counter()

    for text in (";" * 2**18, "; //\n" * 2**16, (";" + " " * 1000 + "a") * 250, '";' * 2**17):
        split(text)

    assert time.perf_counter() - before < 10  # less than a second; minutes if it were quadratic

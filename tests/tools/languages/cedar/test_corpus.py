"""The public corpus of Cedar policies: trees, canonical texts, house style and splitting, on every case."""

import os
import tarfile
from pathlib import Path

import pytest

from bylaw.languages.cedar.ast import Statement
from bylaw.languages.cedar.canonical import canonical_text, digest_statement
from bylaw.languages.cedar.formatter import format_statement, is_formatted
from bylaw.languages.cedar.parser import parse_statement, parse_statements
from bylaw.languages.cedar.splitter import split
from tools.languages.cedar.est import engine_trees, our_trees

VARIABLE = "BYLAW_ORACLES"
SEAMS = ("", "\n", "\r\n", ' // ; "permit(\n', "\n//;\r", "\u2028", "// a\n\n// b\n", "\t// '\u2028;\n")


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """Policy texts by the name of their case."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        pytest.skip(f"{VARIABLE} is not set: no corpus to compare with")
    with tarfile.open(Path(folder) / "cedar-corpus/corpus-sample.tar.xz") as archive:
        members = (member for member in archive if member.name.endswith(".cedar"))
        found = {member.name: archive.extractfile(member).read().decode() for member in members}  # type: ignore[union-attr]
    assert len(found) == 1200
    return found


def read(text: str) -> Statement:
    found = parse_statement(text, "p.cedar")
    assert found.statement is not None, found.diagnostics
    return found.statement


def test_trees_are_those_of_the_engine(texts: dict[str, str]) -> None:
    different = {
        name for name, text in texts.items() if our_trees(parse_statements(text, name).statements) != engine_trees(text)
    }

    assert different == set()


def test_canonical_texts_mean_the_same_and_are_stable(texts: dict[str, str]) -> None:
    for name, text in texts.items():
        for piece in split(text).pieces:
            canonical = canonical_text(read(piece.text))

            assert engine_trees(canonical) == engine_trees(piece.text), name
            assert canonical_text(read(canonical)) == canonical, name


def test_the_house_style_keeps_tree_and_digest_and_settles(texts: dict[str, str]) -> None:
    for name, text in texts.items():
        for piece in split(text).pieces:
            formatted = format_statement(piece.text)

            assert engine_trees(formatted) == engine_trees(piece.text), name
            assert is_formatted(formatted), name
            assert digest_statement(read(formatted)) == digest_statement(read(piece.text)), name


def test_joined_statements_come_apart_again(texts: dict[str, str]) -> None:
    cases = list(texts.values())
    for first in range(0, len(cases), 20):
        batch = cases[first : first + 20]
        whole = "".join(text + SEAMS[index % len(SEAMS)] for index, text in enumerate(batch))

        pieces, tail = split(whole)

        assert "".join(piece.text for piece in pieces) + tail == whole
        assert [engine_trees(piece.text)[0] for piece in pieces] == engine_trees(whole)
        assert [canonical_text(read(piece.text)) for piece in pieces] == [
            canonical_text(statement) for statement in parse_statements(whole, "whole").statements
        ]

"""A place in the text of a YAML scalar is found again in its file, in every style in which the scalar can be written."""

import json
from textwrap import dedent, indent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bylaw.model.spans import Position, Span
from bylaw.repository.yaml_reader import read_yaml
from bylaw.repository.yaml_scalars import ScalarPlaces, ScalarText

STYLES = {
    "plain": "text: one two three\n",
    "plain over lines": "text: one\n\n  two\n   three\n",
    "literal": "text: |\n  one\n    two\n\n  three\nother: 1\n",
    "literal with a header": "text: |2-  # one\n     one two\n  three\n\n",
    "folded": "text: >-\n  one\n\n  two\n  three\n",
    "single quotes": "text: 'one\n\n  two three'\n",
    "double quotes": 'text: "one\n  two \\\n  three"\n',
    "deep inside": "other:\n- 1\ntext:   |+\n      one two\n\n      three\n\n\n",
}


def scalar(source: str) -> ScalarText:
    file, problems = read_yaml(source, "a.yaml")
    assert file is not None, problems
    assert isinstance(file.plain, dict)
    text = file.plain["text"]
    assert isinstance(text, str)
    return ScalarPlaces(file).text(("text",), text)


def cut(source: str, span: Span) -> str:
    """What stands in `source` at a span of one line."""
    assert span.path == "a.yaml"
    assert span.start.line == span.end.line
    return source.splitlines()[span.start.line - 1][span.start.column - 1 : span.end.column - 1]


@pytest.mark.parametrize("style", STYLES)
def test_each_word_is_found_where_it_stands(style: str) -> None:
    source, found = STYLES[style], scalar(STYLES[style])

    for word in ("one", "two", "three"):
        start = found.text.index(word)
        assert cut(source, found.range(start, start + len(word))) == word


def test_a_line_and_column_of_the_text_is_a_line_and_column_of_the_file() -> None:
    source = "a: 1\ntext: |\n    one\n      two\n"
    found = scalar(source)

    inner = Span("", Position(2, 3), Position(2, 6))

    assert found.within(inner) == Span("a.yaml", Position(4, 7), Position(4, 10))


def test_the_end_of_the_text_is_where_its_last_word_ends() -> None:
    found = scalar("text: |\n  one\n  two\n\n")

    assert found.range(len(found.text), len(found.text)) == Span("a.yaml", Position(3, 6), Position(3, 6))
    assert found.range(0, 0) == Span("a.yaml", Position(2, 3), Position(2, 3))


@pytest.mark.parametrize(
    ("source", "part", "written"),
    [
        ("text: 'it''s it'\n", "it's", "it''s"),
        ("text: 'a '''' b'\n", "''", "''''"),
        (r'text: "say \"no\" now"', '"no"', r"\"no\""),
        (r'text: "a\tb\\c d"', "b\\c", r"b\\c"),
        (r'text: "a \x41\u0042\U00000043 d"', "ABC", r"\x41\u0042\U00000043"),
        (r'text: "a\_\n\L\N b \/ \e"', "/", r"\/"),
        (r'text: "\e\a\0 b"', "\x1b\a", r"\e\a"),
        ("text: 'é \U0001f600 x'\n", "x", "x"),
    ],
)
def test_what_is_escaped_is_found_as_it_is_written(source: str, part: str, written: str) -> None:
    found = scalar(source)
    start = found.text.index(part)

    assert cut(source, found.range(start, start + len(part))) == written


@pytest.mark.parametrize(
    "source",
    [
        "text: ! one two\n",
        'text: ""\n',
        "text: |\n\n\n",
        # libyaml ends a line at U+2028; editors do not.
        "other: '\u2028 a'\ntext: one two\n",
    ],
)
def test_where_it_cannot_be_told_the_scalar_is_the_place(source: str) -> None:
    file, _ = read_yaml(source, "a.yaml")
    assert file is not None
    found = scalar(source)

    assert found.range(0, 3) == file.span(("text",))


WORDS = st.lists(st.text(alphabet="ab\"'\\:#é|", min_size=1, max_size=4), min_size=1, max_size=6)


@given(WORDS, st.sampled_from(["\n", "\n\n", " "]), st.sampled_from(["literal", "folded", "single", "double"]))
def test_every_character_is_found_again(words: list[str], between: str, style: str) -> None:
    text = between.join(words)
    source = {
        "literal": f"text: |-\n{indent(text, '   ')}\n",
        "folded": f"text: >-\n{indent(text, '   ')}\n",
        "single": "text: '{}'\n".format(indent(text, " ").strip().replace("'", "''")),
        "double": f"text: {json.dumps(text)}\n",
    }[style]
    found = scalar(source)
    written = {"'": {"'", "''"}, '"': {'"', '\\"'}, "\\": {"\\", "\\\\"}, "é": {"é", "\\u00e9"}}

    for offset, character in enumerate(found.text):
        if not character.isspace():
            assert cut(source, found.range(offset, offset + 1)) in written.get(character, {character})
    assert found.text.split() == text.split()


def test_one_index_serves_all_scalars_of_a_file() -> None:
    source = dedent(
        """
        one: a b
        two: |
          c
            d
        """
    )
    file, _ = read_yaml(source, "a.yaml")
    assert file is not None
    places = ScalarPlaces(file)

    assert cut(source, places.text(("one",), "a b").range(2, 3)) == "b"
    assert cut(source, places.text(("two",), "c\n  d\n").range(4, 5)) == "d"

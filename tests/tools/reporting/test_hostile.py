"""No payload does anything: each channel's parser, or a model of it, sees plain text."""

import re
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Iterator

import pytest
from hypothesis import given
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bylaw.reporting.hostile import (
    code_span,
    command_message,
    command_property,
    fence,
    inert,
    message,
    output_entry,
    prose,
    stop_commands,
    visible,
    xml_text,
)
from tools.reporting.strategies import TOKEN, hostile_text

COMMONMARK = MarkdownIt("gfm-like", {"linkify": False})


def tokens(markdown: str) -> Iterator[Token]:
    for token in COMMONMARK.parse(markdown):
        yield token
        yield from token.children or ()


def commands(log: str) -> list[str]:
    """What the runner would take for a command, while commands are on."""
    found, stop = [], None
    for line in re.split("\r\n|\r|\n", log):
        bare = line.lstrip()
        if stop is not None:
            stop = None if bare.lower() == f"::{stop.lower()}::" else stop
        elif match := re.match("::stop-commands::(.*)", bare, re.IGNORECASE):
            stop = match[1]
        elif bare.startswith("::") or "##[" in line:
            found.append(line)
    return found


@given(hostile_text)
def test_visible_text_has_nothing_that_is_not_seen(text: str) -> None:
    assert all(unicodedata.category(char)[0] != "C" and char.isprintable() for char in visible(text))


def test_visible_text_shows_what_was_there() -> None:
    assert visible("a\u202eb\tc\u200b\x1b\U000e0041\n") == "a\\u{202e}b\\tc\\u{200b}\\u{1b}\\u{e0041}\\n"


def test_visible_text_shows_blank_letters() -> None:
    assert visible("a\u3164\ufe0f\u2800b") == "a\\u{3164}\\u{fe0f}\\u{2800}b"


@given(hostile_text)
def test_a_code_span_is_one_code_span(text: str) -> None:
    found = [token for token in tokens(f"before {code_span(text)} after") if token.type not in {"text", "inline"}]

    assert [token.type for token in found] == ["paragraph_open", "code_inline", "paragraph_close"]
    assert found[1].content.strip(" ") == visible(text).strip(" ")


PLAIN = {"paragraph_open", "paragraph_close", "inline", "text", "text_special", "code_inline", "softbreak"}
LIVE = re.compile(r"@|://|www\.|#\d|gh-\d|mailto:|xmpp:", re.IGNORECASE)


@given(hostile_text)
def test_prose_and_messages_hold_words_and_code_only(text: str) -> None:
    for rendered in (prose(text), message(text)):
        found = list(tokens(rendered))

        assert {token.type for token in found} <= PLAIN
        assert not [token.content for token in found if token.type == "text" and LIVE.search(token.content)]


@given(hostile_text)
def test_prose_says_what_the_text_said(text: str) -> None:
    shown = "".join(
        token.content for token in tokens(prose(text)) if token.type in {"text", "text_special", "code_inline"}
    )

    assert shown.replace(" ", "") == visible(text).replace(" ", "")


@given(hostile_text, hostile_text)
def test_cells_of_a_table_stay_in_their_cells(first: str, second: str) -> None:
    row = f"| {message(first, in_table=True)} | {code_span(second, in_table=True)} |"
    found = [token.type for token in tokens(f"| a | b |\n| --- | --- |\n{row}\n")]

    assert found.count("tr_open") == 2
    assert found.count("td_open") == 2
    assert "td_close" in found


@given(hostile_text)
def test_a_pipe_in_a_cell_is_always_escaped_or_encoded(text: str) -> None:
    # What the forge's table scanner does: a backslash takes the next character with it, any other pipe ends the cell.
    for cell in (message(text, in_table=True), code_span(text, in_table=True), prose(text, in_table=True)):
        assert "|" not in re.sub(r"\\[\\|!-/:-@\[-`{-~]", "", cell)


@given(hostile_text)
def test_a_fence_ends_where_we_end_it(text: str) -> None:
    found = [token for token in tokens(f"{fence(text)}\n\nafter") if token.type != "inline"]

    assert [token.type for token in found][:2] == ["fence", "paragraph_open"]
    assert [token.content for token in found if token.type == "text"] == ["after"]


@given(hostile_text)
def test_inert_text_holds_no_command(text: str) -> None:
    assert commands(inert(text)) == []


@given(hostile_text.filter(lambda text: TOKEN not in text))
def test_text_between_stop_commands_holds_no_command_and_commands_work_again_after_it(text: str) -> None:
    assert commands(stop_commands(text, TOKEN) + "::error::ours\n") == ["::error::ours"]


@pytest.mark.parametrize("token", ["", "short", "pause", TOKEN.upper(), f"{TOKEN}\n"])
def test_a_token_that_could_be_guessed_is_refused(token: str) -> None:
    with pytest.raises(ValueError, match="stop token"):
        stop_commands("text", token)


@pytest.mark.parametrize("text", [TOKEN, TOKEN.upper()])
def test_a_token_that_is_in_the_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="stop token"):
        stop_commands(text, TOKEN)


@given(hostile_text, hostile_text)
def test_an_annotation_is_one_command_with_our_properties(value: str, text: str) -> None:
    line = f"::error title={command_property(value)}::{command_message(text)}"

    assert len(re.split("\r\n|\r|\n", line)) == 1
    assert "##[" not in line
    properties, _, rest = line[len("::error ") :].partition("::")
    assert properties.count("=") >= 1
    assert "," not in properties
    assert rest == command_message(text)


def test_the_escapes_of_commands_are_applied_in_order() -> None:
    assert command_message("100%\r\n%0A") == "100%25%0D%0A%250A"
    assert command_property("a:b,c%") == "a%3Ab%2Cc%25"


@given(hostile_text.filter(lambda text: TOKEN not in text))
def test_an_output_is_one_output(value: str) -> None:
    lines = output_entry("verdict", value, TOKEN).split("\n")

    assert lines[0] == f"verdict<<{TOKEN}"
    assert lines.index(TOKEN) == len(lines) - 2


@pytest.mark.parametrize("key", ["", "A", "a=b", "a<<b", "a\nb", "GITHUB_ENV"])
def test_an_output_name_is_ours(key: str) -> None:
    with pytest.raises(ValueError, match="is not an output name"):
        output_entry(key, "value", TOKEN)


def test_a_delimiter_in_the_value_is_refused() -> None:
    with pytest.raises(ValueError, match="delimiter"):
        output_entry("verdict", f"x\n{TOKEN}\ny", TOKEN)


@given(hostile_text)
def test_xml_text_is_well_formed(text: str) -> None:
    element = ET.Element("a", {"b": xml_text(text)})
    element.text = xml_text(text)
    again = ET.fromstring(ET.tostring(element, encoding="unicode"))  # noqa: S314 - our own

    assert again.get("b") == xml_text(text)
    assert (again.text or "") == xml_text(text)

r"""Text of others made harmless: one function for each place where text can do something.

A policy, a test name, a file name or a branch may be written by someone who wants our output to run a command, forge a heading
or hide what it says. Every renderer passes such text through exactly one of these functions:

    visible          terminals, and the base of the others: nothing invisible, nothing that moves the cursor
    code_span, prose, message, fence           Markdown
    command_message, command_property, inert, stop_commands           the log of a GitHub workflow
    output_entry     the file behind `GITHUB_OUTPUT`
    xml_text         XML 1.0

Characters that cannot be shown are written as `\u{202e}`, never dropped: a reader should see that they are there.
"""

import re
from typing import Final

# Printable as far as Unicode is concerned, and yet nothing is seen: fillers, variation selectors, the blank Braille pattern.
_BLANK: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str, *, keep: str = "") -> str:
    r"""Show control, format, bidirectional, zero-width and odd blank characters as escapes, except those in `keep`.

    >>> visible("a\u202eb\n")
    'a\\u{202e}b\\n'
    """
    if text.isprintable() and not _BLANK.search(text):
        return text
    return "".join(char if char in keep else _shown(char) for char in text)


def _shown(char: str) -> str:
    if char.isprintable() and not _BLANK.match(char):
        return char
    return _SHORT.get(char) or f"\\u{{{ord(char):x}}}"


# --- Markdown ---------------------------------------------------------------------------------------------------------------

_BACKTICKS: Final = re.compile("`+")
_MARKUP: Final = re.compile(r"[\\`*_\[\]<>#|~&!]")
# What a forge turns into a link or a mention after Markdown is done, so that a backslash does not help; code spans do.
_LINKED: Final = re.compile(r"@|://|www\.|#\d|gh-\d|mailto:|xmpp:", re.IGNORECASE)
_BLOCK_START: Final = re.compile(r"^(\d*)([-+=.)])")


def code_span(text: str, *, in_table: bool = False) -> str:
    """`text` as a code span that its own backticks cannot end."""
    shown = visible(text) or " "
    if in_table and "|" in shown:
        return _html_code(shown)
    fence = "`" * (_longest_run(shown) + 1)
    padding = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{padding}{shown}{padding}{fence}"


def _html_code(text: str) -> str:
    # A table cell ends at a pipe even inside a code span, and a backslash in front of it may be escaped itself.
    inner = "".join(char if char.isalnum() or char == " " else f"&#{ord(char)};" for char in text)
    return f"<code>{inner}</code>"


def _longest_run(text: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)


def prose(text: str, *, in_table: bool = False) -> str:
    """`text` as plain words on one line: no markup, no link, no mention, no HTML, no table cell."""
    return _unblocked(_words(text, in_table=in_table))


def message(text: str, *, in_table: bool = False) -> str:
    """A message of ours, in which input stands between backticks, with that input as code spans."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:  # input with backticks of its own: all of it is prose
        return prose(text, in_table=in_table)
    joined = ""
    for index, piece in enumerate(pieces):
        part = code_span(piece, in_table=in_table) if index % 2 else _words(piece, in_table=in_table)
        # Two code spans that touch would become one with other borders.
        joined += f" {part}" if joined.endswith("`") and part.startswith("`") else part
    return _unblocked(joined)


def _words(text: str, *, in_table: bool) -> str:
    words = re.split("( +)", visible(text))
    return "".join(code_span(word, in_table=in_table) if _LINKED.search(word) else _escaped(word) for word in words)


def _escaped(word: str) -> str:
    return _MARKUP.sub(r"\\\g<0>", word).replace("$", "&#36;")  # `\$` would still start a formula


def _unblocked(line: str) -> str:
    return _BLOCK_START.sub(r"\1\\\2", line.strip(" "))


def fence(text: str, info: str = "") -> str:
    """`text` as a fenced block that its own lines cannot end; `info` is ours."""
    shown = visible(text.replace("\r\n", "\n"), keep="\n\t").rstrip("\n")
    ticks = "`" * max(3, _longest_run(shown) + 1)
    return f"{ticks}{info}\n{shown}\n{ticks}"


# --- workflow commands ------------------------------------------------------------------------------------------------------

_OLD_COMMAND: Final = "##["
_TOKEN: Final = re.compile("[0-9a-f]{32,}")


def command_message(text: str) -> str:
    """The part of a workflow command after its second `::`."""
    shown = visible(text, keep="\r\n")
    return shown.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A").replace(_OLD_COMMAND, "# #[")


def command_property(text: str) -> str:
    """The value of a property of a workflow command."""
    return command_message(text).replace(":", "%3A").replace(",", "%2C")


def inert(text: str) -> str:
    """Lines that the runner does not take for commands, in either form."""
    shown = visible(text.replace("\r\n", "\n"), keep="\n\t").replace(_OLD_COMMAND, "# #[")
    return "\n".join(_inert_line(line) for line in shown.split("\n"))


def _inert_line(line: str) -> str:
    bare = line.lstrip()
    return line[: len(line) - len(bare)] + ": :" + bare[2:] if bare.startswith("::") else line


def stop_commands(text: str, token: str) -> str:
    """`text` between the commands that switch commands off and on again.

    Args:
        text: What people read; ends with a line break in the result.
        token: At least 128 random bits in lower-case hex, used once.

    Raises:
        ValueError: `token` is too short, not hex, or occurs in `text`.
    """
    if not _TOKEN.fullmatch(token) or token in text.lower():
        raise ValueError("a stop token is 32 or more random hex digits that do not occur in the text")
    body = inert(text)
    return f"::stop-commands::{token}\n{body}{'' if body.endswith(chr(10)) else chr(10)}::{token}::\n"


_OUTPUT_KEY: Final = re.compile("[a-z][a-z0-9-]*")


def output_entry(key: str, value: str, delimiter: str) -> str:
    """One output of a step, in the form that a line break in `value` cannot leave.

    Raises:
        ValueError: `key` is not of the form of our outputs, or `delimiter` is too short or occurs in `value`.
    """
    if not _OUTPUT_KEY.fullmatch(key):
        raise ValueError(f"`{visible(key)}` is not an output name")
    if not _TOKEN.fullmatch(delimiter) or delimiter in value:
        raise ValueError("a delimiter is 32 or more random hex digits that do not occur in the value")
    return f"{key}<<{delimiter}\n{value}\n{delimiter}\n"


# --- XML --------------------------------------------------------------------------------------------------------------------


def xml_text(text: str) -> str:
    """`text` without characters that XML 1.0 forbids; escaping `<` and `&` stays with the XML writer."""
    return visible(text.replace("\r\n", "\n"), keep="\n\t")

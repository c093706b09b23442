"""`hidden-character`."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import PolicyRule
from bylaw.analysis.view import PolicyView
from bylaw.model.diagnostics import Severity

_SUSPECT_ASCII = re.compile(r"\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_WORD = re.compile(r"[^\W\d_]+")
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5")
"""Letters and marks that show as nothing."""
_LINE_ENDS = frozenset("\u0085\u2028\u2029")
"""Shown as the end of a line, but none to Cedar: a comment goes on behind them."""
_CONFUSABLE_SCRIPTS = frozenset({"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"})
_JOINER = "\u200d"


class HiddenCharacter(PolicyRule):
    r"""Text that is not what it looks like.

    ## What it finds

    Characters that show as nothing or turn text around (zero-width, bidirectional and control characters), a carriage return
    alone, other line separators, and words that mix Latin letters with look-alikes of other scripts. Mandatory: it cannot be
    suppressed, lowered or put into a baseline.

    ## Why it matters

    A carriage return ends a comment for the engine, while most reviews show one commented line: the policy behind it is live. A
    string with a Cyrillic letter in it never equals the one typed in Latin.

    ## Example

    `␍` stands for a carriage return:

    ```text
    // reviewed␍permit (principal, action, resource);
    ```

    ## Instead

    Delete the character and type the text again. Where the character belongs into a string, write its escape: `\u{200b}`.
    """

    id = "hidden-character"
    area = Area.CORRECTNESS
    severity = Severity.ERROR
    since = "0.1.0"
    mandatory = True

    def check(self, view: PolicyView) -> Iterable[Hit]:
        """Every such character, and every word of mixed scripts."""
        text = view.policy.text
        if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
            return ()
        return self._report(text, view)

    def _report(self, text: str, view: PolicyView) -> Iterator[Hit]:
        for start, end, what, remedy in (*_characters(text), *_mixed_words(text)):
            yield self.at(view, start, end, what, subject=text[start:end], help=remedy)


def _characters(text: str) -> Iterator[tuple[int, int, str, str]]:
    for match in _SUSPECT_ASCII.finditer(text):
        at = match.start()
        if text[at] == "\r":
            yield (
                at,
                at + 1,
                "a carriage return alone ends the line, and a comment with it",
                "end lines with LF or CR LF",
            )
        else:
            yield at, at + 1, f"the control character {_name(text[at])} does not show", "delete it, or write its escape"
    for at, character in enumerate(text):
        if character.isascii() or _joins_symbols(text, at):
            continue
        if character in _LINE_ENDS:
            yield at, at + 1, f"{_name(character)} looks like the end of a line and is none", "end lines with LF"
        elif character in _BLANK_LETTERS or unicodedata.category(character) in {"Cf", "Cc", "Co", "Cs"}:
            yield at, at + 1, f"{_name(character)} does not show", "delete it, or write its escape"


def _mixed_words(text: str) -> Iterator[tuple[int, int, str, str]]:
    for match in _WORD.finditer(text):
        word = match.group()
        if word.isascii():
            continue
        scripts = {_script(character) for character in word}
        foreign = scripts & _CONFUSABLE_SCRIPTS
        if "LATIN" in scripts and foreign:
            names = " and ".join(sorted(script.title() for script in foreign))
            message = f"the word `{word}` mixes Latin with {names} letters"
            yield match.start(), match.end(), message, "type the word again in one script"


def _script(character: str) -> str:
    return unicodedata.name(character, "").partition(" ")[0]


def _joins_symbols(text: str, at: int) -> bool:
    """Whether a zero-width joiner glues two symbols into one, as in an emoji."""
    if text[at] != _JOINER or not 0 < at < len(text) - 1:
        return False
    return all(unicodedata.category(text[place]) in {"So", "Sk", "Mn"} for place in (at - 1, at + 1))


def _name(character: str) -> str:
    code = f"U+{ord(character):04X}"
    name = unicodedata.name(character, "")
    return f"{code} ({name.lower()})" if name else code

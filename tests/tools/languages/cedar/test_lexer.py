"""Tokens, blanks and comments are where the engine sees them; any text comes apart, and fast."""

import sys
import time
import unicodedata

import cedarpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bylaw.languages.cedar.lexer import comments, tokenize
from tools.strategies.cedar_policies import damaged_policies, policy_texts

SCOPE = "permit(principal,action,resource)"

TOKENS = {
    "operators of two characters stay whole": ("a<=b>=c==d!=e||f&&g::h", "a <= b >= c == d != e || f && g :: h"),
    "a sign is an operator": ("-1-2", "- 1 - 2"),
    "a number ends where a word begins": ("12ab", "12 ab"),
    "a number has no fraction": ("1.5", "1 . 5"),
    "a slot is one token": ("principal==?principal", "principal == ?principal"),
    "a question mark alone is no slot": ("? a", "? a"),
    "a string keeps its quotes and escapes": (r'"a\"b;"', r'"a\"b;"'),
    "a comment is no token": ('a // b "c\n// d\nd', "a d"),
    "a comment ends at a carriage return": ("a // b\rc", "a c"),
    "a slash is one, two are a comment": ("a / b // c", "a / b"),
    "what is not Cedar stands alone": ("a#b\u200bc&d", "a # b \u200b c & d"),
    "a string that does not end swallows the rest": ('a "b c; // d', 'a "'),
    "it swallows escaped quotes too": (r'a "\" b \" c', 'a "'),
    "an escaped line end breaks a string off": ('a "b\\\nc', 'a " \\ c'),
    "nothing": ("", ""),
    "only blanks": (" \n\t", ""),
}  # fmt: skip


@pytest.mark.parametrize("story", TOKENS)
def test_a_text_comes_apart(story: str) -> None:
    text, expected = TOKENS[story]

    assert " ".join(tokenize(text).texts[:-1]) == expected


@given(st.text() | damaged_policies())
def test_tokens_lie_in_the_text_in_order_and_end_with_the_end(text: str) -> None:
    texts, starts = tokenize(text)

    assert [text[start : start + len(token)] for token, start in zip(texts, starts, strict=True)] == texts
    assert starts == sorted(starts)
    assert (texts[-1], starts[-1]) == ("", len(text))
    assert "" not in texts[:-1]


@given(policy_texts())
def test_between_the_tokens_of_a_policy_lie_only_blanks_and_comments(text: str) -> None:
    texts, starts = tokenize(text)
    ends = [0, *(start + len(token) for token, start in zip(texts, starts, strict=True))]
    gaps = [text[end:start] for end, start in zip(ends, starts, strict=False)]

    assert [gap for gap in gaps if tokenize(gap).texts != [""]] == []


def test_blanks_are_the_characters_that_the_engine_skips() -> None:
    candidates = [
        chr(code) for code in range(sys.maxunicode) if unicodedata.category(chr(code))[0] in "ZC" or chr(code).isspace()
    ]
    unassigned = {c for c in candidates if unicodedata.category(c) in {"Cn", "Co", "Cs"}}
    tried = sorted(set(candidates) - unassigned)

    ours = [c for c in tried if c not in tokenize(f"a{c}b").texts]

    assert ours == [c for c in tried if _engine_accepts(f"permit({c}principal,action,resource);")]


def test_a_comment_ends_where_the_engine_lets_it_end() -> None:
    ends = [c for c in map(chr, range(0x2100)) if tokenize(f"// a{c}b").texts[0] == "b"]

    assert ends == ["\n", "\r"]
    assert ends == [c for c in map(chr, range(0x2100)) if not _engine_accepts(f"{SCOPE}; // a{c}b")]


def _engine_accepts(text: str) -> bool:
    try:
        cedarpy.policies_to_json_str(text)
    except ValueError:
        return False
    return True


COMMENTS = {
    "in order, with their slashes": ("// a\nb // c\r\n//", ["// a", "// c", "//"]),
    "none in a string": ('"// a" // b', ["// b"]),
    "none behind an escaped quote": (r'"\"// a" // b', ["// b"]),
    "none in a string that does not end": ('// a\n"b // c\n// d', ["// a"]),
    "slashes in a comment are text": ("// a // b", ["// a // b"]),
    "other line separators go on": ("// a\u2028b\x85c\x0cd", ["// a\u2028b\x85c\x0cd"]),
}


@pytest.mark.parametrize("story", COMMENTS)
def test_comments_are_found(story: str) -> None:
    text, expected = COMMENTS[story]

    found = comments(text)

    assert [comment.text for comment in found] == expected
    assert [text[comment.start : comment.end] for comment in found] == expected


@pytest.mark.parametrize(
    ("text", "hides"), [("// a\rb", True), ("// a\r\nb", False), ("// a\nb", False), ("// a\r", True), ("// a", False)]
)
def test_a_comment_tells_whether_a_bare_return_ends_it(text: str, *, hides: bool) -> None:
    assert [comment.ended_by_return for comment in comments(text)] == [hides]


MIB = 2**20
HOSTILE = {
    "strings that do not end": '"' + r"\"" * (MIB // 2),
    "broken strings": '"\\\n' * (MIB // 3),
    "quotes": '"' * MIB,
    "backslashes": "\\" * MIB,
    "slashes": "/ " * (MIB // 2),
    "comments": "//\n" * (MIB // 3),
    "blanks": " " * MIB,
    "blanks before something invalid": "\xa0" * MIB + "#",
    "invalid characters": "\x00" * MIB,
    "one word": "a" * MIB,
    "one number": "1" * MIB,
}


@pytest.mark.parametrize("story", HOSTILE)
def test_a_mebibyte_of_anything_is_taken_apart_in_linear_time(story: str) -> None:
    before = time.perf_counter()

    tokenize(HOSTILE[story])
    comments(HOSTILE[story])

    assert time.perf_counter() - before < 10  # about one second at worst; minutes if it were quadratic

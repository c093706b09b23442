"""The portable subset of regular expressions: what is in it, what it means, and that no text makes it slow."""

import time

import pytest

from bylaw.languages.portable_regex import RegexError, compile_regex
from bylaw.model.dialects import Dialect


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("b+", "abbc", True),
        ("^b", "ab", False),
        ("a$", "a\n", False),
        ("a$", "ba", True),
        ("(?i)ÄB", "xäb", True),
        ("^(?:ab|cd){2,3}$", "abcd", True),
        ("^[]a]$", "]", True),
        ("[^\\d]", "1", False),
        ("^\\w+$", "é", False),
        ("^\\d$", "٣", False),
        ("^.$", "\U00030000", True),
        ("\\.", "a", False),
        ("", "", True),
    ],
)
def test_what_a_pattern_finds(pattern: str, text: str, found: bool) -> None:  # noqa: FBT001
    assert compile_regex(pattern).found_in(text) is found


@pytest.mark.parametrize(
    ("pattern", "text"), [("^\\w+$", "é"), ("^\\d$", "٣"), ("^[\\s]$", "\u2003"), ("^\\W$", "€"), ("^[a\\d]$", "٣")]
)
def test_classes_are_unicode_upstream(pattern: str, text: str) -> None:
    assert compile_regex(pattern, Dialect.UPSTREAM).found_in(text)


@pytest.mark.parametrize(
    "pattern",
    [
        "(?=a)", "(?<!a)b", "(a)\\1", "a**", "a+?", "a++", "\\b", "(?P<n>a)", "a{2", "{", "}", "(", ")", "[", "[[:alpha:]]", "\\pL",
        "a(?i)b", "a{1000}{1000}", "(((a{100}){100}){100})", "\\", "a\\", "*",
    ],
)  # fmt: skip
def test_what_leaves_the_subset_is_refused(pattern: str) -> None:
    with pytest.raises(RegexError):
        compile_regex(pattern)


@pytest.mark.parametrize("pattern", ["(a+)+$", "^(a|a)*$", "(.*)*x", "([a-z]+)*[0-9]"])
def test_no_text_makes_a_pattern_slow(pattern: str) -> None:
    compiled = compile_regex(pattern)
    started = time.perf_counter()

    assert not compiled.found_in("a" * 100_000 + "!")

    assert time.perf_counter() - started < 1

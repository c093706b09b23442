"""Languages of `like` patterns, against regular expressions over all short strings."""

import re
from itertools import pairwise, product, takewhile
from string import ascii_letters, ascii_lowercase, digits

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bylaw.analysis.patterns import Pattern
from bylaw.analysis.smt.glob_automaton import explore, words
from bylaw.analysis.smt.globs import Finite, Strings, TooHard, includes, matches, members

# The character "c" occurs in no pattern: it stands for every other one. "*" is an ordinary character of runs.
LETTERS = "ab*"
UNIVERSE = ["".join(letters) for size in range(6) for letters in product("ab*c", repeat=size)]

runs = st.text(LETTERS, min_size=1, max_size=2)


def alternating(parts: list[str | None]) -> bool:
    return not any(one is not None and other is not None for one, other in pairwise(parts))


patterns = st.lists(st.none() | runs, max_size=4).filter(alternating).map(tuple)
groups = st.lists(patterns, max_size=3)
wild = patterns.filter(lambda pattern: None in pattern)


def glob(text: str) -> Pattern:
    """A pattern in which `*` is the wildcard."""
    return tuple(None if part == "*" else part for part in re.split(r"(\*)", text) if part)


def globs(*texts: str) -> list[Pattern]:
    return [glob(text) for text in texts]


def expected(pattern: Pattern, text: str) -> bool:
    expression = "".join(".*" if part is None else re.escape(part) for part in pattern)
    return re.fullmatch(expression, text, re.DOTALL) is not None


def language(positive: list[Pattern], negative: list[Pattern], universe: list[str]) -> list[str]:
    def holds(text: str) -> bool:
        return all(expected(p, text) for p in positive) and not any(expected(n, text) for n in negative)

    return [text for text in universe if holds(text)]


def check(
    answer: Strings | Finite | TooHard, positive: list[Pattern], negative: list[Pattern], count: int, avoid: set[str]
) -> None:
    assert not isinstance(answer, TooHard)
    if isinstance(answer, Strings):
        assert len(answer.found) == len(set(answer.found)) == count
        assert not avoid & set(answer.found)
        assert language(positive, negative, list(answer.found)) == list(answer.found)
    else:
        assert len(answer.members) == len(set(answer.members))
        assert len(set(answer.members) - avoid) < count
        assert language(positive, negative, list(answer.members)) == list(answer.members)
        assert set(language(positive, negative, UNIVERSE)) <= set(answer.members)


@given(patterns)
def test_matching_agrees_with_regular_expressions_on_all_short_strings(pattern: Pattern) -> None:
    assert [matches(pattern, text) for text in UNIVERSE] == [expected(pattern, text) for text in UNIVERSE]


@pytest.mark.parametrize(
    ("pattern", "text", "matched"),
    [
        ((), "", True),
        ((), "a", False),
        ((None,), "", True),
        ((None, None), "ab", True),
        (("a", None, "a"), "a", False),
        (("a", None, "a"), "aa", True),
        ((None, "*"), "a*", True),
        ((None, "*"), "ab", False),
        ((None, "\n"), "\r\n", True),
        (("ab", None, "b", None, "ba"), "abba", False),
    ],
)
def test_matching_of_a_pattern(pattern: Pattern, text: str, *, matched: bool) -> None:
    assert matches(pattern, text) is matched


def test_a_pattern_that_makes_backtracking_explode_is_matched_at_once() -> None:
    assert not matches((None, *("a", None) * 400, "b"), "a" * 100_000)


@given(patterns, patterns.filter(lambda pattern: sum(len(part or "c") for part in pattern) <= 5))
def test_inclusion_holds_exactly_when_no_short_string_refutes_it(outer: Pattern, inner: Pattern) -> None:
    refuted = any(expected(inner, text) and not expected(outer, text) for text in UNIVERSE)
    assert includes(outer, inner) is not refuted


@pytest.mark.parametrize(
    ("outer", "inner", "included"),
    [
        (("*",), (None,), False),
        ((None,), ("*",), True),
        ((None, None), (None,), True),
        ((None,), (None, None), True),
        ((), (None,), False),
        ((None, "\ue000"), (None,), False),
        ((None, "\ue000", None), (None, "\ue001", None), False),
    ],
)
def test_inclusion_of_a_pattern(outer: Pattern, inner: Pattern, *, included: bool) -> None:
    assert includes(outer, inner) is included


@settings(max_examples=400)
@given(groups, groups, st.integers(1, 3), st.frozensets(st.sampled_from(UNIVERSE[:100]), max_size=4))
def test_members_are_members_and_a_finite_language_is_complete(
    positive: list[Pattern], negative: list[Pattern], count: int, avoid: frozenset[str]
) -> None:
    check(members(positive, negative, count=count, avoid=avoid), positive, negative, count, set(avoid))


@settings(max_examples=250)
@given(st.lists(wild, min_size=2, max_size=3), st.lists(wild, min_size=1, max_size=6), st.integers(1, 12))
def test_members_of_several_patterns_with_wildcards(
    positive: list[Pattern], negative: list[Pattern], count: int
) -> None:
    check(members(positive, negative, count=count), positive, negative, count, set())


@settings(max_examples=200)
@given(st.lists(patterns, min_size=1, max_size=3), groups)
def test_the_automaton_has_words_of_exactly_the_lengths_of_the_language(
    positive: list[Pattern], negative: list[Pattern]
) -> None:
    automaton = explore(positive, negative, "c", 20_000)
    listed = list(takewhile(lambda word: len(word) <= 5, words(automaton)))
    every_member = language(positive, negative, UNIVERSE)
    assert automaton.complete
    assert len(set(listed)) == len(listed)
    assert set(listed) <= set(every_member)
    assert [len(word) for word in listed] == sorted(len(word) for word in listed)
    assert {len(word) for word in listed} == {len(text) for text in every_member}


@pytest.mark.parametrize(
    ("positive", "negative", "every_member"),
    [
        (globs("a*", "*a"), globs("a*a"), ("a",)),
        (globs("aba*", "*aba"), globs("aba*aba"), ("aba", "ababa")),
        (globs("a*", "*aa"), globs("a*aa"), ("aa",)),
        (globs("*ab*", "*bc*"), globs("*ab*bc*", "*bc*ab*", "?*", "*abc*"), ()),
        (globs("*a*", "*b*"), globs("*a*b*", "*b*a*"), ()),
        (globs("ab*", "*b"), globs("ab*b", "c*"), ("ab",)),
        (globs("a*", "b*"), [], ()),
        (globs("*a", "*b"), [], ()),
        (globs("a*", "*b", "ab"), [], ("ab",)),
        (globs("a", "b"), [], ()),
        ([], globs("*"), ()),
        ([(None, None)], globs("*"), ()),
        (globs("*a*"), [(None, None, "a", None, None)], ()),
        ([()], [], ("",)),
        ([()], [()], ()),
        (globs("a*"), globs("*a*"), ()),
        (globs("a*"), globs("b*", "*"), ()),
    ],
)
def test_a_finite_language_is_listed_completely(
    positive: list[Pattern], negative: list[Pattern], every_member: tuple[str, ...]
) -> None:
    assert members(positive, negative, count=9) == Finite(every_member)


@pytest.mark.parametrize(
    ("positive", "negative", "first"),
    [
        ([], [], ("", "a", "b")),
        (globs("a*"), [], ("a", "ab", "ac")),
        (globs("*.org/*"), globs("*/"), (".org/a", "a.org/a", "b.org/b")),
        (globs("a*", "*a"), [], ("a", "aa", "aba")),
        (globs("user-*", "*-admin"), [], ("user-admin", "user--admin", "user-b-admin")),
        (globs("*ab*", "*bc*"), globs("*ab*bc*", "*bc*ab*"), ("abc", "abcb", "abcd")),
        (globs("*a*", "*b*"), globs("*a*b*"), ("ba", "bac", "bca")),
        (globs("*.md", "docs/*"), globs("docs/*.md"), None),
    ],
)
def test_short_and_readable_members_come_first(
    positive: list[Pattern], negative: list[Pattern], first: tuple[str, ...] | None
) -> None:
    assert members(positive, negative, count=3) == (Finite(()) if first is None else Strings(first))


@pytest.mark.parametrize("used", [ascii_lowercase, ascii_lowercase + digits, ascii_letters + digits])
def test_fresh_text_is_none_that_a_pattern_names(used: str) -> None:
    negative: list[Pattern] = [(None, character, None) for character in used]
    answer = members(globs("/*/*", "*/"), negative, count=3)
    assert isinstance(answer, Strings)
    assert language(globs("/*/*", "*/"), negative, list(answer.found)) == list(answer.found)
    assert not set("".join(answer.found)) & set(used)


def test_text_stays_readable_where_patterns_name_every_readable_character() -> None:
    positive = [("/", None)]
    assert members(positive, [(character, None) for character in ascii_letters + digits], count=2) == Strings(
        ("/", "/a")
    )


def test_a_string_to_avoid_is_a_member_but_no_answer() -> None:
    only_a = (globs("a*", "*a"), globs("a*a"))
    assert members(*only_a, avoid=frozenset({"a"})) == Finite(("a",))
    assert members(*only_a, count=2) == Finite(("a",))
    assert members(*only_a, avoid=frozenset({"b"})) == Strings(("a",))
    assert members(globs("a"), [], avoid=frozenset({"a"})) == Finite(("a",))
    assert members(globs("ab*"), [], avoid=frozenset({"ab", "abc"})) == Strings(("abd",))


def test_avoided_strings_never_exhaust_an_infinite_language() -> None:
    avoid = frozenset("".join(word) for size in range(3) for word in product(ascii_letters + digits, repeat=size))
    answer = members([], [], count=5, avoid=avoid)
    assert isinstance(answer, Strings)
    assert len(set(answer.found) - avoid) == 5


def test_an_automaton_over_the_limit_is_given_up() -> None:
    question = (globs("*ab*", "*bc*"), globs("*ab*bc*", "*bc*ab*"))
    assert members(*question, max_states=2) == TooHard()
    assert isinstance(members(*question), Strings)
    assert members(globs("a*", "*a"), globs("a*a", "a"), max_states=1) == TooHard()


def test_thousands_of_excluded_patterns_beside_one_required_pattern() -> None:
    negative = [("/tenants/", None, f"/{number}/", None) for number in range(5_000)]
    assert members(globs("/tenants/*/files"), negative) == Strings(("/tenants//files",))


def test_thousands_of_excluded_patterns_beside_several_required_patterns() -> None:
    positive = globs("/tenants/*", "*/files", "*/eu/*")
    negative = [(None, f"/{number}", None) for number in range(5_000)]
    assert members(positive, [*negative, *globs("*/eu/*/files")]) == Strings(("/tenants/eu/files",))


def test_a_long_overlap_is_found_without_deep_recursion() -> None:
    run = "a" + "b" * 1_000 + "a"
    overlaps = (run, run + run[1:])
    assert members([(run, None), (None, run)], [(run, None, run)], count=3) == Finite(overlaps)

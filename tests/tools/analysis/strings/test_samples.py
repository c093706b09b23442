"""Every combination of answers is found, and each example gives the answers that it stands for."""

import itertools

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bylaw.analysis.strings.samples import samples
from bylaw.languages.http_rules.model import Contains, Exact, Prefix, Regex, Suffix, TextTest
from bylaw.languages.portable_regex import RegexError, compile_regex
from bylaw.model.dialects import Dialect

SHORT = ["".join(letters) for length in range(6) for letters in itertools.product("abA\n1", repeat=length)]


def holds(test: TextTest | Exact, text: str, dialect: Dialect = Dialect.STRICT) -> bool:
    match test:
        case Exact(value):
            return text == value
        case Prefix(part):
            return text.startswith(part)
        case Suffix(part):
            return text.endswith(part)
        case Contains(part):
            return part in text
        case Regex(pattern):
            return compile_regex(pattern, dialect).found_in(text)


def answers(tests: tuple[TextTest | Exact, ...], text: str, dialect: Dialect = Dialect.STRICT) -> tuple[bool, ...]:
    return tuple(holds(test, text, dialect) for test in tests)


@pytest.mark.parametrize(
    ("tests", "expected"),
    [
        ((), {(): ""}),
        ((Exact("ab"), Prefix("a")), {(False, False): "", (False, True): "a", (True, True): "ab"}),
        ((Regex("^$"),), {(True,): "", (False,): "x"}),
        ((Regex("a$b"),), {(False,): ""}),
        ((Regex("^[0-9]{3}$"), Contains("x")), {(False, False): "", (False, True): "x", (True, False): "000"}),
        ((Regex("(?i)^k$"), Exact("\u212a")), {(False, False): "", (True, False): "k", (True, True): "\u212a"}),
        ((Regex("."), Exact("\n")), {(False, False): "", (True, False): "x", (False, True): "\n"}),
        ((Prefix("a"), Exact("a")), {(False, False): "", (True, True): "a", (True, False): "ax"}),
    ],
)
def test_what_strings_can_be(tests: tuple[TextTest | Exact, ...], expected: dict[tuple[bool, ...], str]) -> None:
    assert samples(tests) == expected


ATOM = st.sampled_from(["a", "b", "A", "1", ".", "^", "$", "[ab]", "[^a]", r"\d", r"\w", r"\W", r"\s", "[^\\d]"])
PATTERN = st.recursive(
    ATOM,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}|{pair[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{0,2}", "{1,}"])).map(lambda p: f"(?:{p[0]}){p[1]}"),
    ),
    max_leaves=6,
)
TEXT = st.text("abA1\n", max_size=3)
TEST = st.one_of(
    PATTERN.map(Regex),
    PATTERN.map(lambda pattern: Regex("(?i)" + pattern)),
    *(TEXT.map(kind) for kind in (Exact, Prefix, Suffix, Contains)),
)


def compiles(test: TextTest | Exact) -> bool:
    try:
        return not isinstance(test, Regex) or bool(compile_regex(test.pattern))
    except RegexError:
        return False


@settings(max_examples=300, deadline=None)
@given(st.lists(TEST.filter(compiles), max_size=3), st.sampled_from(Dialect))
@example([Regex("(?:^|a){2}b")], Dialect.STRICT)
@example([Regex("(?:^a|b){2,3}$")], Dialect.STRICT)
def test_examples_are_right_and_none_is_missing(tests: list[TextTest | Exact], dialect: Dialect) -> None:
    found = samples(tests, dialect)
    assert found is not None
    for truth, text in found.items():
        assert answers(tuple(tests), text, dialect) == truth
    assert {answers(tuple(tests), text, dialect) for text in SHORT[:800]} <= found.keys()


@pytest.mark.parametrize("pattern", ["(a|b)*" * 40 + "c{900}", r"[\p{L}]", "((a{0,100}){0,100}b){10}"])
def test_what_costs_too_much_is_left_open(pattern: str) -> None:
    tests = [Regex(pattern), Regex("(x+x+)+y" * 20), Regex("z[a-y]{500}z")]
    assert samples(tests) is None


def test_a_pattern_that_counts_far_is_worth_its_states() -> None:
    found = samples([Regex("^[0-9]{900}$")])
    assert found is not None
    assert len(found[(True,)]) == 900

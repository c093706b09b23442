"""Policies with tokens lost, doubled, swapped or put in: the engine and our parser judge each alike, and read it alike."""

from collections.abc import Sequence

import cedarpy
from hypothesis import given, settings
from hypothesis import strategies as st

from bylaw.languages.cedar.canonical import canonical_text
from bylaw.languages.cedar.lexer import tokenize
from bylaw.languages.cedar.parser import parse_statement, parse_statements
from tools.languages.cedar.est import engine_trees, our_trees
from tools.strategies.cedar_policies import policy_texts

STRICTER = {"unknown-call", "deep-expression", "long-statement"}
"""What we refuse and the engine does not, on purpose."""

VOCABULARY = (
    *"@.,;:(){}[]<>+-*!?",
    *("::", "==", "!=", "<=", ">=", "||", "&&", "=", "/", "%", "&", "|", "'", "#", '"'),
    *(
        "permit",
        "forbid",
        "when",
        "unless",
        "principal",
        "action",
        "resource",
        "context",
        "?principal",
        "?resource",
        "?x",
    ),
    *(
        "true",
        "false",
        "if",
        "then",
        "else",
        "in",
        "is",
        "has",
        "like",
        "__cedar",
        "unknown",
        "ip",
        "contains",
        "User",
        "Action",
    ),
    *(
        "0",
        "1",
        "9223372036854775808",
        '"a"',
        r'"\*"',
        r'"\u{2a}"',
        r'"\q"',
        '"',
        "é",
        "\x00",
        "\u2028",
        "\r",
        "// c\r",
        "//",
    ),
)

_edits = st.lists(
    st.tuples(
        st.sampled_from(("drop", "double", "swap", "insert", "replace")),
        st.integers(0, 500),
        st.integers(0, 500),
        st.sampled_from(VOCABULARY),
    ),
    min_size=1,
    max_size=3,
)


def _mutated(text: str, edits: Sequence[tuple[str, int, int, str]]) -> str:
    tokens = tokenize(text).texts[:-1]
    for edit, place, other, word in edits:
        if not tokens:
            break
        at, to = place % len(tokens), other % len(tokens)
        if edit == "drop":
            del tokens[at]
        elif edit == "double":
            tokens.insert(to, tokens[at])
        elif edit == "swap":
            tokens[at], tokens[to] = tokens[to], tokens[at]
        elif edit == "insert":
            tokens.insert(at, word)
        else:
            tokens[at] = word
    return " ".join(tokens)


mutated_policies = st.builds(_mutated, policy_texts(busy=False), _edits)


def _engine_accepts(text: str) -> bool:
    try:
        cedarpy.PolicySet.from_str(text)
    except ValueError:
        return False
    return True


@settings(max_examples=1000, deadline=None)
@given(mutated_policies)
def test_a_mutated_policy_is_judged_and_read_as_the_engine_does(text: str) -> None:
    statements, diagnostics = parse_statements(text, "p")
    if diagnostics and diagnostics[0].code in STRICTER:
        return

    assert _engine_accepts(text) is not bool(diagnostics), diagnostics
    if not diagnostics:
        assert our_trees(statements) == engine_trees(text)


@settings(max_examples=300, deadline=None)
@given(mutated_policies)
def test_what_is_read_keeps_its_meaning_in_canonical_text(text: str) -> None:
    for statement in parse_statements(text, "p").statements:
        canonical = canonical_text(statement)
        again = parse_statement(canonical, "p").statement

        assert again is not None
        assert canonical_text(again) == canonical
        assert our_trees([again]) == our_trees([statement])

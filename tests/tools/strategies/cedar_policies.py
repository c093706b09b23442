"""Random Cedar texts: every construct of the grammar, in every spelling we know, with hostile blanks and comments between tokens.

The texts parse, on the engine and here; nothing says that they are well typed. `damaged_policies` are such texts with a few
characters lost or replaced: nearly right, which is where parsers differ.
"""

from itertools import cycle
from typing import NamedTuple, TypeAlias

from hypothesis import strategies as st

Tokens: TypeAlias = tuple[str, ...]
IF, OR, AND, RELATION, SUM, PRODUCT, UNARY, MEMBER = range(8)


class Part(NamedTuple):
    """An expression as tokens, with how tightly it binds."""

    level: int
    tokens: Tokens


NAMES = (
    "a",
    "b",
    "c1",
    "_x",
    "owner",
    "principal",
    "permit",
    "when",
    "Action",
    "ip",
    "contains",
    "iff",
    "inner",
    "lessThan",
)
RESERVED = ("true", "false", "if", "then", "else", "in", "is", "like", "has", "__cedar")
TYPES = ("User", "Ns::Agent", "A::B::C", "principal", "permit", "Action")
METHODS = {"contains": 1, "containsAll": 1, "containsAny": 1, "isEmpty": 0, "getTag": 1, "hasTag": 1}
LOOSE_METHODS = ("lessThan", "isInRange", "isIpv4", "offset", "durationSince", "toDate", "toTime", "toDays")
FUNCTIONS = ("ip", "decimal", "datetime", "duration")
LONGS = ("0", "1", "007", "42", "9223372036854775807")

_PLAIN_PIECES = (
    "",
    "a",
    "B c",
    "// not a comment",
    ";",
    "é",
    "日本",
    "😀",
    "'",
    "\n",
    "\t",
    "\u2028",
    "\u202e",
    "permit(",
    "\x00",
    "\x7f",
)
_ESCAPED_PIECES = (
    r"\n",
    r"\r",
    r"\t",
    r"\\",
    r"\0",
    r"\'",
    r"\"",
    r"\x41",
    r"\x7F",
    r"\u{e9}",
    r"\u{1F600}",
    r"\u{0_0_41}",
    r"\u{10ffff}",
)
_PATTERN_PIECES = ("*", r"\*", "**", r"\\*", "a*b", r"\x2a", r"\u{2A}")

_GAPS = ("", "", " ", "\n")
_BUSY_GAPS = (
    "", " ", "\t", "\n", "\r\n", "\r", "\x0b", "\x0c", "\x85", "\xa0", "\u1680", "\u2028", "\u3000", " // note\n", "//;\n",
    '// "open\n', "//}\r", "//\u2028 permit(\r\n", "///\n//\n", "// 日本 \xa0 \n",
)  # fmt: skip

_plain_pieces = st.sampled_from(_PLAIN_PIECES) | st.sampled_from(_ESCAPED_PIECES)
string_literals = st.lists(_plain_pieces, max_size=3).map(lambda pieces: f'"{"".join(pieces)}"')
pattern_literals = st.lists(_plain_pieces | st.sampled_from(_PATTERN_PIECES), max_size=4).map(
    lambda ps: f'"{"".join(ps)}"'
)
_names = st.sampled_from(NAMES)
_types = st.sampled_from(TYPES).map(lambda text: tuple(text.replace("::", " :: ").split()))
_entities = st.tuples(_types, string_literals).map(lambda pair: (*pair[0], "::", pair[1]))
_longs = st.sampled_from(LONGS)


def _wrapped(part: Part, least: int) -> Tokens:
    return part.tokens if part.level >= least else ("(", *part.tokens, ")")


def _joined(parts: list[Part], *, trailing: bool) -> Tokens:
    tokens = [token for part in parts for token in (*part.tokens, ",")]
    return tuple(tokens if trailing else tokens[:-1])


_leaves = (
    st.sampled_from(("principal", "action", "resource", "context", "true", "false")).map(
        lambda text: Part(MEMBER, (text,))
    )
    | _longs.map(lambda digits: Part(MEMBER, (digits,)))
    | (_longs | st.just("9223372036854775808")).map(lambda digits: Part(UNARY, ("-", digits)))
    | string_literals.map(lambda text: Part(MEMBER, (text,)))
    | _entities.map(lambda tokens: Part(MEMBER, tokens))
    | st.sampled_from((("[", "]"), ("{", "}"))).map(lambda tokens: Part(MEMBER, tokens))
)


def _chain(operator: str, level: int, left: Part, right: Part) -> Part:
    tightest = level + 1 if level == RELATION else level
    return Part(level, (*_wrapped(left, tightest), operator, *_wrapped(right, level + 1)))


def _if(parts: tuple[Part, Part, Part]) -> Part:
    condition, consequence, alternative = (part.tokens for part in parts)
    return Part(IF, ("if", *condition, "then", *consequence, "else", *alternative))


def _method(receiver: Part, name: str, arguments: list[Part], trailing: bool) -> Part:  # noqa: FBT001 - drawn
    arguments = (arguments * 2)[: METHODS.get(name, len(arguments))]
    listed = _joined(arguments, trailing=trailing and bool(arguments))
    return Part(MEMBER, (*_wrapped(receiver, MEMBER), ".", name, "(", *listed, ")"))


def _record(values: list[Part], keys: list[str], trailing: bool) -> Part:  # noqa: FBT001 - drawn
    fields = [Part(IF, (key, ":", *value.tokens)) for key, value in zip(keys, values, strict=False)]
    return Part(MEMBER, ("{", *_joined(fields, trailing=trailing and bool(fields)), "}"))


_attributes = _names.map(lambda name: (".", name)) | string_literals.map(lambda text: ("[", text, "]"))
_paths = st.lists(_names, min_size=1, max_size=3).map(lambda names: tuple(" . ".join(names).split(" ")))
_has_paths = (
    _paths | string_literals.map(lambda text: (text,)) | st.sampled_from(RESERVED).map(lambda name: (f'"{name}"',))
)
_keys = st.lists(_names | st.sampled_from(RESERVED).map(lambda name: f'"{name}"'), unique=True, min_size=3, max_size=3)


def _grown(inner: st.SearchStrategy[Part]) -> st.SearchStrategy[Part]:
    chains = st.sampled_from((("||", OR), ("&&", AND), ("+", SUM), ("-", SUM), ("*", PRODUCT)))
    relations = st.sampled_from(("==", "!=", "<", "<=", ">", ">=", "in"))
    several = st.lists(inner, min_size=1, max_size=3)
    method_names = st.sampled_from((*METHODS, *LOOSE_METHODS))
    return st.one_of(
        st.builds(lambda chain, left, right: _chain(chain[0], chain[1], left, right), chains, inner, inner),
        st.builds(lambda operator, left, right: _chain(operator, RELATION, left, right), relations, inner, inner),
        st.builds(lambda signs, part: Part(UNARY, (*signs, *_wrapped(part, MEMBER))), _signs, inner),
        st.builds(lambda part, name: Part(MEMBER, (*_wrapped(part, MEMBER), *name)), inner, _attributes),
        st.builds(lambda part, path: Part(RELATION, (*_wrapped(part, SUM), "has", *path)), inner, _has_paths),
        st.builds(lambda part, text: Part(RELATION, (*_wrapped(part, SUM), "like", text)), inner, pattern_literals),
        st.builds(lambda part, name: Part(RELATION, (*_wrapped(part, SUM), "is", *name)), inner, _types),
        st.builds(
            lambda part, name, group: Part(RELATION, (*_wrapped(part, SUM), "is", *name, "in", *_wrapped(group, SUM))),
            inner, _types, inner,
        ),
        st.tuples(inner, inner, inner).map(_if),
        st.builds(lambda parts, trailing: Part(MEMBER, ("[", *_joined(parts, trailing=trailing), "]")), several, st.booleans()),
        st.builds(_record, several, _keys, st.booleans()),
        st.builds(_method, inner, method_names, several, st.booleans()),
        st.builds(
            lambda name, parts: Part(MEMBER, (name, "(", *_joined(parts, trailing=False), ")")), st.sampled_from(FUNCTIONS), several
        ),
        inner.map(lambda part: Part(MEMBER, ("(", *part.tokens, ")"))),
    )  # fmt: skip


_signs = st.sampled_from((("!",), ("!", "!"), ("!",) * 4, ("-",), ("-", "-"), ("-",) * 3))
_expressions = st.recursive(_leaves, _grown, max_leaves=8)


def _target(variable: str, *, templates: bool) -> st.SearchStrategy[Tokens]:
    plain = _entities | _entities.map(lambda tokens: ("(", *tokens, ")"))
    return plain | st.just((f"?{variable}",)) if templates else plain


def _scope(variable: str, *, templates: bool) -> st.SearchStrategy[Tokens]:
    target = _target(variable, templates=templates)
    return st.one_of(
        st.just((variable,)),
        target.map(lambda tokens: (variable, "==", *tokens)),
        target.map(lambda tokens: (variable, "in", *tokens)),
        _types.map(lambda name: (variable, "is", *name)),
        st.tuples(_types, target).map(lambda pair: (variable, "is", *pair[0], "in", *pair[1])),
    )


_actions = st.tuples(st.sampled_from((("Action",), ("Ns", "::", "Action"))), string_literals).map(
    lambda p: (*p[0], "::", p[1])
)
_action_scopes = st.one_of(
    st.just(("action",)),
    _actions.map(lambda tokens: ("action", "==", *tokens)),
    _actions.map(lambda tokens: ("action", "in", *tokens)),
    st.lists(_actions, max_size=3).map(
        lambda items: ("action", "in", "[", *_joined([Part(MEMBER, item) for item in items], trailing=False), "]")
    ),
)
_annotations = st.lists(
    st.tuples(_names | st.sampled_from(RESERVED), st.none() | string_literals),
    max_size=3,
    unique_by=lambda pair: pair[0],
).map(lambda pairs: tuple(token for name, value in pairs for token in _annotation(name, value)))


def _annotation(name: str, value: str | None) -> Tokens:
    return ("@", name) if value is None else ("@", name, "(", value, ")")


_clauses = st.lists(st.tuples(st.sampled_from(("when", "unless")), _expressions), max_size=3).map(
    lambda pairs: tuple(token for kind, part in pairs for token in (kind, "{", *part.tokens, "}"))
)


def _spelled(tokens: Tokens, gaps: list[str]) -> str:
    """The tokens with the gaps between them, in turn; a blank where two words would run together."""
    parts = [tokens[0]]
    for before, after, gap in zip(tokens, tokens[1:], cycle(gaps), strict=False):
        touching = not gap and _wordy(before[-1]) and _wordy(after[0])
        parts += [" " if touching else gap, after]
    return "".join(parts)


def _wordy(character: str) -> bool:
    return character.isalnum() or character == "_"


def _gaps(*, busy: bool) -> st.SearchStrategy[list[str]]:
    plain = st.lists(st.sampled_from(_GAPS), min_size=1, max_size=7)
    return plain | st.lists(st.sampled_from(_BUSY_GAPS), min_size=1, max_size=11) if busy else plain


def expression_texts(*, busy: bool = True) -> st.SearchStrategy[str]:
    """One expression."""
    return st.tuples(_expressions.map(lambda part: part.tokens), _gaps(busy=busy)).map(lambda pair: _spelled(*pair))


def policy_texts(*, templates: bool = True, busy: bool = True) -> st.SearchStrategy[str]:
    """One policy, or with `templates` perhaps a template; `busy` puts comments and rare blanks between its tokens."""
    head = st.tuples(
        _annotations,
        st.sampled_from((("permit", "("), ("forbid", "("))),
        _scope("principal", templates=templates),
        st.just((",",)),
        _action_scopes,
        st.just((",",)),
        _scope("resource", templates=templates),
        st.sampled_from(((")",), (",", ")"))),
        _clauses,
        st.just((";",)),
    ).map(lambda groups: tuple(token for group in groups for token in group))
    margins = st.sampled_from(_BUSY_GAPS if busy else _GAPS)
    return st.builds(
        lambda before, tokens, gaps, after: before + _spelled(tokens, gaps) + after,
        margins,
        head,
        _gaps(busy=busy),
        margins,
    )


def policy_sets() -> st.SearchStrategy[list[str]]:
    """Some policies; joined by nothing they are a valid text."""
    return st.lists(policy_texts(), max_size=4)


_NOISE = st.sampled_from(
    ("", "(", ")", "{", "}", "[", "]", '"', "\\", ";", ",", ".", "::", "@", "?", "=", "==", "!", "-", "/", "//", "*", "|", "&", "1",
     "²", "٣", "true", "if", " in ", " has ", " like ", " is ", "unknown(", "?principal", "\x00", "\ufeff", "\u200b", "é", "\ud800",
     "\r")
)  # fmt: skip
_cuts = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 3), _NOISE), min_size=1, max_size=3)


def damaged_policies() -> st.SearchStrategy[str]:
    """A policy with a few characters lost or replaced; mostly no policy any more."""
    return st.tuples(policy_texts(), _cuts).map(lambda pair: _damaged(*pair))


def _damaged(text: str, cuts: list[tuple[int, int, str]]) -> str:
    for place, lost, noise in cuts:
        start = place % (len(text) + 1)
        text = text[:start] + noise + text[start + lost :]
    return text

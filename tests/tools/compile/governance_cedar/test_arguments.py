"""Every keyword on an argument of every type, for every value at its edges: Cedar accepts what the evaluator accepts."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import product
from typing import Any, Final

import pytest

from bylaw.compile.governance_cedar.translation import translate
from bylaw.model.exact import Json, json_text
from tools.compile.governance_cedar.test_agreement import by_cedar, by_governance
from tools.compile.governance_cedar.tools import PATTERNS, SIDE, Call, program_of
from tools.evaluation.governance.documents import document

EDGE: Final = 2**63
TEXTS: Final = ("a", "b", "b-1", "", "*", "xay", "a\nb", "ab", "a--b", "\n", "a.b", "b\na", "a\n", "aXb", "1")
COUNTS: Final = (-EDGE, 1 - EDGE, -1, 0, 1, 2, EDGE - 2, EDGE - 1)
AMOUNTS: Final = tuple(
    map(Decimal, ("-922337203685477.5808", "-1", "0", "0.0001", "1", "1.4999", "1.5", "1.5001", "922337203685477.5807"))
)
VALUES: Final[Mapping[str, Sequence[Json]]] = {
    "amount": AMOUNTS,
    "count": COUNTS,
    "note": TEXTS,
    "urgent": (True, False),
    "copies": ([], ["a"], ["a", "b-1"], [""]),
    "where": ({"city": "a"}, {"city": "", "post-code": 1}, {"city": "b", "post-code": 2}),
}
NUMBERS: Final = (
    0,
    1,
    -1,
    2,
    Decimal("1.5"),
    Decimal("-0.5"),
    Decimal("0.0001"),
    Decimal("1.00005"),
    10**19,
    -(10**19),
)
LIMITS: Final = (
    *NUMBERS,
    EDGE - 1,
    EDGE,
    -EDGE,
    1 - EDGE,
    -EDGE - 1,
    922337203685477,
    -922337203685478,
)
LEAVES: Final[tuple[Any, ...]] = (
    *({keyword: limit} for keyword, limit in product(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), LIMITS)),
    *({"multipleOf": step} for step in (1, 2, Decimal("0.0001"), Decimal("0.00005"), Decimal("0.5"))),
    *({"type": name} for name in ("null", "boolean", "integer", "number", "string", "array", "object")),
    *({"type": ["string", "number"], keyword: 1} for keyword in ("minimum", "minLength")),
    *({"pattern": pattern} for pattern in PATTERNS),
    *({keyword: size} for keyword, size in product(("minLength", "maxLength", "minItems", "maxItems"), (0, 1, 2))),
    *({"enum": values} for values in (["a", "*", 1], [1, Decimal("1.0"), True], [None], [Decimal("1.50")], [EDGE, "1"])),
    *({"const": value} for value in ("a", 1, True, False, None, Decimal("0.00001"))),
    *({"items": inner} for inner in ({}, {"type": "string"}, {"type": "number"}, {"minLength": 1})),
    *({"items": {"enum": values}} for values in (["a", "b-1"], [1])),
    {"properties": {"city": {"const": "a"}}},
    {"properties": {"post-code": {"minimum": 2}}, "required": ["post-code"]},
    {"properties": {"city": {}}, "additionalProperties": False},
    {"properties": {"city": {}}, "additionalProperties": {"maximum": 1}},
    {"required": ["street"]},
    {"anyOf": [{"const": "a"}, {"minimum": 1}]},
    {"allOf": [{"type": ["string", "number"]}, {"enum": ["a", 1]}]},
)  # fmt: skip
INEXPRESSIBLE: Final = {
    "amount": {'{"type": "integer"}', '{"multipleOf": 1}', '{"multipleOf": 2}', '{"multipleOf": 0.5}'},
    "count": {'{"multipleOf": 2}'},
    "note": {'{"pattern": "^a*$"}', '{"pattern": "[ab]"}', '{"minLength": 2}', '{"maxLength": 1}', '{"maxLength": 2}'},
    "urgent": set[str](),
    "copies": {
        *('{"minItems": 2}', '{"maxItems": 1}', '{"maxItems": 2}', '{"items": {"minLength": 1}}'),
        *(json_text(leaf) for leaf in LEAVES if isinstance(leaf, Mapping) and {"enum", "const", "anyOf"} & set(leaf)),
    },
    "where": {
        *('{"required": ["street"]}',),
        *(json_text(leaf) for leaf in LEAVES if isinstance(leaf, Mapping) and {"enum", "const", "anyOf"} & set(leaf)),
    },
}  # fmt: skip
"""By argument, what Cedar cannot say of it; everything else it must say."""


def calls_with(argument: str) -> Iterator[Call]:
    least: Mapping[str, Json] = {"count": 0, "to": "a"}
    yield Call("pay", "a1", least)
    for value in VALUES[argument]:
        yield Call("pay", "a1", {**least, argument: value})


@pytest.mark.parametrize("argument", sorted(VALUES))
def test_every_keyword_means_what_it_means_to_the_evaluator(argument: str) -> None:
    calls = list(calls_with(argument))
    beyond = set()
    for leaf in LEAVES:
        program = program_of([document(constraints={"pay": {"properties": {argument: leaf}}})], [])
        translated = translate(program, SIDE)
        if translated.unenforced:
            beyond.add(json_text(leaf))
        else:
            assert by_cedar(translated, calls) == by_governance(program, calls), leaf

    assert beyond == INEXPRESSIBLE[argument]

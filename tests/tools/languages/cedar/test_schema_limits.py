"""Whatever is given as a schema, the answer is a schema or diagnostics with places, in bounded time."""

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bylaw.languages.cedar.schema_reader import declaration_spans, read_schema
from bylaw.model.spans import LineIndex
from tools.languages.cedar.schemas import PATH, read, schema_texts


def sets(levels: int) -> str:
    return f"{'Set<' * levels}Long{'>' * levels}"


def chain(declaration: str, end: str, number: int) -> str:
    """Declarations that each name the next one."""
    return "".join(f"{declaration.format(index, index + 1)};" for index in range(number)) + end.format(number)


def several(number: int) -> str:
    return ", ".join(f"E{index}" for index in range(number))


def type_chain(number: int) -> str:
    return chain("type T{0} = Set<T{1}>", "type T{0} = Long;", number)


def combinations(number: int) -> str:
    rest = f"principal: [{several(number)}], resource: [{several(250)}]"
    return f"entity {several(max(number, 250))}; action a appliesTo {{ {rest} }};"


def wide(number: int) -> str:
    return (
        f"type T = {{ {', '.join(f'a{index}: Long' for index in range(1000))} }}; entity {several(number)} {{ t: T }};"
    )


def json_sets(levels: int) -> str:
    head = '{"": {"commonTypes": {"T": '
    return f'{head}{SET * levels}{{"type": "Long"}}{"}" * levels}}}, "entityTypes": {{}}, "actions": {{}}}}}}'


SET = '{"type": "Set", "element": '
LIMITS = {
    "brackets": (f"entity A {{ x: {sets(49)} }};", f"entity A {{ x: {sets(50)} }};",
        "deep-schema", "brackets nest deeper than 50", 14 + 4 * 50),
    "brackets in JSON": (json_sets(46), json_sets(47), "bad-json", "brackets nest deeper than 50", 28 + len(SET) * 47),
    "types in types": (type_chain(25), type_chain(26),
        "schema-too-large", "`T0` nests deeper than 50 levels once the names in it are replaced", 6),
    "groups of actions": (chain("action a{0} in a{1}", "action a{0};", 100), chain("action a{0} in a{1}", "action a{0};", 101),
        "schema-too-large", "`a0` is in more than 100 groups, counting groups of groups", 8),
    "parents of entities": (chain("entity A{0} in A{1}", "entity A{0};", 100), chain("entity A{0} in A{1}", "entity A{0};", 101),
        "schema-too-large", "`A0` is in more than 100 groups, counting groups of groups", 8),
    "memberships": (f"entity {several(100)}; entity {several(1100).replace('E', 'F')} in [{several(90)}];",
        f"entity {several(100)}; entity {several(1100).replace('E', 'F')} in [{several(100)}];",
        "schema-too-large", "more than 100,000 memberships, counting groups of groups", None),
    "declarations": (f"entity {several(10_000)};", f"entity {several(10_001)};",
        "schema-too-large", "10,001 declarations, limit 10,000", 68_898),
    "combinations": (combinations(200), combinations(201),
        "schema-too-large", "more than 50,000 combinations of principal type, action and resource type", None),
    "replaced names": (wide(100), wide(1000),
        "schema-too-large", "the types take more than 5,000,000 characters once the names in them are replaced", None),
}  # fmt: skip


@pytest.mark.parametrize(("most", "more", "code", "message", "column"), LIMITS.values(), ids=LIMITS)
def test_a_limit_is_held_and_nothing_below_it(
    most: str, more: str, code: str, message: str, column: int | None
) -> None:
    schema, (found,) = read_schema(more, PATH)

    assert schema is None
    assert (found.code, found.message) == (code, message)
    assert found.help
    assert found.span is not None
    assert column in {None, found.span.start.column}
    assert read(most).text


HOSTILE = {
    "records": ("entity A " + "{ x: " * 200_000, "brackets nest deeper than 50"),
    "sets": ("entity A { x: " + "Set<" * 250_000, "brackets nest deeper than 50"),
    "namespaces": ("namespace N {" * 80_000, "brackets nest deeper than 50"),
    "types that double": (
        "type T0 = {};" + "".join(f"type T{i} = {{ a: T{i - 1}, b: T{i - 1} }};" for i in range(1, 24)),
        "the types take more than 5,000,000 characters",
    ),
    "types that grow tenfold": (
        chain(f"type T{{0}} = {{{{ {', '.join(f'a{i}: T{{1}}' for i in range(10))} }}}}", "type T{0} = Long;", 8),
        "the types take more than 5,000,000 characters",
    ),
    "a circle of types": ("".join(f"type T{i} = T{(i + 1) % 5000};" for i in range(5000)), "nests deeper than 50"),
    "a circle of groups": ("".join(f"action a{i} in a{(i + 1) % 5000};" for i in range(5000)), "more than 100 groups"),
    "a small circle of groups": ("".join(f"action a{i} in a{(i + 1) % 90};" for i in range(90)), "is in itself"),
    "a context in itself": (
        "entity A; type T = T; action a appliesTo { principal: A, resource: A, context: T };",
        "contains itself",
    ),
    "a chain of groups": (chain("action a{0} in a{1}", "action a{0};", 9000), "more than 100 groups"),
    "the same type many times": ("entity A;" * 9000, "the entity type `A` is declared twice"),
    "unknown types": (f"entity A {{ {', '.join(f'x{i}: Lonng{i}' for i in range(20_000))} }};", "no type `Lonng0`"),
    "a long name": (f"entity A {{ x: {'A' * 1_000_000} }};", "no type `AAAAAAAAAAA"),
    "a long path": (f"entity A {{ x: {'A::' * 100_000}A }};", "no type `A::A::A::A"),
    "a string that never ends": ('action "' + '\\"' * 500_000, "this string does not end"),
    "NULs": ("\0" * 1_000_000, "`U+0000` is not part of Cedar"),
    "lone CRs": ("\r" * 1_000_000 + "x", "found `x`"),
    "semicolons": (";" * 1_000_000, "found `;`"),
    "JSON brackets": ('{"": ' + "[" * 1_000_000, "brackets nest deeper than 50"),
    "JSON quotes": ('{"' + '\\"' * 500_000, "this string does not end"),
    "JSON with many namespaces": (json.dumps({str(i): i for i in range(50_000)}), "not a valid schema: invalid type"),
    "JSON with a circle": (
        json.dumps({"": {"commonTypes": {f"T{i}": {"type": f"T{(i + 1) % 3000}"} for i in range(3000)}}}),
        "nests deeper than 50",
    ),
    "JSON with many declarations": (
        json.dumps({"": {"entityTypes": {f"E{i}": {} for i in range(20_000)}, "actions": {}}}),
        "20,000 declarations",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_schema_is_refused_in_time(text: str, message: str) -> None:
    started = time.perf_counter()
    schema, found = read_schema(text, PATH)

    assert time.perf_counter() - started < 10
    assert schema is None
    assert message in found[0].message
    assert len(found) <= 120
    assert all(len(d.message) <= 400 for d in found)


HUGE = {
    "blanks": " \n" * 500_000,
    "slashes": "/" * 1_000_000,
    "ids": f"entity A enum {json.dumps([str(i) for i in range(50_000)])};",
    "annotations": "".join(f'@a{i}("x")' for i in range(30_000)) + "entity A;",
    "actions that share a context": (
        f"entity A; type T = {{ {', '.join(f'x{i}: Long' for i in range(100))} }}; "
        f"action {several(4000)} appliesTo {{ principal: A, resource: A, context: {{ t: T }} }};"
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE)
def test_a_huge_schema_within_bounds_is_read_in_time(text: str) -> None:
    started = time.perf_counter()
    read(text)

    assert time.perf_counter() - started < 10


# Any text


def told(text: str) -> None:
    """Either the schema is right, and its canonical text too, or everything said has its place in the text."""
    schema, found = read_schema(text, PATH)
    if schema is not None:
        assert found == ()
        again = read(schema.text)
        assert (again.entities, again.actions) == (schema.entities, schema.actions)
        return
    last = LineIndex(text).position(len(text))
    assert found
    for diagnostic in found:
        assert diagnostic.span is not None
        assert diagnostic.span.path == PATH
        assert diagnostic.span.start <= diagnostic.span.end
        assert diagnostic.span.start <= last
        assert "\n" not in diagnostic.message
        assert len(diagnostic.message) <= 400
    declaration_spans(text, PATH)


SOUP = " \n\r\0\ufeff\u2028éabSet<>{}[]()\"'\\:;,=?@/*#_0"


@settings(max_examples=300, deadline=None)
@given(st.text() | st.text(alphabet=SOUP) | st.text().map(lambda text: "{" + text))
def test_any_text_gives_diagnostics_or_is_a_schema(text: str) -> None:
    told(text)


_WORDS = (
    "entity",
    "action",
    "namespace",
    "A",
    "a",
    "in",
    "enum",
    "tags",
    "appliesTo",
    "principal",
    "Set",
    '"a"',
    "Long",
)
_SIGNS = (
    "{",
    "}",
    "[",
    "]",
    "<",
    ">",
    ":",
    "::",
    ";",
    ",",
    "=",
    "?",
    "@",
    "(",
    ")",
    "// c\r",
    "\n",
    "\0",
    "é",
    "attributes",
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(_WORDS + _SIGNS), max_size=30).map(" ".join))
def test_any_words_give_diagnostics_or_are_a_schema(text: str) -> None:
    told(text)


_NOISE = st.sampled_from(
    ("", " ", "{", "}", "[", "]", '"', "\\", "::", ";", ",", "<", ">", "?", "@", "=", "\0", "\r", "é")
)
_cuts = st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 3), _NOISE), min_size=1, max_size=3)


def damaged(text: str, cuts: list[tuple[int, int, str]]) -> str:
    for place, lost, noise in cuts:
        start = place % (len(text) + 1)
        text = text[:start] + noise + text[start + lost :]
    return text


@settings(max_examples=200, deadline=None)
@given(st.builds(damaged, schema_texts(), _cuts))
def test_a_damaged_schema_gives_diagnostics(text: str) -> None:
    told(text)


_JSON_NAMES = st.sampled_from(
    ("A", "B", "N::A", "Long", "Boolean", "Record", "Set", "Entity", "ipaddr", "x y", "", "Action")
)
_json_types: st.SearchStrategy[dict[str, Any]] = st.deferred(
    lambda: st.one_of(
        _JSON_NAMES.map(lambda name: {"type": name}),
        st.builds(
            lambda kind, name: {"type": kind, "name": name},
            st.sampled_from(("Entity", "Extension", "EntityOrCommon")),
            _JSON_NAMES,
        ),
        _json_types.map(lambda element: {"type": "Set", "element": element}),
        _json_records,
    )
)
_json_records: st.SearchStrategy[dict[str, Any]] = st.dictionaries(_JSON_NAMES, _json_types, max_size=3).map(
    lambda attributes: {"type": "Record", "attributes": attributes}
)
_json_lists = st.lists(_JSON_NAMES, max_size=2)
_json_entities = st.fixed_dictionaries(
    {},
    optional={
        "memberOfTypes": _json_lists,
        "shape": _json_records,
        "tags": _json_types,
        "annotations": st.just({"a": "b"}),
    },
) | st.just({"enum": ["a", "b"]})
_json_actions = st.fixed_dictionaries(
    {},
    optional={
        "memberOf": st.lists(_JSON_NAMES.map(lambda name: {"id": name}), max_size=2),
        "appliesTo": st.fixed_dictionaries(
            {"principalTypes": _json_lists, "resourceTypes": _json_lists}, optional={"context": _json_records}
        ),
    },
)
_json_schemas = st.dictionaries(
    st.sampled_from(("", "N", "x y", "__cedar")),
    st.fixed_dictionaries(
        {
            "entityTypes": st.dictionaries(_JSON_NAMES, _json_entities, max_size=3),
            "actions": st.dictionaries(_JSON_NAMES, _json_actions, max_size=2),
        },
        optional={"commonTypes": st.dictionaries(st.sampled_from(("T", "U", "Set")), _json_types, max_size=2)},
    ),
    max_size=2,
)


@settings(max_examples=300, deadline=None)
@given(_json_schemas.map(json.dumps) | st.builds(damaged, _json_schemas.map(json.dumps), _cuts))
def test_any_json_gives_diagnostics_or_is_a_schema(text: str) -> None:
    told(text)

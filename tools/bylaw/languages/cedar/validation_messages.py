"""The validator's sentences in our words, each at the expression it is about.

What `bylaw.languages.cedar.culprits` has found says where; the sentence says what. One entry of `_KINDS` per kind of sentence;
a sentence of no known kind is told as the engine tells it, cut to one short line.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeAlias

from bylaw.languages.cedar.ast import Attribute, Call, Entity, Expression, Has, Is, Method, Not
from bylaw.languages.cedar.canonical import expression_text
from bylaw.languages.cedar.culprits import Culprit
from bylaw.languages.cedar.engine import sentence
from bylaw.languages.cedar.mismatch_messages import incompatible, unexpected
from bylaw.languages.cedar.presence import guard_of
from bylaw.languages.cedar.program import CedarPolicy
from bylaw.languages.cedar.schema import EntityType, RecordType, Schema, Type
from bylaw.languages.cedar.scope_messages import inapplicable, scope_literals, scope_types
from bylaw.languages.cedar.told import Asked, Told, named_in, place_of
from bylaw.languages.cedar.typer import attribute_of, environments_of, type_of
from bylaw.languages.cedar.walk import nodes
from bylaw.languages.cedar.wording import choose_from, code, did_you_mean
from bylaw.model.diagnostics import Diagnostic, Diagnostics
from bylaw.model.identifiers import EntityUid

Tell: TypeAlias = Callable[[Asked], Iterable[Told]]


class _Kind(NamedTuple):
    """A kind of sentence: its code, how to recognise it, how to tell it."""

    code: str
    pattern: re.Pattern[str]
    tell: Tell


def diagnostics_of(policy: CedarPolicy, schema: Schema, culprits: Iterable[Culprit]) -> tuple[Diagnostic, ...]:
    """What the culprits of one policy are told as, once for each place and kind."""
    grouped: dict[tuple[str, Expression | None], tuple[_Kind, list[re.Match[str]], Culprit]] = {}
    for culprit in culprits:
        kind, match = _kind_of(culprit.sentence)
        grouped.setdefault((kind.code, culprit.node), (kind, [], culprit))[1].append(match)
    environments = environments_of(policy.statement, schema)
    in_scope = {code_ for code_, node in grouped if node is None}
    found = Diagnostics()
    for kind, matches, culprit in grouped.values():
        # A scope that names something unknown applies to nothing either: one fact is enough.
        if kind.code == _INAPPLICABLE and len(in_scope) > 1:
            continue
        asked = Asked(policy, schema, environments or schema.environments, culprit, tuple(matches))
        for told in kind.tell(asked):
            found.add(Diagnostic(kind.code, told.message, policy.span(*told.place), told.help))
    return tuple(found)


def _kind_of(text: str) -> tuple[_Kind, re.Match[str]]:
    for kind in _KINDS:
        match = kind.pattern.search(text)
        if match is not None:
            return kind, match
    raise AssertionError(text)  # the last kind takes every text


def _missing_attribute(asked: Asked) -> Iterator[Told]:
    node = asked.node
    if not isinstance(node, Attribute):
        yield from _as_told(asked)
        return
    owners = [type_of(node.base, environment, asked.schema) for environment in asked.environments]
    without = sorted({owner for match in asked.matches if (owner := match["owner"])})
    having = {o.entity for o in owners if isinstance(o, EntityType) and attribute_of(o, node.name, asked.schema)}
    if without and having:
        base = expression_text(node.base)
        remedy: str | None = f"only {_some(sorted(having))} has it: ask `{base} is {min(having)} && …` first"
    else:
        lacking = [o for o in owners if not without or (isinstance(o, EntityType) and o.entity in without)]
        known = {name for owner in lacking for name in _names(owner, asked.schema)}
        remedy = choose_from(node.name, known, "there are")
    yield Told(_name_place(asked, node), f"{_having(node, without)} no attribute {code(node.name)}", remedy)


def _having(node: Attribute, without: list[str]) -> str:
    if not without:
        return f"{code(expression_text(node.base))} has"
    return f"entity type {code(without[0])} has" if len(without) == 1 else f"entity types {_some(without)} have"


def _name_place(asked: Asked, node: Attribute) -> tuple[int, int]:
    """The name alone where it is written with a dot; otherwise the whole read."""
    start = node.end - len(node.name)
    dotted = asked.policy.text[start : node.end] == node.name
    return (start, node.end) if dotted else place_of(node)


def _names(owner: Type | None, schema: Schema) -> Iterator[str]:
    declared = schema.entities.get(owner.entity) if isinstance(owner, EntityType) else None
    record = declared.attributes if declared else owner
    if isinstance(record, RecordType):
        yield from (attribute.name for attribute in record.attributes)


def _some(names: list[str]) -> str:
    rest = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(map(code, names[:3])) + rest


def _unguarded_attribute(asked: Asked) -> Iterator[Told]:
    node = asked.node
    if not isinstance(node, Attribute):
        yield from _as_told(asked)
        return
    text = expression_text(node)
    remedy = _guard_help(asked, _whole_guard(asked, node))
    yield Told(place_of(node), f"{code(text)} may be absent, and nothing guards it", remedy)


def _whole_guard(asked: Asked, node: Attribute) -> str:
    """The guard of `node`, with what its base needs: `x has a.b` where `x.a` may be absent as well."""
    path, base = [node.name], node.base
    while isinstance(base, Attribute) and _is_optional(asked, base):
        path.insert(0, base.name)
        base = base.base
    return expression_text(Has(base, tuple(path), node.start, node.end))


def _is_optional(asked: Asked, node: Attribute) -> bool:
    owners = (type_of(node.base, environment, asked.schema) for environment in asked.environments)
    declared = (attribute_of(owner, node.name, asked.schema) for owner in owners)
    return any(attribute is not None and not attribute.required for attribute in declared)


def _unguarded_tag(asked: Asked) -> Iterator[Told]:
    node = asked.node
    owner = asked.matches[0]["owner"]
    declared = asked.schema.entities.get(owner)
    if not isinstance(node, Method):
        yield from _as_told(asked)
    elif declared is None or declared.tags is None:
        remedy = f"declare them in the schema, `entity {owner} … tags String;`" if declared else None
        yield Told(place_of(node), f"entity type {code(owner)} has no tags", remedy)
    else:
        text = expression_text(node)
        yield Told(
            place_of(node), f"{code(text)} may be absent, and nothing guards it", _guard_help(asked, guard_of(node))
        )


def _guard_help(asked: Asked, guard: str) -> str:
    for node in nodes(asked.policy.statement):
        if isinstance(node, Not) and isinstance(node.operand, Has | Method) and expression_text(node.operand) == guard:
            return f"`!({guard}) || …` is no guard: write `if {guard} then … else true`"
    return f"ask `{guard} && …` first"


def _unknown_type(asked: Asked) -> Iterator[Told]:
    name = asked.matches[0]["name"]
    message = f"no entity type {code(name)} in the schema"
    remedy = choose_from(name, asked.schema.entities, "entity types")
    for place in _type_places(asked, name):
        yield Told(place, message, remedy)


def _type_places(asked: Asked, name: str) -> Iterator[tuple[int, int]]:
    node = asked.node
    if node is None:
        yield from scope_types(asked.policy, name)
    elif isinstance(node, Is):
        yield named_in(asked.policy.text, name, node.base.end, node.end)
    else:
        yield place_of(node)


def _unknown_action(asked: Asked) -> Iterator[Told]:
    name = asked.matches[0]["name"]
    known = asked.schema.actions
    literals = [asked.node] if isinstance(asked.node, Entity) else list(scope_literals(asked.policy.statement))
    for literal in literals:
        uid = EntityUid(literal.type, literal.id)
        if uid in known or (asked.node is None and str(uid) != name):
            continue
        same = sorted(str(other) for other in known if other.id == uid.id)
        close = did_you_mean(uid.id, {other.id for other in known})
        remedy = f"did you mean {code(same[0])}?" if same else close and _full_name(close, known)
        yield Told(place_of(literal), f"no action {code(str(uid))} in the schema", remedy or _all_actions(known))


def _full_name(close: str, known: Iterable[EntityUid]) -> str:
    """`did you mean` with the id alone, completed to the whole entity."""
    for uid in sorted(known):
        if f"{code(uid.id)}?" in close:
            return f"did you mean {code(str(uid))}?"
    return close


def _all_actions(known: Iterable[EntityUid]) -> str | None:
    return choose_from("", map(str, known), "actions")


def _unknown_choice(asked: Asked) -> Iterator[Told]:
    node = asked.node
    literals = [node] if isinstance(node, Entity) else list(scope_literals(asked.policy.statement))
    for literal in literals:
        declared = asked.schema.entities.get(literal.type)
        if declared is None or declared.choices is None or literal.id in declared.choices:
            continue
        remedy = choose_from(literal.id, declared.choices, f"ids of `{literal.type}`")
        yield Told(place_of(literal), f"{code(literal.type)} has no entity {code(literal.id)}", remedy)


def _bad_literal(asked: Asked) -> Iterator[Told]:
    node = asked.node
    if not isinstance(node, Call) or not node.arguments:
        yield from _as_told(asked)
        return
    text = expression_text(node.arguments[0])
    yield Told(place_of(node.arguments[0]), f"{code(text)} is not a valid `{node.function}`", _LITERALS[node.function])


_LITERALS = {
    "ip": "write an address or a network, like `10.0.0.0/8` or `::1`",
    "decimal": "write one to four digits after the point, like `10.50`",
    "datetime": "write it like `2026-03-02` or `2026-03-02T09:00:00Z`",
    "duration": "write units in the order d h m s ms, like `1h30m`",
}


def _computed_literal(asked: Asked) -> Iterator[Told]:
    node = asked.node
    if not isinstance(node, Call):
        yield from _as_told(asked)
        return
    remedy = f"declare the value as `{_RESULTS[node.function]}` in the schema"
    for argument in node.arguments:
        yield Told(place_of(argument), f"`{node.function}` takes a literal, not a value that is worked out", remedy)


_RESULTS = {"ip": "ipaddr", "decimal": "decimal", "datetime": "datetime", "duration": "duration"}


def _wrong_arity(asked: Asked) -> Iterator[Told]:
    node, match = asked.node, asked.matches[0]
    if not isinstance(node, Call | Method):
        yield from _as_told(asked)
        return
    # The engine counts the receiver of a method as an argument.
    receiver = isinstance(node, Method)
    expected, got = int(match["expected"]) - receiver, int(match["got"]) - receiver
    name = node.name if isinstance(node, Method) else node.function
    count = f"{expected} argument{'' if expected == 1 else 's'}" if expected else "no arguments"
    yield Told(place_of(node), f"`{name}` takes {count}, not {got}", None)


def _empty_set(asked: Asked) -> Iterator[Told]:
    if asked.node is not None:
        remedy = "write `x.isEmpty()` to ask whether a set is empty"
        yield Told(place_of(asked.node), "an empty set has no element type", remedy)
        return
    action = asked.policy.statement.action
    yield Told(
        (action.start, action.end), "the list of actions is empty, so the policy never applies", "name an action"
    )


def _as_told(asked: Asked) -> Iterator[Told]:
    statement = asked.policy.statement
    place = place_of(asked.node) if asked.node is not None else statement.head
    yield from (Told(place, sentence(match.string), None) for match in asked.matches)


_INAPPLICABLE = "inapplicable-scope"

_KINDS = (
    _Kind(
        "unknown-attribute",
        re.compile(r"^attribute `(?P<name>.*?)` (?:on entity type `(?P<owner>.*)` |in context )?not found$", re.DOTALL),
        _missing_attribute,
    ),
    _Kind(
        "unguarded-attribute", re.compile(r"guarantee safety of access to optional attribute `"), _unguarded_attribute
    ),
    _Kind(
        "unguarded-tag",
        re.compile(r"guarantee safety of access to tag `.*` on entity type `(?P<owner>.*)`$", re.DOTALL),
        _unguarded_tag,
    ),
    _Kind("unknown-entity-type", re.compile(r"unrecognized entity type `(?P<name>.*)`$", re.DOTALL), _unknown_type),
    _Kind("unknown-action", re.compile(r"unrecognized action `(?P<name>.*)`$", re.DOTALL), _unknown_action),
    _Kind("unknown-choice", re.compile(r"is of an enumerated entity type, but "), _unknown_choice),
    _Kind(_INAPPLICABLE, re.compile(r"unable to find an applicable action"), inapplicable),
    _Kind(
        "type-mismatch",
        re.compile(r"unexpected type: expected (?P<expected>.*) but saw (?P<saw>.*)$", re.DOTALL),
        unexpected,
    ),
    _Kind(
        "incompatible-types",
        re.compile(r"the types (?P<one>.*) and (?P<other>.*) are not compatible$", re.DOTALL),
        incompatible,
    ),
    _Kind("bad-literal", re.compile(r"extension function argument validation: "), _bad_literal),
    _Kind("computed-literal", re.compile(r"constructors may not be called with non-literal"), _computed_literal),
    _Kind(
        "wrong-arity",
        re.compile(r"wrong number of arguments.*Expected (?P<expected>\d+), got (?P<got>\d+)"),
        _wrong_arity,
    ),
    _Kind("empty-set", re.compile(r"empty set literals are forbidden"), _empty_set),
    _Kind("validation", re.compile(r""), _as_told),
)

"""The validator's sentences, located and told in our words.

The engine's validation errors carry no position. Each kind of sentence names what it is about; here that is looked for in the tree
of the policy, in the environments it applies to, and the smallest expression it can be about is the span. A sentence of no known kind
falls back to the clause that fails alone, then to the statement's head.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple

from bylaw.languages.cedar.ast import Attribute, Call, Expression, Has, Is, Method, ScopeIs, Set, String
from bylaw.languages.cedar.canonical import expression_text
from bylaw.languages.cedar.engine import sentence
from bylaw.languages.cedar.expectations import mismatches, unlike_pairs
from bylaw.languages.cedar.program import CedarPolicy
from bylaw.languages.cedar.schema import EntityType, Environment, RecordType, Schema, Type
from bylaw.languages.cedar.typer import attribute_of, environments_of, type_of
from bylaw.languages.cedar.walk import entities, nodes
from bylaw.model.diagnostics import Diagnostic
from bylaw.model.identifiers import EntityUid


class Place(NamedTuple):
    """A range of the policy's file."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Complaint:
    """One sentence of the validator about one policy."""

    policy: CedarPolicy
    schema: Schema
    text: str
    clause_fails: Callable[[int], bool]
    """Whether the clause of that index is refused when it stands alone."""

    @property
    def environments(self) -> tuple[Environment, ...]:
        """Where the policy applies; everywhere, if its scope admits nothing."""
        return environments_of(self.policy.statement, self.schema) or self.schema.environments


class _Kind(NamedTuple):
    """A kind of sentence: its code, how to recognise it, how to tell it."""

    code: str
    pattern: re.Pattern[str]
    tell: Callable[[Complaint, re.Match[str]], Iterator[tuple[Place, str, str | None]]]


def diagnostics_of(complaint: Complaint) -> tuple[Diagnostic, ...]:
    """The complaint in our words, once for each place it is about."""
    for kind in _KINDS:
        match = kind.pattern.search(complaint.text)
        if match is not None:
            found = tuple(
                Diagnostic(kind.code, message, complaint.policy.span(*place), remedy)
                for place, message, remedy in kind.tell(complaint, match)
            )
            if found:
                return found
    place = _fallback(complaint)
    return (Diagnostic("validation", sentence(complaint.text), complaint.policy.span(*place)),)


def _fallback(complaint: Complaint) -> Place:
    statement = complaint.policy.statement
    for index, clause in enumerate(statement.clauses):
        if complaint.clause_fails(index):
            return Place(clause.start, clause.end)
    return Place(*statement.head)


def _near(name: str, known: Iterator[str] | tuple[str, ...] | frozenset[str]) -> str | None:
    names = sorted(set(known))
    close = get_close_matches(name, names, n=1)
    if close:
        return f"did you mean `{close[0]}`?"
    return f"there are: {', '.join(names[:12])}{', …' if len(names) > 12 else ''}" if names else None


def _place(node: Expression) -> Place:
    return Place(node.start, node.end)


def _owner(type_: Type | None) -> str:
    return f"entity type `{type_.entity}`" if isinstance(type_, EntityType) else "the record"


def _attribute_reads(complaint: Complaint, name: str) -> Iterator[tuple[Attribute, Type | None, Environment]]:
    """Where `name` is read, with the type it is read from, in each environment."""
    for node in nodes(complaint.policy.statement):
        if isinstance(node, Attribute) and node.name == name:
            for environment in complaint.environments:
                yield node, type_of(node.base, environment, complaint.schema), environment


def _missing_attribute(complaint: Complaint, match: re.Match[str]) -> Iterator[tuple[Place, str, str | None]]:
    name, seen = match["name"], set()
    for node, owner, environment in _attribute_reads(complaint, name):
        known = isinstance(owner, EntityType | RecordType)
        if not known or node in seen or attribute_of(owner, name, complaint.schema) is not None:
            continue
        seen.add(node)
        where = f"the context of `{environment.action}`" if "context" in match["where"] else _owner(owner)
        yield (
            Place(node.end - len(name), node.end),
            f"{where} has no attribute `{name}`",
            _near(name, _names(owner, complaint.schema)),
        )


def _names(owner: Type | None, schema: Schema) -> Iterator[str]:
    record = (
        schema.entities[owner.entity].attributes
        if isinstance(owner, EntityType) and owner.entity in schema.entities
        else owner
    )
    if isinstance(record, RecordType):
        yield from (attribute.name for attribute in record.attributes)


def _unguarded_attribute(complaint: Complaint, match: re.Match[str]) -> Iterator[tuple[Place, str, str | None]]:
    name, seen = match["name"], set()
    for node, owner, _ in _attribute_reads(complaint, name):
        declared = attribute_of(owner, name, complaint.schema)
        if declared is not None and not declared.required and node not in seen and not _guarded(complaint, node):
            seen.add(node)
            text = expression_text(node.base)
            yield (
                _place(node),
                f"`{text}.{name}` may be absent, and nothing guards it",
                f"write `{text} has {name} && …` before it",
            )


def _guarded(complaint: Complaint, read: Expression) -> bool:
    """Whether some `has` on the same attribute stands before `read`. The engine has said that one read is unguarded; with several reads
    of one attribute, those without any guard before them are meant."""
    if not isinstance(read, Attribute):
        return False
    base = expression_text(read.base)
    return any(
        isinstance(node, Has)
        and node.end <= read.start
        and node.path[0] == read.name
        and expression_text(node.base) == base
        for node in nodes(complaint.policy.statement)
    )


def _unguarded_tag(complaint: Complaint, match: re.Match[str]) -> Iterator[tuple[Place, str, str | None]]:
    for node in nodes(complaint.policy.statement):
        if isinstance(node, Method) and node.name == "getTag" and expression_text(node.arguments[0]) == match["name"]:
            text = expression_text(node.receiver)
            message = f"the tag {match['name']} may be absent, and nothing guards it"
            yield _place(node), message, f"write `{text}.hasTag({match['name']}) && …` before it"


def _unknown_type(complaint: Complaint, match: re.Match[str]) -> Iterator[tuple[Place, str, str | None]]:
    name = match["name"]
    message, remedy = f"no entity type `{name}` in the schema", _near(name, frozenset(complaint.schema.entities))
    for literal in entities(complaint.policy.statement):
        if literal.type == name:
            yield Place(literal.start, literal.end), message, remedy
    for node in nodes(complaint.policy.statement):
        if isinstance(node, Is) and node.type == name:
            yield _place(node), message, remedy
    for scope in complaint.policy.statement.scopes:
        if isinstance(scope, ScopeIs) and scope.type == name:
            yield Place(scope.start, scope.end), message, remedy


def _unknown_action(complaint: Complaint, _: re.Match[str]) -> Iterator[tuple[Place, str, str | None]]:
    known = {str(uid): uid for uid in complaint.schema.actions}
    for literal in entities(complaint.policy.statement):
        uid = EntityUid(literal.type, literal.id)
        if str(uid) not in known and literal.type.rpartition("::")[2] == "Action":
            yield Place(literal.start, literal.end), f"no action `{uid}` in the schema", _near(str(uid), tuple(known))


def _inapplicable(complaint: Complaint, _: re.Match[str]) -> Iterator[tuple[Place, str, str | None]]:
    statement = complaint.policy.statement
    if all(
        EntityUid(e.type, e.id) in complaint.schema.actions for e in entities(statement) if e.type.endswith("Action")
    ):
        place = Place(statement.principal.start, statement.resource.end)
        message = "no action of the schema applies to this scope, so the policy never applies"
        yield place, message, "correct the principal, action or resource"
    else:
        # The unknown action has its own sentence; this one follows from it.
        yield from _unknown_action(complaint, _)


def _unexpected_type(complaint: Complaint, match: re.Match[str]) -> Iterator[tuple[Place, str, str | None]]:
    for environment in complaint.environments:
        for clause in complaint.policy.statement.clauses:
            for found in mismatches(clause.body, environment, complaint.schema):
                if _same_kind(found.saw, match["saw"]):
                    message = f"expected {_list(match['expected'])}, found {_plain(match['saw'])}"
                    yield _place(found.node), message, _type_help(found.node, found.expected)
                    return


def _same_kind(ours: str, theirs: str) -> bool:
    if ours == "Set":
        return theirs.startswith("Set<")
    if ours == "record":
        return theirs.startswith("{")
    return ours == theirs or (ours == "entity" and theirs[:1].isupper() and theirs not in {"Bool", "Long", "String"})


def _type_help(node: Expression, expected: str) -> str | None:
    if isinstance(node, String) and expected == "entity":
        return "`in` is for entities: write `[…].contains(x)` for strings"
    if isinstance(node, String) and node.value.lstrip("-").isdigit() and "Long" in expected:
        return f"write the number without quotes: `{node.value}`"
    return None


def _plain(type_: str) -> str:
    text = (
        type_.replace("__cedar::internal::", "").replace("AnyEntity", "an entity").replace("OpenRecord{}", "a record")
    )
    return text.replace("Set<Any>", "a set")


def _list(types: str) -> str:
    return " or ".join(_plain(type_) for type_ in re.split(r", or |, ", types))


def _incompatible(complaint: Complaint, match: re.Match[str]) -> Iterator[tuple[Place, str, str | None]]:
    for environment in complaint.environments:
        for clause in complaint.policy.statement.clauses:
            for node, _, _ in unlike_pairs(clause.body, environment, complaint.schema):
                message = f"{_plain(match['one'])} and {_plain(match['other'])} cannot be brought together"
                yield _place(node), message, "compare values of one type"
                return


def _bad_literal(complaint: Complaint, match: re.Match[str]) -> Iterator[tuple[Place, str, str | None]]:
    for node in nodes(complaint.policy.statement):
        if isinstance(node, Call) and node.arguments and expression_text(node.arguments[0]) == match["literal"]:
            yield (
                _place(node.arguments[0]),
                f"{match['literal']} is not a valid `{node.function}`",
                _LITERAL_HELP[node.function],
            )


_LITERAL_HELP = {
    "ip": "an address or a network, like `10.0.0.0/8` or `::1`",
    "decimal": "one to four digits after the point, like `10.50`",
    "datetime": "like `2026-03-02` or `2026-03-02T09:00:00Z`",
    "duration": "units in the order d h m s ms, like `1h30m`",
}


def _wrong_arity(complaint: Complaint, match: re.Match[str]) -> Iterator[tuple[Place, str, str | None]]:
    expected, got = int(match["expected"]), int(match["got"])
    for node in nodes(complaint.policy.statement):
        # The engine counts the receiver of a method as an argument.
        count = len(node.arguments) + isinstance(node, Method) if isinstance(node, Call | Method) else -1
        if count == got:
            name = node.function if isinstance(node, Call) else node.name  # type: ignore[union-attr]
            shown, given = expected - isinstance(node, Method), got - isinstance(node, Method)
            yield _place(node), f"`{name}` takes {shown} argument{'' if shown == 1 else 's'}, not {given}", None
            return


def _empty_set(complaint: Complaint, _: re.Match[str]) -> Iterator[tuple[Place, str, str | None]]:
    for node in nodes(complaint.policy.statement):
        if isinstance(node, Set) and not node.elements:
            yield _place(node), "an empty set has no element type", "write `x.isEmpty()` to ask whether a set is empty"


_KINDS = (
    _Kind("unknown-attribute", re.compile(r"attribute `(?P<name>.*?)` (?P<where>.*) not found"), _missing_attribute),
    _Kind(
        "unguarded-attribute",
        re.compile(r"safety of access to optional attribute `(?P<name>.*?)`"),
        _unguarded_attribute,
    ),
    _Kind("unguarded-tag", re.compile(r"safety of access to tag `(?P<name>.*?)` on"), _unguarded_tag),
    _Kind("unknown-entity-type", re.compile(r"unrecognized entity type `(?P<name>.*?)`"), _unknown_type),
    _Kind("unknown-action", re.compile(r"unrecognized action `(?P<name>.*?)`"), _unknown_action),
    _Kind("inapplicable-scope", re.compile(r"unable to find an applicable action"), _inapplicable),
    _Kind(
        "type-mismatch", re.compile(r"unexpected type: expected (?P<expected>.*) but saw (?P<saw>.*)"), _unexpected_type
    ),
    _Kind(
        "incompatible-types", re.compile(r"the types (?P<one>.*) and (?P<other>.*) are not compatible"), _incompatible
    ),
    _Kind("bad-literal", re.compile(r"failed to parse as .*?: `(?P<literal>.*)`"), _bad_literal),
    _Kind(
        "wrong-arity",
        re.compile(r"wrong number of arguments.*Expected (?P<expected>\d+), got (?P<got>\d+)"),
        _wrong_arity,
    ),
    _Kind("empty-set", re.compile(r"empty set literals are forbidden"), _empty_set),
)

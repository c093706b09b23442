"""Random worlds: a schema of any Cedar construct, and the small pools that its policies and requests share.

Attribute types come from a short palette, so that the same type, records with optional fields too, occurs in several places and
can be compared; attribute names are shared among types, and ids among entity types, enumerated types and actions.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import NamedTuple

from bylaw.languages.cedar.escapes import quote
from bylaw.languages.cedar.schema import EntityType, ExtensionType, Schema, Type
from bylaw.languages.cedar.schema_reader import read_schema
from tools.analysis.smt.generating.pools import Pools, random_pools

NAMES = ("a", "b", "c", "d", "e", "f", "g", "h")
ODD_NAMES = ("", "if", "a b")
_BARE = re.compile(r"[_a-zA-Z][_a-zA-Z0-9]*", re.ASCII)
_RESERVED = frozenset(("true", "false", "if", "then", "else", "in", "is", "like", "has", "__cedar"))
_SIMPLE = ("Bool", "Long", "Long", "Long", "String", "String", "decimal", "ipaddr", "datetime", "duration")
_PLACES = ("", "A::", "B::")


@dataclass(frozen=True, eq=False)
class World:
    """A schema and what is drawn for it. Equal only to itself."""

    text: str
    """The schema as written."""
    schema: Schema
    pools: Pools

    @cached_property
    def action_types(self) -> tuple[str, ...]:
        """The types of actions, by namespace."""
        return tuple(sorted({uid.type for uid in self.schema.actions}))

    def entity_name(self, type_: Type) -> str | None:
        """The full name of the entity type or action type that `type_` is; none for any other."""
        if isinstance(type_, EntityType):
            return type_.entity
        # An action as the value of an attribute may be read under either class.
        return type_.extension if isinstance(type_, ExtensionType) and type_.extension in self.action_types else None

    def is_closed(self, name: str) -> bool:
        """Whether the ids of this type are declared: an enumerated type or a type of actions."""
        return name in self.action_types or self.schema.entities[name].choices is not None

    def ids(self, name: str) -> tuple[str, ...]:
        """The ids an entity or action of this type is given."""
        if name in self.action_types:
            return tuple(sorted(uid.id for uid in self.schema.actions if uid.type == name))
        return self.schema.entities[name].choices or self.pools.ids


class _Names(NamedTuple):
    """Full names of the entity types, by role."""

    principals: tuple[str, ...]
    groups: tuple[str, ...]
    resources: tuple[str, ...]
    folders: tuple[str, ...]
    enumerated: tuple[str, ...]
    actions: str
    """The namespace of all actions, with the colons."""

    @property
    def values(self) -> tuple[str, ...]:
        """What an attribute may refer to; principals are the likeliest."""
        return (*self.principals, *self.principals, *self.groups, *self.resources, *self.folders)


def is_bare(name: str) -> bool:
    """Whether an attribute name can stand without quotes."""
    return _BARE.fullmatch(name) is not None and name not in _RESERVED


def random_world(rng: Random) -> World:
    """A world with at least one request environment."""
    names = _names(rng)
    palette, common = _palette(rng, names)
    declared: defaultdict[str, list[str]] = defaultdict(list)
    declared[""] += common
    for name in dict.fromkeys((*names.values, *names.enumerated)):
        place, _, short = name.rpartition("::")
        declared[place].append(_entity(rng, name, short, names, palette))
    declared[names.actions.rstrip(":")] += _actions(rng, names, palette)
    text = "\n".join(_namespace(place, texts) for place, texts in sorted(declared.items()))
    schema, problems = read_schema(text, "schemas/world.cedarschema")
    assert schema is not None, (problems, text)
    return World(text, schema, random_pools(rng))


def _namespace(place: str, texts: Sequence[str]) -> str:
    body = "\n".join(texts)
    return f"namespace {place} {{\n{body}\n}}" if place else body


def _names(rng: Random) -> _Names:
    style = rng.choice(("plain", "plain", "plain", "one", "many"))

    def named(name: str) -> str:
        return {"plain": "", "one": "A::", "many": rng.choice(_PLACES)}[style] + name

    principals = ("A::User", "B::User", "Bot") if style == "many" else (named("User"), named("Bot"), named("Service"))
    return _Names(
        principals=principals[: rng.choice((1, 1, 2, 2, 3))],
        groups=tuple(map(named, ("Group", "Org")[: rng.choice((0, 1, 1, 2, 2))])),
        resources=tuple(map(named, ("File", "Tool")[: rng.choice((1, 1, 2))])),
        folders=tuple(map(named, ("Folder",)[: rng.choice((0, 1))])),
        enumerated=tuple(map(named, ("Color", "Level")[: rng.choice((0, 1, 1, 2))])),
        actions=named(""),
    )


def _palette(rng: Random, names: _Names) -> tuple[list[str], list[str]]:
    """The types that attributes have, and the declarations of common types among them."""
    palette = ["Bool", "Long", "String", *rng.sample(_SIMPLE, 2), *(_type(rng, names, 2) for _ in range(7))]
    common = [f"type Shape = {_type(rng, names, 2)};", f"type Form = {_record(rng, [*palette, 'Shape'])};"]
    count = rng.choice((0, 0, 1, 2))
    return [*palette, *("Shape", "Form")[:count]], common[:count]


def _type(rng: Random, names: _Names, depth: int) -> str:
    kind = rng.choice(
        ("simple", "simple", "entity", "entity", "enumerated", "action", "set", "set", "record", "record")
    )
    if kind == "set" and depth:
        return f"Set<{_type(rng, names, depth - 1)}>"
    if kind == "record" and depth:
        return _record(rng, [_type(rng, names, depth - 1) for _ in range(3)])
    if kind == "action" and rng.random() < 0.6:
        return f"{names.actions}Action"
    if kind == "enumerated" and names.enumerated:
        return rng.choice(names.enumerated)
    return rng.choice(names.values) if kind == "entity" else rng.choice(_SIMPLE)


def _record(rng: Random, types: Sequence[str], most: int = 3) -> str:
    names = rng.sample(NAMES[:4], min(4, rng.randint(0, most)))
    if rng.random() < 0.1:
        names.append(rng.choice(ODD_NAMES))
    return _fields(rng, names, types)


def _fields(rng: Random, names: Iterable[str], types: Sequence[str]) -> str:
    fields = (
        f"{name if is_bare(name) else quote(name)}{rng.choice(('', '', '?'))}: {rng.choice(types)}" for name in names
    )
    return f"{{{', '.join(fields)}}}"


def _entity(rng: Random, name: str, short: str, names: _Names, palette: Sequence[str]) -> str:
    if name in names.enumerated:
        choices = ("a", "b", "r")[: rng.choice((1, 2, 3))]
        return f"entity {short} enum [{', '.join(map(quote, choices))}];"
    parents = _parents(rng, name, names)
    above = f" in [{', '.join(parents)}]" if parents else ""
    count = rng.randint(3, 8) if name in (*names.principals, *names.resources) else rng.randint(0, 3)
    chosen = rng.sample(NAMES, count) + ([rng.choice(ODD_NAMES)] if rng.random() < 0.15 else [])
    tags = f" tags {rng.choice(('String', 'Long', *palette))}" if rng.random() < 0.5 else ""
    return f"entity {short}{above} {_fields(rng, chosen, palette)}{tags};"


def _parents(rng: Random, name: str, names: _Names) -> list[str]:
    odds = dict.fromkeys((*names.values, *names.enumerated), 0.06)
    if name in names.principals or name in names.groups:
        odds |= dict.fromkeys(names.groups, 0.7)
    if name in names.resources or name in names.folders:
        odds |= dict.fromkeys(names.folders, 0.7)
    return [parent for parent, chance in odds.items() if rng.random() < chance]


def _actions(rng: Random, names: _Names, palette: Sequence[str]) -> list[str]:
    contexts = [_record(rng, palette, 4) for _ in range(2)]
    groups = ["action all;", 'action "a" in ["all"];'] if rng.random() < 0.8 else ['action "a";', "action all;"]
    if rng.random() < 0.3:
        groups[1] = groups[1].replace(";", f" {_applies(rng, names, contexts)};")
    real = (
        f"action {name}{rng.choice(('', ' in [a]', ' in [a]', ' in [all]', ' in [a, all]'))} {_applies(rng, names, contexts)};"
        for name in ("view", "edit", "b")[: rng.randint(1, 3)]
    )
    return [*groups, *real]


def _applies(rng: Random, names: _Names, contexts: Sequence[str]) -> str:
    principals = rng.sample(names.principals, rng.randint(1, len(names.principals)))
    resources = rng.sample(names.resources, rng.randint(1, len(names.resources)))
    if rng.random() < 0.25:
        resources.append(rng.choice((*names.values, *names.enumerated)))
    if rng.random() < 0.07:
        principals.append(rng.choice((*names.groups, *names.enumerated, *names.resources)))
    listed = ", ".join(dict.fromkeys(principals)), ", ".join(dict.fromkeys(resources))
    return f"appliesTo {{ principal: [{listed[0]}], resource: [{listed[1]}], context: {rng.choice(contexts)} }}"

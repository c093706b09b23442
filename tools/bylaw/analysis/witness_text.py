"""An example as one line: `principal Agent::"a", action Action::"pay", resource Tool::"t", context.amount = 501`.

A schema requires much that the policy in question never reads; of it the line says nothing.
Ids and values are input: what could end a line, a code span or a terminal's patience is written as an escape or left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeGuard

from bylaw.analysis.proven import Witness
from bylaw.evaluation.interface import EntityData, Json
from bylaw.evaluation.values import entity_reference, value_text
from bylaw.languages.cedar.ast import Attribute, Has, Method, Statement
from bylaw.languages.cedar.escapes import quote
from bylaw.languages.cedar.expressions import RESERVED, is_identifier
from bylaw.languages.cedar.walk import nodes
from bylaw.model.identifiers import EntityUid

MAX_LINE = 320
"""In characters; what does not fit is counted."""
MAX_PART = 90
"""Of one part: a longer one is shortened in the middle."""


def witness_line(witness: Witness, statement: Statement | None = None, *, missing: bool = False) -> str:
    """The request and what its entities hold, between backticks.

    Args:
        witness: What to show.
        statement: The policy it is an example for: only attributes and tags of names that it reads are shown; none: all.
        missing: Whether it is the point of it that entities are not in the store; these come first then.
    """
    parts = [_short(_visible(part)) for part in _parts(witness, _read_by(statement), missing=missing)]
    shown, length = 0, 0
    for part in parts:
        length += len(part) + 2
        if shown >= 3 and length > MAX_LINE:
            break
        shown += 1
    rest = [f"… {len(parts) - shown} more"] if shown < len(parts) else []
    return f"`{', '.join([*parts[:shown], *rest])}`"


def _parts(witness: Witness, read: "_Read", *, missing: bool) -> Iterator[str]:
    request = witness.request
    stored = {entity.uid for entity in witness.entities}
    if missing:
        yield from (f"{uid} missing" for uid in _referred(witness) if uid not in stored)
    yield f"principal {request.principal}"
    yield f"action {request.action}"
    yield f"resource {request.resource}"
    yield from _members("context", request.context, read)
    names = {request.resource: "resource", request.principal: "principal"}
    # What the request is about first, then what hangs on it.
    for entity in sorted(witness.entities, key=lambda e: (names.get(e.uid, "~"), e.uid)):
        yield from _entity(names.get(entity.uid, str(entity.uid)), entity, read)


def _entity(name: str, entity: EntityData, read: "_Read") -> Iterator[str]:
    yield from _members(name, entity.attributes, read)
    for tag, value in sorted(entity.tags.items()) if read.tags else ():
        yield f"{name}.getTag({quote(tag)}) = {value_text(value)}"
    yield from (f"{name} in {parent}" for parent in sorted(entity.parents))


def _members(path: str, record: Mapping[str, Json], read: "_Read") -> Iterator[str]:
    """Each leaf of a record with its path; an empty record below the top says that it is there."""
    for name, value in sorted(record.items()):
        if not read.attribute(name):
            continue
        inner = f"{path}.{name}" if _is_plain(name) else f"{path}[{quote(name)}]"
        if _is_record(value) and value:
            yield from _members(inner, value, read.inside(value))
        else:
            yield f"{inner} = {value_text(value)}"


class _Read(NamedTuple):
    """What a policy reads, by name; none: anything."""

    names: frozenset[str] | None
    tags: bool

    def attribute(self, name: str) -> bool:
        return self.names is None or name in self.names

    def inside(self, record: Mapping[str, Json]) -> "_Read":
        """What it reads of a record that it reads: all of it where it names none of its fields, as to compare it with another."""
        return self if any(map(self.attribute, record)) else _ALL


_ALL = _Read(None, tags=True)


def _read_by(statement: Statement | None) -> _Read:
    if statement is None:
        return _ALL
    names: set[str] = set()
    tags = False
    for node in nodes(statement):
        if isinstance(node, Attribute):
            names.add(node.name)
        elif isinstance(node, Has):
            names.update(node.path)
        tags = tags or (isinstance(node, Method) and node.name in {"getTag", "hasTag"})
    return _Read(frozenset(names), tags)


def _is_plain(name: str) -> bool:
    return is_identifier(name) and name not in RESERVED


def _is_record(value: Json) -> TypeGuard[Mapping[str, Json]]:
    return isinstance(value, Mapping) and entity_reference(value) is None and "__extn" not in value


def _referred(witness: Witness) -> list[EntityUid]:
    """The entities that the request and the stored entities name, each once."""
    request = witness.request
    found = dict.fromkeys((request.principal, request.resource))
    held = [entity.attributes for entity in witness.entities] + [entity.tags for entity in witness.entities]
    for record in (request.context, *held):
        found.update(dict.fromkeys(_uids(record)))
    return list(found)


def _uids(value: Json) -> Iterator[EntityUid]:
    uid = entity_reference(value)
    if uid is not None:
        yield uid
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _uids(inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            yield from _uids(inner)


def _visible(text: str) -> str:
    """`text` on one line, without a backtick, in Cedar's own escapes."""
    return "".join(c if c.isprintable() and c != "`" else f"\\u{{{ord(c):x}}}" for c in text)


def _short(text: str) -> str:
    half = (MAX_PART - 1) // 2
    return text if len(text) <= MAX_PART else f"{text[:half]}…{text[-half:]}"

"""Whether some arguments satisfy some schemas and not others, with an example.

A value without parts is looked for among candidates that tell apart all that the schemas say of one. Lists and objects are taken
apart: what has to hold of the whole becomes, branch by branch, what has to hold of each part. The work is bounded; beyond that the
answer is not known, never wrong. Every example is checked against the schemas themselves.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from bylaw.analysis.governance.scalars import constants, numbers, texts
from bylaw.analysis.nothing import Nothing
from bylaw.evaluation.governance.argument_values import Checker
from bylaw.evaluation.governance.arguments import compile_schema
from bylaw.languages.governance.argument_schema import MAX_DEPTH as SCHEMA_DEPTH
from bylaw.languages.governance.argument_types import IMPLIED
from bylaw.languages.governance.model import Schema
from bylaw.model.errors import InternalError
from bylaw.model.exact import Json, is_list, json_text, read_json

MAX_BRANCHES: Final = 5_000
MAX_ITEMS: Final = 200
MAX_DEPTH: Final = 4 * SCHEMA_DEPTH
"""Of a schema as JSON."""
_KINDS: Final = ("string", "number", "object", "array", "boolean", "null")

Schemas = tuple[Schema, ...]


def find(inside: Sequence[Schema], outside: Sequence[Schema] = ()) -> Mapping[str, Json] | Nothing:
    """Arguments that satisfy every schema `inside` and none `outside`.

    Raises:
        InternalError: what was found is none.
    """
    only_objects: Schema = {"type": "object"}
    found = _Search().value((only_objects, *inside), tuple(outside))
    if isinstance(found, Nothing):
        return found
    value = found.value
    if not isinstance(value, Mapping) or not _tester(inside, outside)(value):
        raise InternalError(f"an example of arguments is none: {json_text(value)}")
    return value


class _Found(NamedTuple):
    value: Json


class _Branch(NamedTuple):
    """One way for a list or an object to fit: keywords that have to hold, and keywords that must not."""

    holds: tuple[tuple[str, Schema], ...]
    fails: tuple[tuple[str, Schema], ...]


class _OutOfWorkError(Exception):
    """The bound was reached."""


class _Search:
    """One question, with its bound on work."""

    def __init__(self) -> None:
        self._left = MAX_BRANCHES
        self._doubts = False

    def value(self, inside: Schemas, outside: Schemas) -> _Found | Nothing:
        """Any value that fits."""
        try:
            found = self._value(inside, outside)
        except (_OutOfWorkError, RecursionError):
            return Nothing.UNKNOWN
        if found is Nothing.EMPTY and self._doubts:
            return Nothing.UNKNOWN
        return found

    def _value(self, inside: Schemas, outside: Schemas) -> _Found | Nothing:
        if any(not schema for schema in outside):
            return Nothing.EMPTY
        fits = _tester(inside, outside)
        named = next((value for value in constants((*inside, *outside)) if fits(value)), None)
        if named is not None:
            return _Found(named)
        if any("const" in schema or "enum" in schema for schema in inside):
            return _Found(None) if fits(None) else Nothing.EMPTY  # only what is named can fit
        for kind in _KINDS:
            found = self._of_kind(kind, inside, outside, fits)
            if isinstance(found, _Found):
                return found
        return Nothing.EMPTY

    def _of_kind(self, kind: str, inside: Schemas, outside: Schemas, fits: Callable[[Json], bool]) -> _Found | Nothing:
        if any(kind not in _kinds(schema) for schema in inside):
            return Nothing.EMPTY
        match kind:
            case "null":
                return _Found(None) if fits(None) else Nothing.EMPTY
            case "boolean":
                return _first((True, False), fits)
            case "string" | "number":
                candidates = (texts if kind == "string" else numbers)((*inside, *outside))
                found = _first(candidates.values, fits)
                self._doubts = self._doubts or (found is Nothing.EMPTY and not candidates.are_complete)
                return found
            case _:
                make = self._list if kind == "array" else self._object
                return self._of_parts(kind, inside, outside, fits, make)

    def _of_parts(
        self,
        kind: str,
        inside: Schemas,
        outside: Schemas,
        fits: Callable[[Json], bool],
        make: "Callable[[_Branch], Iterator[Json]]",
    ) -> _Found | Nothing:
        for branch in self._branches(kind, inside, outside):
            for value in make(branch):
                if fits(value):
                    return _Found(value)
                self._doubts = True  # it fits but for a constant that it happens to equal, or for what was left out
        return Nothing.EMPTY

    def _branches(self, kind: str, inside: Schemas, outside: Schemas) -> Iterator[_Branch]:
        """Every way to fit, as keywords about this kind alone."""
        todo: list[tuple[_Branch, tuple[tuple[bool, Schema], ...]]] = [
            (_Branch((), ()), (*((True, schema) for schema in inside), *((False, schema) for schema in outside)))
        ]
        while todo:
            self._spend()
            branch, waiting = todo.pop()
            if not waiting:
                yield branch
                continue
            (positive, schema), rest = waiting[0], waiting[1:]
            todo += _taken(kind, branch, rest, schema) if positive else _refused(kind, branch, rest, schema)

    def _spend(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise _OutOfWorkError

    def _list(self, branch: _Branch) -> Iterator[Json]:
        """Lists of one branch."""
        low, high = _sizes(branch, "minItems", "maxItems")
        if low > min(high, MAX_ITEMS):
            self._doubts = self._doubts or low <= high
            return
        all_ = _below(branch.holds, "items")
        wrong = [self._value(all_, (schema,)) for schema in _below(branch.fails, "items")]
        items = [item.value for item in wrong if isinstance(item, _Found)]
        if len(items) < len(wrong):
            return
        if len(items) > high:
            self._doubts = True  # one item may be wrong in several ways
            return
        filler = self._value(all_, ()) if len(items) < low else None
        if isinstance(filler, _Found):
            items += [filler.value] * (low - len(items))
        if len(items) >= low:
            yield tuple(items)

    def _object(self, branch: _Branch) -> Iterator[Json]:
        """Objects of one branch."""
        for wanted in self._wishes(branch):
            if not wanted.absent.isdisjoint(wanted.present):
                continue
            found: dict[str, Json] = {}
            for name in wanted.present:
                value = self._value(_of_name(branch, name), wanted.present[name])
                if not isinstance(value, _Found):
                    break
                found[name] = value.value
            else:
                yield found

    def _wishes(self, branch: _Branch) -> Iterator["_Wish"]:
        """What has to be there and what must not, one way after the other."""
        required = {name: () for _, schema in _with(branch.holds, "required") for name in _names(schema["required"])}
        todo = [(_Wish(dict(required), frozenset()), branch.fails)]
        mentioned = _mentioned(branch)
        while todo:
            self._spend()
            wish, waiting = todo.pop()
            if not waiting:
                yield wish
                continue
            (keyword, schema), rest = waiting[0], waiting[1:]
            todo += [(other, rest) for other in _ways(wish, keyword, schema, mentioned)]


class _Wish(NamedTuple):
    present: dict[str, Schemas]
    """Names that have to be there, each with the schemas that its value must not fit."""
    absent: frozenset[str]


def _ways(wish: _Wish, keyword: str, schema: Schema, mentioned: Sequence[str]) -> Iterator[_Wish]:
    """The ways in which an object fails a keyword."""
    match keyword:
        case "required":
            for name in _names(schema["required"]):
                yield wish._replace(absent=wish.absent | {name})
        case "properties":
            for name, below in _mapping(schema["properties"]).items():
                yield _with_wrong(wish, name, _schema(below))
        case "additionalProperties":
            named = _mapping(schema.get("properties", {}))
            operand = schema["additionalProperties"]
            if operand is True:
                return
            for name in mentioned:
                if name not in named:
                    yield _with_wrong(wish, name, None if operand is False else _schema(operand))


def _with_wrong(wish: _Wish, name: str, schema: Schema | None) -> _Wish:
    wrong = (*wish.present.get(name, ()), *(() if schema is None else (schema,)))
    return wish._replace(present={**wish.present, name: wrong})


def _of_name(branch: _Branch, name: str) -> Schemas:
    """Everything that has to hold of the value of a name."""
    found: list[Schema] = []
    for _, schema in _with(branch.holds, "properties"):
        named = _mapping(schema["properties"])
        if name in named:
            found.append(_schema(named[name]))
    for _, schema in _with(branch.holds, "additionalProperties"):
        operand = schema["additionalProperties"]
        if name not in _mapping(schema.get("properties", {})) and operand is not True:
            found.append({"enum": ()} if operand is False else _schema(operand))
    return tuple(found)


def _mentioned(branch: _Branch) -> tuple[str, ...]:
    """Every name that some keyword says something of, and one that none does."""
    names: dict[str, None] = {}
    for _, schema in (*branch.holds, *branch.fails):
        names.update(dict.fromkeys(_mapping(schema.get("properties", {}))))
        names.update(dict.fromkeys(_names(schema.get("required", ()))))
    fresh = "other"
    while fresh in names:
        fresh += "_"
    return (*names, fresh)


_ABOUT: Final = {
    "array": ("items", "minItems", "maxItems"),
    "object": ("required", "properties", "additionalProperties"),
}


def _taken(
    kind: str, branch: _Branch, rest: tuple[tuple[bool, Schema], ...], schema: Schema
) -> list[tuple[_Branch, tuple[tuple[bool, Schema], ...]]]:
    """The branches in which a value of a kind fits a schema."""
    if kind not in _kinds(schema):
        return []
    own = tuple((keyword, schema) for keyword in _ABOUT[kind] if keyword in schema)
    branch = branch._replace(holds=(*branch.holds, *own))
    every = tuple((True, inner) for inner in _several(schema, "allOf"))
    if "anyOf" not in schema:
        return [(branch, (*every, *rest))]
    return [(branch, ((True, inner), *every, *rest)) for inner in _several(schema, "anyOf")]


def _refused(
    kind: str, branch: _Branch, rest: tuple[tuple[bool, Schema], ...], schema: Schema
) -> list[tuple[_Branch, tuple[tuple[bool, Schema], ...]]]:
    """The branches in which a value of a kind does not fit a schema."""
    if kind not in _kinds(schema) or "enum" in schema or "const" in schema:
        return [(branch, rest)]  # a made value is no constant; where it happens to be one, the final check says so
    found = [
        (branch._replace(fails=(*branch.fails, (keyword, schema))), rest)
        for keyword in _ABOUT[kind]
        if keyword in schema
    ]
    found += [(branch, ((False, inner), *rest)) for inner in _several(schema, "allOf")]
    if "anyOf" in schema:
        found.append((branch, (*((False, inner) for inner in _several(schema, "anyOf")), *rest)))
    return found


def _kinds(schema: Schema) -> frozenset[str]:
    """The kinds of values that can fit, as far as the types say."""
    if "type" in schema:
        named = schema["type"]
        types = named if is_list(named) else (named,)
        return frozenset("number" if name == "integer" else str(name) for name in types)
    implied = [name for name, keywords in IMPLIED.items() if any(keyword in schema for keyword in keywords)]
    return frozenset(implied if len(implied) == 1 else () if implied else _KINDS)


def _sizes(branch: _Branch, least: str, most: str) -> tuple[int, int]:
    """The fewest and the most items."""
    low = [_size(schema[least]) for _, schema in _with(branch.holds, least)]
    low += [_size(schema[most]) + 1 for _, schema in _with(branch.fails, most)]
    high = [_size(schema[most]) for _, schema in _with(branch.holds, most)]
    high += [_size(schema[least]) - 1 for _, schema in _with(branch.fails, least)]
    return max(low, default=0), min(high, default=MAX_ITEMS * 10)


def _with(keywords: Sequence[tuple[str, Schema]], wanted: str) -> list[tuple[str, Schema]]:
    return [(keyword, schema) for keyword, schema in keywords if keyword == wanted]


def _below(keywords: Sequence[tuple[str, Schema]], wanted: str) -> Schemas:
    return tuple(_schema(schema[wanted]) for _, schema in _with(keywords, wanted))


def _several(schema: Schema, keyword: str) -> Schemas:
    several = schema.get(keyword, ())
    return tuple(map(_schema, several)) if is_list(several) else ()


def _first(values: Sequence[Json], fits: Callable[[Json], bool]) -> _Found | Nothing:
    return next((_Found(value) for value in values if fits(value)), Nothing.EMPTY)


def _tester(inside: Sequence[Schema], outside: Sequence[Schema]) -> Callable[[Json], bool]:
    satisfied, refused = [_checker(json_text(one)) for one in inside], [_checker(json_text(one)) for one in outside]
    return lambda value: not any(check(value, "") for check in satisfied) and all(check(value, "") for check in refused)


@lru_cache(maxsize=4096)
def _checker(text: str) -> Checker:
    return compile_schema(_schema(read_json(text, max_depth=MAX_DEPTH)))


def _schema(value: Json) -> Schema:
    return value if isinstance(value, Mapping) else {}


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}


def _names(value: Json) -> tuple[str, ...]:
    return tuple(name for name in value if isinstance(name, str)) if is_list(value) else ()


def _size(value: Json) -> int:
    return value if isinstance(value, int) else 0

"""Whether values fit the shapes of the service model: types, limits, patterns, choices, and one member of a union."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from bylaw.server.agentcore.model import Model, Shape
from bylaw.server.agentcore.refusals import Fault

MAX_FAULTS: Final = 20
MAX_DEPTH: Final = 40
_NUMBERS: Final = {"integer", "long", "float", "double"}
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "blob": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float, str),
}


def faults(model: Model, shape_name: str, values: object) -> tuple[Fault, ...]:
    """What is wrong with `values`, at most so many; members that the shape does not know are passed over, as the service does."""
    found = []
    for fault in _faults(model, model.shapes[shape_name], values, "", 0):
        found.append(fault)
        if len(found) == MAX_FAULTS:
            break
    return tuple(found)


def _faults(model: Model, shape: Shape, value: Any, path: str, depth: int) -> Iterator[Fault]:  # noqa: ANN401 - JSON
    if shape.is_document:
        return
    if depth > MAX_DEPTH:
        yield Fault(path, "nests too deeply")
    elif not _is_of(shape, value):
        yield Fault(path, f"has to be of type {shape.type}")
    elif shape.type == "structure":
        yield from _structure(model, shape, value, path, depth)
    elif shape.type == "list":
        yield from _sized(shape, len(value), "items", path)
        for number, item in enumerate(value):
            yield from _faults(model, model.shapes[shape.element], item, f"{path}.{number}".lstrip("."), depth + 1)
    elif shape.type == "map":
        yield from _sized(shape, len(value), "entries", path)
        for key, item in value.items():
            place = f"{path}.{key[:100]}".lstrip(".")
            yield from _faults(model, model.shapes[shape.key], key, place, depth + 1)
            yield from _faults(model, model.shapes[shape.element], item, place, depth + 1)
    elif shape.type == "string":
        yield from _string(shape, value, path)
    elif shape.type in _NUMBERS:
        yield from _sized(shape, value, "", path)


def _is_of(shape: Shape, value: object) -> bool:
    return isinstance(value, _TYPES[shape.type]) and not (isinstance(value, bool) and shape.type in _NUMBERS)


def _structure(model: Model, shape: Shape, value: Mapping[str, Any], path: str, depth: int) -> Iterator[Fault]:
    # Members of the request itself come by their names, everything inside them as it stands on the wire.
    keys = {name: member.wire_name if depth else name for name, member in shape.members.items()}
    present = {name: value[key] for name, key in keys.items() if value.get(key) is not None}
    for name in sorted(shape.required - present.keys()):
        yield Fault(f"{path}.{name}".lstrip("."), "is required")
    if shape.is_union and len(present) != 1:
        yield Fault(path, f"has to have exactly one of its members, not {len(present)}")
    for name, item in present.items():
        member = model.shapes[shape.members[name].shape]
        yield from _faults(model, member, item, f"{path}.{name}".lstrip("."), depth + 1)


def _string(shape: Shape, value: str, path: str) -> Iterator[Fault]:
    sized = list(_sized(shape, len(value), "characters", path))
    if sized:
        yield from sized
    elif shape.choices and value not in shape.choices:
        yield Fault(path, f"has to be one of {', '.join(sorted(shape.choices))}")
    elif shape.pattern is not None and shape.pattern.fullmatch(value) is None:
        yield Fault(path, f"has to match {shape.pattern.pattern}")
    elif "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
        yield Fault(path, "holds a character that is none")


def _sized(shape: Shape, size: float, unit: str, path: str) -> Iterator[Fault]:
    of = f" {unit}".rstrip()
    if shape.least is not None and size < shape.least:
        yield Fault(path, f"has to have at least {shape.least:g}{of}, not {size:g}")
    if shape.most is not None and size > shape.most:
        yield Fault(path, f"has to have at most {shape.most:g}{of}, not {size:g}")

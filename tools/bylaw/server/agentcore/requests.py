"""From an HTTP request to the members of an operation, checked against the service model; and from an answer back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from bylaw.server.agentcore.checking import faults
from bylaw.server.agentcore.model import Model, Operation, Shape
from bylaw.server.agentcore.refusals import CANNOT_PARSE, FIELDS, Fault, Refusal, invalid


@dataclass(frozen=True, slots=True)
class Call:
    """One operation with its members."""

    operation: Operation
    values: Mapping[str, Any]


def read_call(model: Model, method: str, path: str, query: str, body: bytes) -> Call:
    """Read one request; `path` is percent-encoded as it came.

    Raises:
        Refusal: there is no such operation, or its members are not as the model wants them.
    """
    found = model.find(method, path)
    if found is None:
        raise Refusal("ResourceNotFoundException", "There is no such operation")
    operation, labels = found
    shape = model.shapes[operation.input]
    values = {
        **_body(shape, body),
        **_query(model, shape, query),
        **{name: unquote(label) for name, label in labels.items()},
    }
    wrong = faults(model, operation.input, values)
    if wrong:
        told = "; ".join(f"{fault.name or 'request'} {fault.message}" for fault in wrong[:3])
        raise invalid(f"The request is not valid: {told}"[:1000], FIELDS, *wrong)
    return Call(operation, values)


def _body(shape: Shape, body: bytes) -> dict[str, Any]:
    names = {member.wire_name: name for name, member in shape.members.items() if member.place == "body"}
    if not names or not body:
        return {}
    try:
        document = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise invalid("The body is no JSON", CANNOT_PARSE) from None
    if not isinstance(document, dict):
        raise invalid("The body is no JSON object", CANNOT_PARSE)
    return {names[name]: value for name, value in document.items() if name in names and value is not None}


def _no_number(text: str) -> None:
    raise ValueError(text)


def _query(model: Model, shape: Shape, query: str) -> dict[str, Any]:
    names = {member.wire_name: name for name, member in shape.members.items() if member.place == "querystring"}
    values: dict[str, Any] = {}
    for key, text in parse_qsl(query, keep_blank_values=True, max_num_fields=200) if names and query else ():
        name = names.get(key)
        if name is None:
            continue
        kind = model.shapes[shape.members[name].shape].type
        if kind == "list":
            values.setdefault(name, []).append(text)
        else:
            values[name] = _number(name, text) if kind == "integer" else text
    return values


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.lstrip("-").isdigit() and len(text) < 10):
        raise invalid(f"{name} is no number", FIELDS, Fault(name, "has to be of type integer"))
    return int(text)


def projected(model: Model, shape_name: str, value: Any) -> Any:  # noqa: ANN401 - JSON
    """What of an answer the model has a name for; members that are not there are left out."""
    shape = model.shapes[shape_name]
    if shape.type == "structure" and not shape.is_document and isinstance(value, Mapping):
        # Our own members bear their names; what a caller gave is kept as it stood on the wire.
        found = {name: value.get(name, value.get(member.wire_name)) for name, member in shape.members.items()}
        return {
            member.wire_name: projected(model, member.shape, found[name])
            for name, member in shape.members.items()
            if found[name] is not None
        }
    if shape.type == "list" and isinstance(value, list):
        return [projected(model, shape.element, item) for item in value]
    return value

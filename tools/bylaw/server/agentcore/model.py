"""The service model that the face answers by: operations, and the shapes of what comes in and goes out.

`model.json` holds the facts of the model of `bedrock-agentcore-control`, API version 2023-06-05, as the AWS SDK carries it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a structure."""

    shape: str
    place: str = "body"
    """`body`, `uri`, `querystring` or `header`."""
    wire_name: str = ""


@dataclass(frozen=True)
class Shape:
    """One shape with its limits. `type` is the model's word: structure, list, map, string, integer, boolean, timestamp, …"""

    name: str
    type: str
    members: Mapping[str, Member] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    is_union: bool = False
    is_document: bool = False
    """Any JSON at all."""
    least: float | None = None
    most: float | None = None
    pattern: re.Pattern[str] | None = None
    choices: frozenset[str] = frozenset()
    element: str = ""
    """Of a list, or the values of a map."""
    key: str = ""


@dataclass(frozen=True)
class Operation:
    """One operation."""

    name: str
    method: str
    path: str
    status: int
    input: str
    output: str | None
    errors: Mapping[str, int]

    @cached_property
    def route(self) -> re.Pattern[str]:
        """Matches its path, still percent-encoded, so that an encoded slash is part of a label; with or without a last slash."""
        labels = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path.rstrip("/"))
        return re.compile(f"{labels}/?")


@dataclass(frozen=True)
class Model:
    """All of it."""

    operations: Mapping[str, Operation]
    shapes: Mapping[str, Shape]

    def find(self, method: str, path: str) -> tuple[Operation, Mapping[str, str]] | None:
        """The operation that a request asks for, with its labels as they stand in the path."""
        for operation in self.operations.values():
            found = operation.route.fullmatch(path) if operation.method == method else None
            if found is not None:
                return operation, found.groupdict()
        return None


@cache
def load_model() -> Model:
    """Read the model that is carried along."""
    raw = json.loads((resources.files(__package__) / "model.json").read_text(encoding="utf-8"))
    operations = {name: _operation(name, facts) for name, facts in raw["operations"].items()}
    return Model(operations, {name: _shape(name, facts) for name, facts in raw["shapes"].items()})


def _operation(name: str, facts: Mapping[str, Any]) -> Operation:
    return Operation(
        name, facts["method"], facts["path"], facts["status"], facts["input"], facts.get("output"), facts["errors"]
    )


def _shape(name: str, facts: Mapping[str, Any]) -> Shape:
    return Shape(
        name=name,
        type=facts["type"],
        members={
            member: Member(said["shape"], said.get("in", "body"), said.get("name", member))
            for member, said in facts.get("members", {}).items()
        },
        required=frozenset(facts.get("required", ())),
        is_union=facts.get("union", False),
        is_document=facts.get("document", False),
        least=facts.get("min"),
        most=facts.get("max"),
        pattern=re.compile(facts["pattern"], re.DOTALL) if "pattern" in facts else None,
        choices=frozenset(facts.get("enum", ())),
        element=facts.get("member") or facts.get("value", ""),
        key=facts.get("key", ""),
    )

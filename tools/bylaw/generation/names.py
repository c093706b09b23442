"""Names of the entity types that a schema needs besides principals and gateways.

A type of a choice is called `<action>_Input_<argument>_<member>`, as in the open generator of the Cedar project, as far as that is
an identifier. Where a character had to be replaced, or another tool or argument could spell the same name, a digest of the path
follows: a name never depends on other tools.
"""

import hashlib
import json
import re
from typing import NamedTuple

from bylaw.languages.cedar.schema import EntityDeclaration, EntityType, RecordType

_NOT_IN_NAMES = re.compile(r"[^0-9A-Za-z_]")
NULL = "Null"


class Place(NamedTuple):
    """An argument of a tool."""

    action: str
    path: tuple[str, ...] = ()

    def inside(self, name: str) -> "Place":
        """A member of it."""
        return Place(self.action, (*self.path, name))


class EntityTypes:
    """Hands out entity types, and declares each once."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self._owners: dict[str, Place] = {}
        self._declared: dict[str, EntityDeclaration] = {}

    @property
    def declarations(self) -> tuple[EntityDeclaration, ...]:
        """Every type that was handed out, by name."""
        return tuple(declaration for _, declaration in sorted(self._declared.items()))

    def null(self) -> EntityType:
        """The type of JSON's null."""
        return self._declare(NULL, None)

    def choice(self, place: Place, choices: tuple[str, ...]) -> EntityType:
        """The enumerated type of an argument."""
        name = _name(place)
        if self._owners.setdefault(name, place) != place:
            name = f"{name}_{_digest(place)}"
        return self._declare(name, choices)

    def _declare(self, name: str, choices: tuple[str, ...] | None) -> EntityType:
        full = f"{self._namespace}::{name}"
        self._declared[full] = EntityDeclaration(full, (), RecordType(()), None, choices)
        return EntityType(full)


def _name(place: Place) -> str:
    parts = (place.action, "Input", *place.path)
    safe = "_".join(_NOT_IN_NAMES.sub("_", part) for part in parts)
    if safe[:1].isdigit():
        safe = f"_{safe}"
    is_clear = safe == "_".join(parts) and safe.count("_Input_") == 1
    return safe if is_clear else f"{safe}_{_digest(place)}"


def _digest(place: Place) -> str:
    return hashlib.sha256(json.dumps(place).encode()).hexdigest()[:8]

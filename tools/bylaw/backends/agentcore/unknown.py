"""Settings of a gateway that the installed SDK does not know.

The SDK leaves out of an answer what its model has no name for. Writing such an answer back would erase those settings, so they are
looked for in the bytes of the answer, before the SDK parses it.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Final

EVENT: Final = "before-parse.bedrock-agentcore-control.GetGateway"


class UnknownSettings(AbstractContextManager[list[str]]):
    """Inside it, a gateway read with the client adds the settings nobody knows to the list, as paths."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401 - the SDK makes its clients at run time
        self._events = client.meta.events
        self._found: list[str] = []

    def __enter__(self) -> list[str]:
        self._found = []
        self._events.register(EVENT, self._look)
        return self._found

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._events.unregister(EVENT, self._look)

    def _look(self, operation_model: Any, response_dict: Mapping[str, Any], **_: object) -> None:  # noqa: ANN401
        if response_dict.get("status_code", 500) < 300:
            self._found.extend(unknown_members(operation_model.output_shape, json.loads(response_dict["body"])))


def unknown_members(shape: Any, value: object, path: str = "") -> Iterator[str]:  # noqa: ANN401
    """Paths of the members of `value` that `shape` of the service model has no name for."""
    if shape.type_name == "structure" and isinstance(value, Mapping) and not getattr(shape, "is_document_type", False):
        known = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        for name, item in value.items():
            if name not in known:
                yield f"{path}{name}"[:200]
            else:
                yield from unknown_members(known[name], item, f"{path}{name}.")
    elif shape.type_name == "list" and isinstance(value, list):
        for number, item in enumerate(value):
            yield from unknown_members(shape.member, item, f"{path}{number}.")
    elif shape.type_name == "map" and isinstance(value, Mapping):
        for name, item in value.items():
            yield from unknown_members(shape.value, item, f"{path}{name}.")

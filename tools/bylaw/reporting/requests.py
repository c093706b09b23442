"""A request with its entities, as rows for people and as JSON in the engine's own forms."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.text import Text

from bylaw.analysis.smt.extraction import Concrete
from bylaw.evaluation.interface import Json as Data
from bylaw.evaluation.values import Reading
from bylaw.reporting.hostile import visible
from bylaw.reporting.json_v1 import Json, JsonObject


def request_rows(concrete: Concrete, reads: Iterable[Reading]) -> Iterator[tuple[str, str]]:
    """A request as names and values: who asks, and what the policies look at."""
    request, entities = concrete
    parents = {entity.uid: entity.parents for entity in entities}
    for role, uid in (("principal", request.principal), ("action", request.action), ("resource", request.resource)):
        above = "".join(f", in {parent}" for parent in parents.get(uid, ()))
        yield role, f"{uid}{above}"
    for reading in reads:
        if reading.path not in {"principal", "action", "resource"}:
            yield reading.path, "(absent)" if reading.value is None else reading.value


def rows_text(rows: Iterable[tuple[str, str]], indent: int = 6) -> Text:
    """Names and values in two columns."""
    known = list(rows)
    width = max(len(visible(name)) for name, _ in known)
    text = Text()
    for name, value in known:
        text.append(f"{' ' * indent}{visible(name):<{width}}  ", style="dim").append(f"{visible(value)}\n")
    return text


def concrete_json(concrete: Concrete) -> JsonObject:
    """A request and its entities, in the engine's own forms."""
    request, entities = concrete
    return {
        "request": {
            "principal": str(request.principal),
            "action": str(request.action),
            "resource": str(request.resource),
            "context": _plain(request.context),
        },
        "entities": [
            {
                "uid": {"type": entity.uid.type, "id": entity.uid.id},
                "attrs": _plain(entity.attributes),
                "tags": _plain(entity.tags),
                "parents": [{"type": uid.type, "id": uid.id} for uid in entity.parents],
            }
            for entity in entities
        ],
    }


def _plain(value: Data) -> Json:
    """Data of a request as JSON."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, Sequence) and not isinstance(value, str) else value

"""Concrete documents for a reading of terms: entity stores, and the values of extension types."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from ipaddress import ip_interface
from typing import Any, Final, Self

from bylaw.evaluation.interface import EntityData
from bylaw.model.identifiers import EntityUid

ABSENT: Final = object()
"""A field that is not there."""
UNASKED: Final = object()
"""A field of something that is not there itself."""

_DAYS_OF_400_YEARS = 146_097
_EPOCH = date(1970, 1, 1).toordinal()
_UNITS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
_DATETIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d{3}))?(?:Z|([+-]\d\d)(\d\d)))?",
)
_AMOUNT = re.compile(r"(\d+)(ms|[dhms])")


class Store:
    """An entity store, from Cedar entity JSON."""

    def __init__(self, text: str) -> None:
        self.documents: Mapping[EntityUid, Mapping[str, Any]] = {uid_of(d["uid"]): d for d in json.loads(text)}

    @classmethod
    def of(cls, entities: Iterable[EntityData]) -> Self:
        """The store of typed entities."""
        documents = [
            {
                "uid": entity.uid._asdict(),
                "attrs": entity.attributes,
                "tags": entity.tags,
                "parents": [parent._asdict() for parent in entity.parents],
            }
            for entity in entities
        ]
        return cls(json.dumps(documents))

    def part(self, uid: EntityUid, name: str) -> Any:
        """The `attrs` or `tags` of an entity; absent where the store lacks it."""
        document = self.documents.get(uid)
        return ABSENT if document is None else document.get(name, {})

    def ancestors(self, uid: EntityUid) -> frozenset[EntityUid]:
        """Everything properly above `uid`, through the entities that are there."""
        seen: set[EntityUid] = set()
        todo = [uid]
        while todo:
            parents = map(uid_of, self.documents.get(todo.pop(), {}).get("parents", ()))
            fresh = [parent for parent in parents if parent not in seen]
            seen.update(fresh)
            todo += fresh
        return frozenset(seen)


def field(document: Any, name: str) -> Any:
    """The field of a record that may be absent itself."""
    return UNASKED if document is ABSENT or document is UNASKED else document.get(name, ABSENT)


def uid_of(document: Mapping[str, Any]) -> EntityUid:
    """An entity reference in either of its forms."""
    inner = document.get("__entity", document)
    return EntityUid(inner["type"], inner["id"])


def extension_of(document: Any, extension: str) -> int:
    """A decimal in ten-thousandths, a datetime or duration in milliseconds; `offset` calls are added up."""
    if isinstance(document, str):
        return _READERS[extension](document)
    call = document.get("__extn", document)
    if call["fn"] == "offset":
        start, by = call["args"]
        return extension_of(start, "datetime") + extension_of(by, "duration")
    return _READERS[call["fn"]](call["arg"])


def address_of(document: Any) -> tuple[bool, int, int]:
    """Family (whether it is IPv6), address in the upper bits of 128, prefix."""
    found = ip_interface(document if isinstance(document, str) else document.get("__extn", document)["arg"])
    return found.version == 6, int(found.ip) << (128 - found.max_prefixlen), found.network.prefixlen


def _decimal(text: str) -> int:
    return int(Decimal(text).scaleb(4))


def _datetime(text: str) -> int:
    found = _DATETIME.fullmatch(text)
    assert found is not None, text
    year, month, day, hours, minutes, seconds, milliseconds, hours_ahead, minutes_ahead = found.groups(default="0")
    cycles, year_of_cycle = divmod(int(year), 400)
    # Python has no year 0, so the day is taken in years 400 to 799: the calendar repeats.
    ordinal = date(year_of_cycle + 400, int(month), int(day)).toordinal() + (cycles - 1) * _DAYS_OF_400_YEARS
    ahead = int(hours_ahead) * 60 + int(hours_ahead[0] + minutes_ahead if hours_ahead != "0" else 0)
    whole = (((ordinal - _EPOCH) * 24 + int(hours)) * 60 + int(minutes) - ahead) * 60 + int(seconds)
    return whole * 1000 + int(milliseconds)


def _duration(text: str) -> int:
    amount = sum(int(number) * _UNITS[unit] for number, unit in _AMOUNT.findall(text))
    return -amount if text.startswith("-") else amount


_READERS = {"decimal": _decimal, "datetime": _datetime, "duration": _duration}

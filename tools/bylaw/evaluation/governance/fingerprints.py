"""What identifies the arguments of a call."""

import json
from collections.abc import Collection, Mapping
from decimal import Decimal
from hashlib import sha256

from bylaw.model.exact import Json


def arguments_hash(arguments: Mapping[str, Json], without: Collection[str] = ()) -> str:
    """SHA-256 in hex, the same for equal arguments: numbers by value, objects whatever the order of their keys."""
    kept = {name: value for name, value in arguments.items() if name not in without} if without else arguments
    return sha256(_canonical(kept).encode()).hexdigest()


def upstream_hash(arguments: Mapping[str, object], without: Collection[str] = ()) -> str:
    """What the original compares: the JSON text, in which 1 and 1.0 differ. `arguments` are plain values."""
    kept = {name: value for name, value in arguments.items() if name not in without}
    return sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def plain(value: Json) -> object:
    """A value as the original holds it: binary floating point, dictionaries and lists."""
    match value:
        case Decimal():
            return float(value)
        case Mapping():
            return {name: plain(inner) for name, inner in value.items()}
        case None | bool() | int() | str():
            return value
        case _:
            return [plain(inner) for inner in value]


def number_text(value: Decimal) -> str:
    """A number in plain digits, the same however it was written."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _canonical(value: Json) -> str:
    match value:
        case None | bool() | str():
            return json.dumps(value)
        case int():
            return str(value)
        case Decimal():
            return number_text(value)
        case Mapping():
            inner = ",".join(f"{json.dumps(name)}:{_canonical(value[name])}" for name in sorted(value))
            return f"{{{inner}}}"
        case _:
            return f"[{','.join(map(_canonical, value))}]"

"""Differences of the files beside policies, as the values that changed in them rather than as lines."""

import json
from collections.abc import Iterator

from bylaw.diff.edits import Edit
from bylaw.repository.yaml_reader import Plain, read_yaml

MAX_EDITS = 50
"""Beyond this a file counts as rewritten: the edits no longer help a reader."""


def file_edits(path: str, before: str, after: str) -> tuple[Edit, ...]:
    """What differs between two versions of a file; empty where it is of no form we can take apart."""
    old, new = _parse(path, before), _parse(path, after)
    edits = tuple(_walk((), old, new))
    return edits if len(edits) <= MAX_EDITS else ()


def _parse(path: str, text: str) -> Plain:
    if path.endswith(".json"):
        try:
            value: Plain = json.loads(text)
        except (ValueError, RecursionError):
            return None
        return value
    if path.endswith((".yaml", ".yml")):
        file, _ = read_yaml(text, path)
        return file.plain if file else None
    return None


def _walk(route: tuple[str, ...], old: Plain, new: Plain) -> Iterator[Edit]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            yield from _entry(route, key, old, new)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _items(route, old, new)
    else:
        yield Edit(".".join(route), _show(old), _show(new))


def _entry(route: tuple[str, ...], key: str, old: dict[str, Plain], new: dict[str, Plain]) -> Iterator[Edit]:
    if key not in old:
        yield Edit(".".join((*route, key)), None, _show(new[key]))
    elif key not in new:
        yield Edit(".".join((*route, key)), _show(old[key]), None)
    else:
        yield from _walk((*route, key), old[key], new[key])


def _items(route: tuple[str, ...], old: list[Plain], new: list[Plain]) -> Iterator[Edit]:
    """Lists are compared as bags: in these files order has no meaning."""
    rest = list(old)
    for item in new:
        if item in rest:
            rest.remove(item)
        else:
            yield Edit(".".join(route), None, _show(item))
    for item in rest:
        yield Edit(".".join(route), _show(item), None)


def _show(value: Plain) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

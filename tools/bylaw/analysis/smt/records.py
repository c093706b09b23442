"""Frozen values as JSON and back, by the types of their fields: dataclasses, named tuples, tuples, texts, numbers, truth values."""

from dataclasses import fields, is_dataclass
from typing import Any, NewType, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


def plain(value: Any) -> Any:  # noqa: ANN401 - of any record
    """What `json.dumps` takes."""
    if is_dataclass(value):
        return [plain(getattr(value, field.name)) for field in fields(value)]
    return [plain(item) for item in value] if isinstance(value, tuple) else value


def built(type_: type[T], data: Any) -> T:  # noqa: ANN401 - as JSON gives it
    """The inverse of `plain`.

    Raises:
        TypeError, ValueError: it is no such thing.
    """
    found: Any = _built(type_, data)
    return found  # type: ignore[no-any-return]


def _built(type_: Any, data: Any) -> Any:  # noqa: ANN401
    while isinstance(type_, NewType):
        type_ = type_.__supertype__
    if get_origin(type_) is tuple:
        return tuple(_built(get_args(type_)[0], item) for item in data)
    if is_dataclass(type_) or issubclass(type_, tuple):
        hints = get_type_hints(type_)
        return type_(*(_built(hint, item) for hint, item in zip(hints.values(), data, strict=True)))
    if type(data) is not type_:
        raise TypeError(f"{data!r} is no {type_.__name__}")
    return data

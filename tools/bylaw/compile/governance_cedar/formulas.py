"""Conditions of Cedar under construction: texts, and those that are settled before anything is written."""

from collections.abc import Sequence
from typing import TypeAlias

from bylaw.languages.cedar.escapes import quote
from bylaw.languages.cedar.expressions import is_identifier

Formula: TypeAlias = str | bool
"""An expression of Cedar, or what it always is."""


class InexpressibleError(Exception):
    """Something that Cedar cannot say; `reason` is a sentence without a capital and without an end."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def both(*parts: Formula) -> Formula:
    """Whether all of them hold."""
    if False in parts:
        return False
    return _joined(" && ", [part for part in parts if isinstance(part, str)], empty=True)


def either(*parts: Formula) -> Formula:
    """Whether any of them holds."""
    if True in parts:
        return True
    return _joined(" || ", [part for part in parts if isinstance(part, str)], empty=False)


def _joined(sign: str, parts: list[str], *, empty: bool) -> Formula:
    if not parts:
        return empty
    return parts[0] if len(parts) == 1 else sign.join(f"({part})" for part in parts)


def one_of(value: str, literals: Sequence[str]) -> Formula:
    """Whether a value is among some."""
    if len(literals) > 1:
        return f"[{', '.join(literals)}].contains({value})"
    return f"{value} == {literals[0]}" if literals else False


def where_present(record: str, name: str, formula: Formula) -> Formula:
    """What has to hold of an attribute that may be absent; absent, nothing has to."""
    if formula is True:
        return True
    present = has(record, name)
    return f"!({present})" if formula is False else f"if {present} then {formula} else true"


def has(record: str, name: str) -> str:
    """Whether a record has an attribute."""
    return f"{record} has {name if is_identifier(name) else quote(name)}"


def attribute(record: str, name: str) -> str:
    """An attribute of a record."""
    return f"{record}.{name}" if is_identifier(name) else f"{record}[{quote(name)}]"

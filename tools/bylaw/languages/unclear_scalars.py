"""Scalars of a YAML document that not every reader reads alike, for formats that other readers read too."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from bylaw.model.diagnostics import Diagnostic
from bylaw.model.spans import Span
from bylaw.repository.yaml_reader import Mapping, Node, Scalar, Sequence, YamlFile

MAX_DIGITS: Final = 15
"""Significant digits of a number with a fraction that every reader keeps."""
_YAML_1_1: Final = frozenset({"yes", "no", "on", "off", "y", "n"})


def unclear_scalars(file: YamlFile) -> Iterator[Diagnostic]:
    """Plain scalars that another YAML reads otherwise, and numbers that not every reader keeps."""
    lines = file.text.split("\n")
    todo: list[Node] = [file.root]
    while todo:
        match todo.pop():
            case Mapping(items):
                todo += (value for _, value in items)
            case Sequence(items):
                todo += items
            case Scalar(value, span):
                yield from _scalar(value, span, _source(lines, span))


def _source(lines: list[str], span: Span) -> str:
    """The text of a scalar of one line."""
    if span.start.line != span.end.line:
        return ""
    return lines[span.start.line - 1][span.start.column - 1 : span.end.column - 1]


def _scalar(value: object, span: Span, source: str) -> Iterator[Diagnostic]:
    quoted = source[:1] in {'"', "'"}
    if isinstance(value, str) and not quoted and _is_ambiguous(source):
        message = f"`{source}` is something else to YAML 1.1, which other readers of this file speak"
        yield Diagnostic("ambiguous-scalar", message, span, "write it in quotes")
    if isinstance(value, float) and len(Decimal(source or repr(value)).as_tuple().digits) > MAX_DIGITS:
        message = f"`{source}` has more than {MAX_DIGITS} digits, which not every reader keeps"
        yield Diagnostic("imprecise-number", message, span, "write fewer digits, or a string")


def _is_ambiguous(source: str) -> bool:
    """Whether a plain scalar is a truth value or a number of base 60 in YAML 1.1 (https://yaml.org/type/)."""
    if source.lower() in _YAML_1_1:
        return True
    parts = source.lstrip("+-").split(":")
    return len(parts) > 1 and all(part.isdecimal() for part in parts) and all(int(part) < 60 for part in parts[1:])

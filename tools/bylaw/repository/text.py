"""Bytes to text: what every file of a policy repository must be before anybody parses it."""

from bylaw.model.diagnostics import Diagnostic
from bylaw.model.spans import LineIndex, Position, Span, whole_file

MAX_FILE_BYTES = 1 << 20
"""No file of a policy repository is near this; one that is, is an attack or an accident."""


def too_large(path: str, size: int) -> Diagnostic:
    """The diagnostic for a file over the limit."""
    return Diagnostic(
        "file-too-large",
        f"`{path}` has {size:,} bytes, limit {MAX_FILE_BYTES:,}",
        whole_file(path),
        "split the file, or move what is not policy out of the repository",
    )


def decode(data: bytes, path: str) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """The text of a file, or why it cannot be read: size, encoding, byte order mark, NUL, carriage return."""
    if len(data) > MAX_FILE_BYTES:
        return None, (too_large(path, len(data)),)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        at = LineIndex(before).position(len(before))
        message = f"`{path}` is not UTF-8: byte 0x{data[error.start]:02x}"
        return None, (Diagnostic("not-utf-8", message, _at(path, at), "save the file as UTF-8"),)
    problem = _forbidden_character(text, path)
    return (None, (problem,)) if problem else (text, ())


def _forbidden_character(text: str, path: str) -> Diagnostic | None:
    if text.startswith("\ufeff"):
        return Diagnostic(
            "byte-order-mark",
            f"`{path}` starts with a byte order mark",
            whole_file(path),
            "save the file as UTF-8 without it",
        )
    for character, code, name, remedy in (
        ("\0", "nul-character", "a NUL character", "remove it"),
        (
            "\r",
            "carriage-return",
            "a carriage return",
            "save the file with LF line ends (`git config core.autocrlf input`)",
        ),
    ):
        offset = text.find(character)
        if offset >= 0:
            at = LineIndex(text).position(offset)
            return Diagnostic(code, f"`{path}` holds {name}", _at(path, at), remedy)
    return None


def _at(path: str, position: Position) -> Span:
    return Span(path, position, Position(position.line, position.column + 1))

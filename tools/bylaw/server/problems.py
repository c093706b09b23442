"""Every way in which a request fails, and what the answer says: `{"detail": …}`, a string, or a list for invalid input."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bylaw.backends.interface import BackendAmbiguousError, BackendNotReadyError, BackendTransientError
from bylaw.model.errors import BylawError, ConflictError, UsageError

MAX_ECHO: Final = 200
"""Characters of the caller's input that an answer repeats."""

Fault = dict[str, Any]
"""One entry of a list-shaped `detail`: `type`, `loc`, `msg`, `input`, sometimes `ctx`."""


class HttpProblemError(Exception):
    """A request that ends with an answer other than success."""

    def __init__(self, status: int, detail: str | list[Fault], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})


def missing(what: str) -> HttpProblemError:
    """Say that something does not exist."""
    return HttpProblemError(404, f"{what} not found")


def conflict(detail: str) -> HttpProblemError:
    """Say that something is in the way."""
    return HttpProblemError(409, detail)


def invalid(
    kind: str,
    loc: Sequence[str | int],
    message: str,
    given: object = None,
    context: Mapping[str, str | int] | None = None,
) -> HttpProblemError:
    """Say what is wrong with one part of the input."""
    return HttpProblemError(422, [fault(kind, loc, message, given, context)])


def fault(
    kind: str,
    loc: Sequence[str | int],
    message: str,
    given: object = None,
    context: Mapping[str, str | int] | None = None,
) -> Fault:
    """Make one entry of a list-shaped `detail`."""
    entry: Fault = {"type": kind, "loc": list(map(_place, loc)), "msg": clean(message), "input": echo(given)}
    if context:
        entry["ctx"] = dict(context)
    return entry


def faults(errors: Sequence[Any], *, before: tuple[str, ...] = ()) -> list[Fault]:
    """Turn what pydantic complains about into entries; at most fifty of them."""
    return [
        fault(str(error["type"]), (*before, *error["loc"]), str(error["msg"]), error.get("input"))
        for error in errors[:50]
    ]


def echo(given: object) -> object:
    """Repeat scalars, shortened; of anything else only say what it is. What is repeated can always be written as JSON."""
    match given:
        case bool() | None:
            return given
        case int():
            return given if abs(given) < 2**53 else "a large number"
        case str():
            return clean(given)
        case float():
            return str(given)
        case _:
            return f"({type(given).__name__})"


def clean(text: str) -> str:
    """Cut a text, and write what JSON could not hold as escapes."""
    return text[:MAX_ECHO].encode("utf-8", "backslashreplace").decode()


def of_error(error: BylawError) -> HttpProblemError:
    """Sort one of our own errors."""
    message = clean(error.message)
    match error:
        case ConflictError():
            return conflict(message)
        case BackendTransientError() | BackendNotReadyError() | BackendAmbiguousError():
            return HttpProblemError(503, f"Service unavailable: {message}", {"Retry-After": "1"})
        case UsageError():
            return HttpProblemError(400, message)
        case _:
            return HttpProblemError(503, f"Service unavailable: {message}")


def _place(part: object) -> str | int:
    return part if isinstance(part, int) else clean(str(part))

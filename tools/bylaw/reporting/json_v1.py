"""The machine-readable report, version 1: one envelope, one encoder for each type of result.

    {"command": "lint", "exit_code": 5, "format": "bylaw/1", "ok": false, "outcomes": [...], "problems": {...}, "tool": {...}}

The structs of the format are written out here and in the encoders; internal values are never dumped. Keys may be added in
version 1, never changed or removed. A result type is added by one `Encoder` in `bylaw.reporting.json_registry`.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeAlias, TypeVar

from bylaw.model.errors import InternalError
from bylaw.model.exit_codes import ExitCode, worst
from bylaw.model.spans import Span
from bylaw.reporting.problem import Problem, count

FORMAT: Final = "bylaw/1"

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = dict[str, Json]

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Encoder(Generic[_Result]):
    """How results of one type are written, and under which key of the envelope."""

    key: str
    type: type[_Result]
    encode: Callable[[_Result], Json]


Registry: TypeAlias = tuple[Encoder[Any], ...]
"""Explicit, in one place; each type and each key once."""


@dataclass(frozen=True, slots=True)
class Run:
    """What every report says of its run."""

    command: str
    version: str
    exit_codes: tuple[ExitCode, ...] = ()
    """Every outcome of the run; the worst is the exit code of the process."""


def render(run: Run, results: Iterable[object], registry: Registry) -> str:
    """The report as text: sorted keys, ASCII, ends with a line break.

    Args:
        run: The frame.
        results: At most one value for each encoder.
        registry: The encoders.

    Raises:
        InternalError: A result has no encoder, or two results share one.
    """
    code = worst(list(run.exit_codes))
    document: JsonObject = {
        "format": FORMAT,
        "command": run.command,
        "ok": code in {ExitCode.OK, ExitCode.CHANGES_EXIST},
        "exit_code": int(code),
        "outcomes": [outcome_json(item) for item in sorted(set(run.exit_codes))],
        "tool": {"name": "bylaw", "version": run.version},
    }
    for result in results:
        encoder = _encoder_of(result, registry)
        if encoder.key in document:
            raise InternalError(f"two results of one report are encoded as `{encoder.key}`")
        document[encoder.key] = encoder.encode(result)
    return dump(document)


def _encoder_of(result: object, registry: Registry) -> Encoder[Any]:
    for encoder in registry:
        if type(result) is encoder.type:
            return encoder
    raise InternalError(f"no JSON encoder is registered for `{type(result).__name__}`")


def dump(document: Json) -> str:
    """JSON as we print it. No workflow command can start in it, not even the form that counts anywhere in a line."""
    text = json.dumps(document, ensure_ascii=True, sort_keys=True, indent=2, allow_nan=False)
    return text.replace("##[", "##\\u005b") + "\n"  # such a sequence only occurs inside strings


def outcome_json(code: ExitCode) -> Json:
    """An exit code by number and name."""
    return {"code": int(code), "name": code.name.lower().replace("_", "-")}


def span_json(span: Span | None) -> Json:
    """A place, or null. Lines and columns are 1-based, the end is exclusive."""
    if span is None:
        return None
    return {
        "path": span.path,
        "start": {"line": span.start.line, "column": span.start.column},
        "end": {"line": span.end.line, "column": span.end.column},
    }


def problem_json(problem: Problem) -> Json:
    """One problem; every key is always there."""
    return {
        "code": problem.code,
        "severity": str(problem.severity),
        "message": problem.message,
        "span": span_json(problem.span),
        "help": problem.help,
        "url": problem.url,
        "policy": str(problem.policy) if problem.policy else None,
        "fingerprint": problem.fingerprint,
        "suppressed": problem.suppressed_reason,
        "baselined": problem.baselined,
    }


@dataclass(frozen=True, slots=True)
class ProblemList:
    """The problems of one run, in any order."""

    problems: tuple[Problem, ...]


def problem_list_json(result: ProblemList) -> Json:
    """The problems in order of place, with their counts."""
    counts = count(result.problems)
    return {
        "counts": {
            "errors": counts.errors,
            "warnings": counts.warnings,
            "notes": counts.notes,
            "suppressed": counts.suppressed,
            "baselined": counts.baselined,
        },
        "items": [problem_json(row) for row in sorted(result.problems, key=lambda row: row.sort_key)],
    }

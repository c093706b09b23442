"""What a GitHub workflow is told: annotations, step summary, sticky comment, step outputs.

Everything here is text to be written by the caller: commands to the log, Markdown to the file named by `GITHUB_STEP_SUMMARY`,
outputs to the one named by `GITHUB_OUTPUT`. The limits are lower than the forge's, which drops what is over them without a word.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from bylaw.model.diagnostics import Severity
from bylaw.model.errors import InternalError
from bylaw.model.identifiers import is_segment
from bylaw.model.spans import Span
from bylaw.reporting.hostile import code_span, command_message, command_property, output_entry, stop_commands
from bylaw.reporting.problem import Problem, amount
from bylaw.reporting.sections import DEFAULT_ELSEWHERE, Section, assemble

MAX_PER_LEVEL: Final = 10
"""The forge keeps ten errors and ten warnings of a step."""
SUMMARY_BYTES: Final = 900 * 1024
COMMENT_CHARACTERS: Final = 60_000

_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}

InDiff = Callable[[Span], bool]
"""Whether a place is among the lines that the pull request changes."""


def _anywhere(_: Span) -> bool:
    return False


def log(
    human: str,
    problems: Iterable[Problem],
    token: str,
    *,
    in_diff: InDiff = _anywhere,
    elsewhere: str = "the text above",
) -> str:
    """The log of a step: text for people first, with commands switched off, then the annotations.

    Args:
        human: Plain text, without colour.
        problems: What to annotate.
        token: 128 random bits in hex, used once.
        in_diff: Prefers places that the reader of the pull request sees.
        elsewhere: Where the problems without an annotation are listed; ours.
    """
    return stop_commands(human, token) + annotations(problems, in_diff=in_diff, elsewhere=elsewhere)


def annotations(problems: Iterable[Problem], *, in_diff: InDiff = _anywhere, elsewhere: str = "the text above") -> str:
    """At most ten of each level, worst first, then those in the diff; the last line says how many are missing, and where."""
    active = [problem for problem in problems if problem.active]
    active.sort(key=lambda row: (row.severity.rank, not (row.span is not None and in_diff(row.span)), row.sort_key))
    kept = [row for _, group in groupby(active, lambda row: row.severity) for row in list(group)[:MAX_PER_LEVEL]]
    lines = [annotation(row) for row in kept]
    if missing := len(active) - len(kept):
        lines.append(f"{amount(missing, 'more problem')} without annotation: see {elsewhere}")
    return "".join(f"{line}\n" for line in lines)


def annotation(problem: Problem) -> str:
    """One workflow command, on one line."""
    properties = _place(problem.span) if problem.span else []
    properties.append(("title", problem.code))
    text = "; ".join(part for part in (problem.message, problem.help) if part)
    if problem.url:
        text = f"{text} ({problem.url})"
    rendered = ",".join(f"{key}={command_property(value)}" for key, value in properties)
    return f"::{_LEVELS[problem.severity]} {rendered}::{command_message(text.replace(chr(10), ' '))}"


def _place(span: Span) -> list[tuple[str, str]]:
    # An end before the first character of a line means the line above; the forge shows columns on one line only.
    last = span.end.line - 1 if span.end.column == 1 and span.end.line > span.start.line else span.end.line
    place = [("file", span.path), ("line", str(span.start.line)), ("endLine", str(last))]
    if last == span.start.line:
        place.append(("col", str(span.start.column)))
        if span.end.line == span.start.line:
            place.append(("endColumn", str(max(span.start.column, span.end.column - 1))))
    return place


def summary(sections: Iterable[Section], *, elsewhere: str = DEFAULT_ELSEWHERE) -> str:
    """The step summary, cut by priority to 900 KiB."""
    return assemble(sections, limit=SUMMARY_BYTES, elsewhere=elsewhere)


@dataclass(frozen=True, slots=True)
class CommentAbout:
    """What a sticky comment is about: enough to tell whether it is out of date."""

    kind: str
    """`checks`, `plan`, `drift`: one comment for each kind and target."""
    commit: str
    base: str
    when: str
    """As RFC 3339, from the injected clock."""
    target: str = ""
    plan_hash: str = ""
    run_url: str = ""
    """Ours, from the workflow's own variables."""


def marker(kind: str, target: str = "") -> str:
    """The first line of a sticky comment; found together with the author, never alone.

    Raises:
        InternalError: `kind` or `target` is not a name, and could end the marker.
    """
    if not is_segment(kind) or (target and not is_segment(target)):
        raise InternalError("a comment is marked with names only")
    return f"<!-- bylaw:{kind}:{target} -->"


def comment(about: CommentAbout, sections: Iterable[Section], *, elsewhere: str = DEFAULT_ELSEWHERE) -> str:
    """The body of the sticky comment, cut by priority to 60,000 characters."""
    head = [marker(about.kind, about.target), _about_line(about), "", ""]
    opening = "\n".join(head)
    return opening + assemble(sections, limit=COMMENT_CHARACTERS - len(opening), measure=len, elsewhere=elsewhere)


def _about_line(about: CommentAbout) -> str:
    parts = [f"Commit {code_span(about.commit)} against {code_span(about.base)}"]
    parts += [f"plan {code_span(about.plan_hash)}"] if about.plan_hash else []
    parts += [code_span(about.when)]
    parts += [f"[run]({about.run_url})"] if about.run_url.startswith("https://") and ")" not in about.run_url else []
    return ", ".join(parts) + "."


def outputs(values: Mapping[str, str], delimiter: str) -> str:
    """The outputs of a step, sorted by name; no value can add one. `delimiter` is 128 random bits in hex."""
    return "".join(output_entry(key, values[key], delimiter) for key in sorted(values))

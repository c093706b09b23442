"""What a verb shows, in whatever format was asked for. Verbs say *what*; this module knows where it goes."""

import os
import secrets
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bylaw import __version__
from bylaw.cli.terminal import colourful
from bylaw.model.errors import UsageError
from bylaw.model.exit_codes import ExitCode, worst
from bylaw.reporting.problem import Problem

if TYPE_CHECKING:
    from rich.text import Text

    from bylaw.reporting.sections import Section

F = TypeVar("F", bound=Callable[..., Any])

FORMATS = ("text", "json", "markdown", "github", "sarif")


@dataclass(frozen=True)
class Report:
    """Everything one run has to say. What a format does not use is never made: text, sections and results are functions."""

    command: str
    exit_codes: tuple[ExitCode, ...] = ()
    problems: tuple[Problem, ...] = ()
    text: "Callable[[], Text] | None" = None
    """What stands below the problems."""
    sections: "Callable[[], Iterable[Section]] | None" = None
    results: Callable[[], Iterable[object]] | None = None
    """Values that the JSON registry has an encoder for."""
    outputs: Mapping[str, str] = field(default_factory=dict)
    """Step outputs in a workflow."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """File texts for excerpts, by path."""
    category: str | None = None
    """Of a SARIF upload that must not replace the one of the other verbs; none: they share one."""

    @property
    def exit_code(self) -> ExitCode:
        """The one code that stands for all."""
        return worst(list(self.exit_codes))


def format_options(*formats: str) -> Callable[[F], F]:
    """The options `--format` and `--output`."""

    def decorate(command: F) -> F:
        chosen = click.option(
            "--format", "format_", type=click.Choice(formats), default="text", show_default=True, help="How to report."
        )
        place = click.option("--output", metavar="FILE", default="-", help="Where to report; `-` is standard output.")
        return chosen(place(command))

    return decorate


def show(report: Report, format_: str, output: str = "-") -> int:
    """Print `report`; returns the exit code."""
    if format_ == "text" and output == "-" and colourful():
        _print(report)
    else:
        _write(_rendered(report, format_), output)
    if format_ == "github":
        _tell_workflow(report)
    return report.exit_code


def _print(report: Report) -> None:
    if not report.problems and report.text is None:
        return
    from bylaw.cli.console import console  # noqa: PLC0415 - rich's console only for terminals
    from bylaw.reporting.text import print_problems  # noqa: PLC0415

    out = console()
    print_problems(out, report.problems, report.sources)
    if report.text is not None:
        text = report.text()
        text.rstrip()
        out.print(text, soft_wrap=True)


def _rendered(report: Report, format_: str) -> str:
    match format_:
        case "json":
            return _json(report)
        case "sarif":
            return _sarif(report)
        case "markdown":
            return _markdown(report)
        case "github":
            from bylaw.reporting.github import log  # noqa: PLC0415 - only in workflows

            return log(_plain(report), report.problems, secrets.token_hex(16))
        case _:
            return _plain(report)


def _plain(report: Report) -> str:
    text = ""
    if report.problems:
        from bylaw.reporting.text import problems_text  # noqa: PLC0415 - rich only when there is something to show

        text = problems_text(report.problems, report.sources.get).plain
    return text + (f"{report.text().plain.rstrip()}\n" if report.text is not None else "")


def _json(report: Report) -> str:
    from bylaw.reporting.json_registry import REGISTRY  # noqa: PLC0415 - start-up time of the other formats
    from bylaw.reporting.json_v1 import ProblemList, Run, render  # noqa: PLC0415

    results = [ProblemList(report.problems), *(report.results() if report.results else ())]
    return render(Run(report.command, __version__, report.exit_codes), results, REGISTRY)


def _sarif(report: Report) -> str:
    from bylaw.analysis.registry import REGISTRY  # noqa: PLC0415 - start-up time of the other formats
    from bylaw.reporting.lint_rules import sarif_rule  # noqa: PLC0415
    from bylaw.reporting.sarif import WHOLE_REPOSITORY, SarifRun, render  # noqa: PLC0415

    rules = tuple(sarif_rule(rule) for rule in REGISTRY)
    category = report.category or WHOLE_REPOSITORY
    return render([SarifRun(report.problems, rules, category, exit_code=report.exit_code)], __version__)


def _sections(report: Report) -> "list[Section]":
    from bylaw.reporting.markdown import findings, verdict  # noqa: PLC0415 - start-up time of the other formats

    ok = report.exit_code in {ExitCode.OK, ExitCode.CHANGES_EXIST}
    own = list(report.sections()) if report.sections else []
    problems = [findings(report.problems, "problem")] if report.problems else []
    return [verdict(ok=ok, text=f"bylaw {report.command}"), *own, *problems]


def _markdown(report: Report) -> str:
    from bylaw.reporting.sections import assemble  # noqa: PLC0415 - start-up time of the other formats

    return assemble(_sections(report))


def _write(text: str, output: str) -> None:
    if output == "-":
        sys.stdout.write(text)
    else:
        write_file(output, text)


def write_file(place: str, text: str) -> None:
    """Write a file that was asked for by name.

    Raises:
        UsageError: it cannot be written there.
    """
    try:
        Path(place).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"cannot write `{place}`: {error.strerror}", help="name a file that can be written") from error


def _tell_workflow(report: Report) -> None:
    """Step summary and outputs; a failure to write them never changes the exit code."""
    from bylaw.reporting.github import outputs, summary  # noqa: PLC0415 - only in workflows

    active = str(sum(problem.active for problem in report.problems))
    _append("GITHUB_STEP_SUMMARY", lambda: summary(_sections(report)))
    _append("GITHUB_OUTPUT", lambda: outputs({"findings": active, **report.outputs}, secrets.token_hex(16)))


def _append(variable: str, text: Callable[[], str]) -> None:
    place = os.environ.get(variable)
    if not place:
        return
    try:
        with Path(place).open("a", encoding="utf-8") as file:
            file.write(text())
    except OSError as error:
        sys.stderr.write(f"cannot write `{variable}`: {error.strerror}\n")

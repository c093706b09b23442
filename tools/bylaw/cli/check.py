"""`bylaw check`: what is known to be clean is left out here; `bylaw.cli.checking` checks the rest, and is loaded only for that."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from bylaw.cli.options import apps_argument, fail_on_option
from bylaw.cli.output import Report, format_options, show
from bylaw.cli.session import Session
from bylaw.model.exit_codes import ExitCode
from bylaw.model.identifiers import AppId
from bylaw.repository.layout import load_repository
from bylaw.repository.trees import Snapshot

if TYPE_CHECKING:
    from rich.text import Text

    from bylaw.pipeline.clean import Clean, CleanRecords


@click.command("check")
@apps_argument
@fail_on_option
@format_options("text", "json", "markdown", "github", "sarif")
@click.option("--exit-zero", is_flag=True, help="Exit 0 whatever was found; for uploads that judge for themselves.")
@click.option("--no-cache", is_flag=True, help="Check apps again that were found clean today and are unchanged.")
@click.pass_obj
def command(
    session: Session,
    /,
    apps: tuple[str, ...],
    fail_on: str | None,
    format_: str,
    output: str,
    exit_zero: bool,
    no_cache: bool,
) -> int:
    """Format, validate, lint, test and compile, in one pass.

    Looks at the working tree. APP restricts the check to some apps. As text, an app that was found clean today and is
    unchanged is not checked again; the other formats, which workflows use, check everything.
    """
    repository, problems = load_repository(Snapshot(session.disk))
    records = _records(session) if format_ == "text" and not no_cache and not len(problems) else None
    clean = records.find(repository, apps) if records else {}
    left = (set(apps) or set(repository.by_id)) - clean.keys()
    if clean and not left:
        return show(Report("check", text=lambda: _text(clean)), format_, output)
    from bylaw.cli.checking import check_apps  # noqa: PLC0415 - every language, rule and compiler

    found, report = check_apps(session, repository, problems, left, fail_on, clean)
    if records:
        records.keep(repository, found)
    code = show(report, format_, output)
    return ExitCode.OK if exit_zero else code


def _records(session: Session) -> "CleanRecords | None":
    from bylaw.cli.caching import clean_records  # noqa: PLC0415 - only where records are asked for

    return clean_records(session)


def _text(clean: "Mapping[AppId, Clean]") -> "Text":
    from rich.text import Text  # noqa: PLC0415 - only when text is written

    from bylaw.reporting.problem import amount  # noqa: PLC0415

    policies, bundles, cases = (sum(counts) for counts in zip(*clean.values(), strict=True))
    text = Text(f"{amount(policies, 'policy')} in {amount(len(clean), 'app')}, {amount(bundles, 'bundle')}. ")
    text.append(f"{amount(cases, 'case')} passed", style="bold green").append(". ")
    text.append("0 findings.", style="bold green")
    return text.append(" Unchanged since found clean.", style="dim")

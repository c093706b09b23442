"""`bylaw eval`."""

import json
from typing import TYPE_CHECKING

import click

from bylaw.cli.options import workspace_of
from bylaw.cli.output import Report, format_options, show
from bylaw.cli.session import Session
from bylaw.evaluation.interface import Json
from bylaw.model.decisions import Decision
from bylaw.model.errors import UsageError
from bylaw.model.exit_codes import ExitCode
from bylaw.pipeline.evaluating import Evaluated, evaluate

if TYPE_CHECKING:
    from rich.text import Text


@click.command("eval")
@click.argument("app")
@click.option("--principal", required=True, metavar='TYPE::"ID"')
@click.option("--action", required=True, metavar='TYPE::"ID"')
@click.option("--resource", required=True, metavar='TYPE::"ID"')
@click.option("--context", default="{}", metavar="JSON")
@click.option(
    "--entities", default="[]", metavar="JSON", help="Entities beside the stable ones of the app, as Cedar JSON."
)
@click.option("--expect", type=click.Choice(["allow", "deny"]), help="Exit 4 if the decision is another.")
@format_options("text", "json")
@click.pass_obj
def command(session: Session, /, app: str, format_: str, output: str, expect: str | None, **request: str) -> int:
    """Decide one request against the policies of APP in the working tree, and say why."""
    workspace = workspace_of(session, (app,)).demand()
    found = evaluate(
        workspace.programs[workspace.apps[0].id],
        principal=request["principal"],
        action=request["action"],
        resource=request["resource"],
        context=_json(request["context"], "--context"),
        entities=_json(request["entities"], "--entities"),
    )
    wrong = expect is not None and found.answer.decision is not Decision(expect)
    report = Report(
        command="eval",
        exit_codes=(ExitCode.TESTS_FAILED,) if wrong else (),
        text=lambda: _text(found),
        results=lambda: [found.answer],
    )
    return show(report, format_, output)


def _json(text: str, option: str) -> Json:
    try:
        value: Json = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"`{option}` is not JSON", help='write it like `{"input": {"amount": 20}}`') from error
    return value


def _text(found: Evaluated) -> "Text":
    from rich.text import Text  # noqa: PLC0415 - only when text is written

    allowed = found.answer.decision is Decision.ALLOW
    text = Text(f"{found.answer.decision}\n", style="bold green" if allowed else "bold red")
    for line in found.lines:
        text.append(f"{line}\n")
    return text

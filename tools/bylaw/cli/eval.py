"""`bylaw eval`."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from bylaw.cli.options import workspace_of
from bylaw.cli.output import Report, format_options, show
from bylaw.cli.session import Session
from bylaw.evaluation.interface import Json
from bylaw.languages.cedar.program import CedarProgram
from bylaw.languages.governance.program import GovernanceProgram
from bylaw.languages.http_rules.program import RulesProgram
from bylaw.model.decisions import Decision
from bylaw.model.errors import UsageError
from bylaw.model.exit_codes import ExitCode
from bylaw.pipeline.evaluating import Evaluated, evaluate

if TYPE_CHECKING:
    from rich.text import Text

    from bylaw.languages.interface import Program


@click.command("eval")
@click.argument("app")
@click.option("--principal", metavar='TYPE::"ID"', help="With `--action` and `--resource`, of an app in Cedar.")
@click.option("--action", metavar='TYPE::"ID"')
@click.option("--resource", metavar='TYPE::"ID"')
@click.option("--context", default="{}", metavar="JSON")
@click.option(
    "--entities", default="[]", metavar="JSON", help="Entities beside the stable ones of the app, as Cedar JSON."
)
@click.option("--agent", metavar="NAME", help="Whose request, in an app of another language.")
@click.option("--request", metavar="JSON", help="The request, as cases of the app's language write it.")
@click.option(
    "--expect", type=click.Choice([str(decision) for decision in Decision]), help="Exit 4 if the decision is another."
)
@format_options("text", "json")
@click.pass_obj
def command(session: Session, /, app: str, format_: str, output: str, expect: str | None, **request: str | None) -> int:
    """Decide one request against the policies of APP in the working tree, and say why."""
    workspace = workspace_of(session, (app,)).demand()
    found = _evaluated(workspace.programs[workspace.apps[0].id], request)
    wrong = expect is not None and found.answer.decision is not Decision(expect)
    report = Report(
        command="eval",
        exit_codes=(ExitCode.TESTS_FAILED,) if wrong else (),
        text=lambda: _text(found),
        results=lambda: [found.answer],
    )
    return show(report, format_, output)


def _evaluated(program: "Program", request: Mapping[str, str | None]) -> Evaluated:
    match program:
        case CedarProgram():
            return evaluate(
                program,
                principal=_given(request, "principal"),
                action=_given(request, "action"),
                resource=_given(request, "resource"),
                context=_json(request["context"] or "{}", "--context"),
                entities=_json(request["entities"] or "[]", "--entities"),
            )
        case GovernanceProgram():
            from bylaw.pipeline.evaluating_governance import evaluate_governance  # noqa: PLC0415

            return evaluate_governance(program, request["agent"], _json(_given(request, "request"), "--request"))
        case RulesProgram():
            from bylaw.pipeline.evaluating_rules import evaluate_rules  # noqa: PLC0415 - what other languages do not need

            return evaluate_rules(program, request["agent"], _json(_given(request, "request"), "--request"))


def _given(request: Mapping[str, str | None], name: str) -> str:
    value = request[name]
    if value is None:
        raise UsageError(f"`--{name}` is missing", help="`bylaw eval --help` says which options each language takes")
    return value


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

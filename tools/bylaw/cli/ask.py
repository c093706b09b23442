"""`bylaw ask`."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from bylaw.cli.options import workspace_of
from bylaw.cli.output import Report, format_options, show
from bylaw.cli.session import Session
from bylaw.model.errors import UsageError
from bylaw.model.exit_codes import ExitCode

if TYPE_CHECKING:
    from rich.text import Text

    from bylaw.pipeline.workspace import Workspace
    from bylaw.reporting.asking import Replies
    from bylaw.reporting.asking_rules import RulesReplies


@click.command("ask")
@click.argument("question")
@click.argument("apps", nargs=-1, metavar="[APP]...")
@click.option("--open-world", is_flag=True, help="Let entities be missing from the store.")
@click.option("--timeout-seconds", type=click.FloatRange(min=0), default=120, show_default=True, help="For all proofs.")
@click.option("--expect", type=click.Choice(["some", "never"]), help="Exit 4 if the answer is another.")
@format_options("text", "json")
@click.pass_obj
def command(
    session: Session,
    /,
    question: str,
    apps: tuple[str, ...],
    open_world: bool,
    timeout_seconds: float,
    expect: str | None,
    format_: str,
    output: str,
) -> int:
    r"""Ask what the policies allow, of all requests there could be.

    \b
    who can ACTION [on RESOURCE] [with CONDITION]
    what can PRINCIPAL do [on RESOURCE] [with CONDITION]
    can PRINCIPAL do ACTION [on RESOURCE] [with CONDITION]
    who can send METHOD [to URL]
    what can AGENT send [to URL]
    can AGENT send METHOD [to URL]

    A principal or resource is an entity, `in` a group, a type, or … for any; the condition is Cedar. The last three forms are for
    `http-rules` apps; a URL is a pattern as in a rule. The answer is proved, and what is allowed is shown with a request that was
    run on the engine.
    """
    from bylaw.pipeline.asking_rules import is_about_requests  # noqa: PLC0415 - what an answer needs is loaded when it is asked

    workspace = workspace_of(session, apps).demand()
    ask = _rules if is_about_requests(question) else _cedar
    replies, text = ask(workspace, question, timeout_seconds, open_world=open_world)
    wrong = expect is not None and (replies.found is not (expect == "some") or not (replies.found or replies.settled))
    report = Report(
        command="ask",
        exit_codes=(ExitCode.TESTS_FAILED,) if wrong else (),
        text=text,
        results=lambda: [replies],
    )
    return show(report, format_, output)


def _cedar(
    workspace: "Workspace", question: str, seconds: float, *, open_world: bool
) -> "tuple[Replies, Callable[[], Text]]":
    from bylaw.pipeline.asking import answers  # noqa: PLC0415
    from bylaw.pipeline.proving import proving  # noqa: PLC0415
    from bylaw.reporting.asking import replies_text  # noqa: PLC0415

    started = time.monotonic()
    options = proving(lambda: time.monotonic() - started, seconds=seconds, open_world=open_world)
    replies = answers(workspace.cedar, question, options)
    return replies, lambda: replies_text(replies)


def _rules(
    workspace: "Workspace", question: str, *_: float, open_world: bool
) -> "tuple[RulesReplies, Callable[[], Text]]":
    from bylaw.languages.http_rules.program import RulesProgram  # noqa: PLC0415
    from bylaw.pipeline.asking_rules import rules_answers  # noqa: PLC0415
    from bylaw.reporting.asking_rules import rules_replies_text  # noqa: PLC0415

    if open_world:
        raise UsageError("`--open-world` is about entities, which requests do not have", help="leave it out")
    programs = [program for program in workspace.programs.values() if isinstance(program, RulesProgram)]
    replies = rules_answers(programs, question)
    return replies, lambda: rules_replies_text(replies)

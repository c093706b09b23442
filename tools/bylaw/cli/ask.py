"""`bylaw ask`."""

import time

import click

from bylaw.cli.options import workspace_of
from bylaw.cli.output import Report, format_options, show
from bylaw.cli.session import Session
from bylaw.model.exit_codes import ExitCode


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

    A principal or resource is an entity, `in` a group, a type, or … for any; the condition is Cedar. The answer is proved, and what
    is allowed is shown with a request that was run on the Cedar engine.
    """
    from bylaw.pipeline.asking import answers  # noqa: PLC0415 - what a solver needs is loaded only where it is asked
    from bylaw.pipeline.proving import proving  # noqa: PLC0415
    from bylaw.reporting.asking import replies_text  # noqa: PLC0415

    started = time.monotonic()
    workspace = workspace_of(session, apps).demand()
    options = proving(lambda: time.monotonic() - started, seconds=timeout_seconds, open_world=open_world)
    replies = answers(workspace.programs, question, options)
    wrong = expect is not None and (replies.found is not (expect == "some") or not (replies.found or replies.settled))
    report = Report(
        command="ask",
        exit_codes=(ExitCode.TESTS_FAILED,) if wrong else (),
        text=lambda: replies_text(replies),
        results=lambda: [replies],
    )
    return show(report, format_, output)

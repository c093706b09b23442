"""The command group. A verb is a line here and a module beside this one; only the module of the verb that runs is imported."""

from importlib import import_module
from typing import NamedTuple

import click

from bylaw import __version__
from bylaw.cli.errors import guarded


class Verb(NamedTuple):
    """Where a verb lives, and its line in `bylaw --help`."""

    place: str
    help: str


VERBS: dict[str, Verb] = {
    "check": Verb("check", "format, validate, lint, test and compile everything, in one pass"),
    "fmt": Verb("fmt", "write policies in the house style"),
    "validate": Verb("validate", "check policies and entities against their schema"),
    "lint": Verb("lint", "look for policies that do not do what they seem to"),
    "analyze": Verb("analyze", "prove with a solver what policies can and cannot do"),
    "test": Verb("test", "run the suites; coverage and mutation score"),
    "eval": Verb("eval", "decide one request and say why"),
    "ask": Verb("ask", "what the policies allow, of all requests there could be"),
    "effective": Verb("effective", "what is in force for one agent, and where each part comes from"),
    "exceptions": Verb("exceptions", "exceptions from policies: open, expiring, over"),
    "diff": Verb("diff", "what changed between two commits, and what that newly allows"),
    "compile": Verb("compile", "write the bundle of each app and target"),
    "plan": Verb("plan", "what an apply would change on a target; writes nothing"),
    "apply": Verb("apply", "carry out a saved plan"),
    "reconcile": Verb("reconcile", "bring targets to what the commit says, once or in a loop"),
    "rollout": Verb("rollout", "where policies are on their way into force"),
    "drift": Verb("drift", "what was changed on a target outside of git"),
    "history": Verb("history", "the deployed versions of a policy"),
    "rollback": Verb("rollback", "commit an earlier state of an app or policy"),
    "import": Verb("import_", "bring a target's existing policies into git and adopt them"),
    "schema": Verb("schema", "make a schema from the tools of a gateway, and see what a change of tools breaks"),
    "serve": Verb("serve", "the policy store over HTTP: the Policy API and AgentCore's control plane"),
    "doctor": Verb("doctor", "whether targets can be reached, read and written, and what to fix"),
    "suspend": Verb("suspend", "stop writes to a target for a while"),
    "resume": Verb("resume", "lift a suspension"),
    "unlock": Verb("unlock", "break the lease of a reconciler that died"),
    "init": Verb("init", "start a policy repository"),
    "new": Verb("new", "add an app, a policy, a suite or a rule"),
    "completion": Verb("completion", "print the completion script of a shell"),
}


class LazyGroup(click.Group):
    """Imports the module of a verb when the verb is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's interface
        """Verbs in the order in which a change meets them."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's interface
        """Import the verb `cmd_name`."""
        verb = VERBS.get(cmd_name)
        if verb is None:
            return None
        command = import_module(f"bylaw.cli.{verb.place}").command
        assert isinstance(command, click.Command)  # noqa: S101 - narrows what import_module cannot tell
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest verb when there is none of that name."""
        if args and not args[0].startswith("-") and args[0] not in VERBS:
            from difflib import get_close_matches  # noqa: PLC0415 - only on this path

            near = get_close_matches(args[0], VERBS, n=1)
            help_ = f"did you mean `bylaw {near[0]}`?" if near else "`bylaw --help` lists the commands"
            ctx.fail(f"no command `{args[0]}`; {help_}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's interface
        """List the verbs without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, verb.help) for name, verb in VERBS.items()])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110, "auto_envvar_prefix": "BYLAW"},
    epilog="Exit codes: 0 ok, 2 usage, 3 invalid input, 4 tests, 5 findings, 6 changes exist, 7 unsafe plan, 8 conflict, "
    "9 partial apply, 10 verification, 1 our bug.",
)
@click.version_option(__version__, message="bylaw %(version)s")
@click.option("--root", metavar="DIR", default=".", show_default=True, help="The policy repository.")
@click.pass_context
def application(ctx: click.Context, root: str) -> None:
    """GitOps for the policies that bound AI agents."""
    from bylaw.cli.session import Session  # noqa: PLC0415 - start-up time of `--help`

    ctx.obj = Session.start(root)


def run() -> int:
    """Run the command line; returns the exit code."""
    return guarded(lambda: application.main(standalone_mode=False, prog_name="bylaw"))

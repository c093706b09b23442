"""`bylaw lint`."""

import sys
from functools import partial

import click

from bylaw.analysis.configuration import explain
from bylaw.analysis.finding import Persona
from bylaw.analysis.fixes import fix_policies
from bylaw.cli.baselines import rewrite_baseline
from bylaw.cli.options import Sources, apps_argument, fail_on_option, problems_of, workspace_of
from bylaw.cli.output import Report, format_options, show
from bylaw.cli.session import Session
from bylaw.languages.cedar.validate import policy_problems
from bylaw.model.diagnostics import Severity
from bylaw.model.errors import UsageError
from bylaw.model.exit_codes import ExitCode
from bylaw.pipeline.linting import app_contexts, lint_workspace, rule_configs
from bylaw.pipeline.workspace import Workspace
from bylaw.reporting.problem import from_finding
from bylaw.reporting.text import headline_text


@click.command("lint")
@apps_argument
@fail_on_option
@format_options("text", "json", "markdown", "github", "sarif")
@click.option("--fix", is_flag=True, help="Write the fixes that keep every decision; checked when they are made.")
@click.option("--unsafe", is_flag=True, help="With --fix: also fixes whose meaning a person must check.")
@click.option("--allow-dirty", is_flag=True, help="With --fix: write even where there are uncommitted changes.")
@click.option("--write-baseline", is_flag=True, help="Accept every finding there is now.")
@click.option("--prune-baseline", is_flag=True, help="Drop baseline entries that nothing matches any more.")
@click.option("--persona", type=click.Choice([p.value for p in Persona]), default="regular", show_default=True)
@click.option("--explain-config", is_flag=True, help="Print level and origin of each rule, and stop.")
@click.option("--exit-zero", is_flag=True, help="Exit 0 whatever was found.")
@click.pass_obj
def command(
    session: Session, /, apps: tuple[str, ...], fail_on: str | None, format_: str, output: str, **flags: object
) -> int:
    """Look for policies that do not do what they seem to.

    Every rule has a page under docs/rules. A finding is suppressed with a reason: `// bylaw: allow <rule> -- <reason>`.
    """
    workspace = workspace_of(session, apps)
    if flags["explain_config"]:
        return _explain(workspace)
    if flags["fix"]:
        _fix(session, workspace, unsafe=bool(flags["unsafe"]), allow_dirty=bool(flags["allow_dirty"]))
        workspace = workspace_of(session, apps)
    run = lint_workspace(workspace, session.now.date(), persona=Persona(str(flags["persona"])))
    if flags["write_baseline"] or flags["prune_baseline"]:
        return rewrite_baseline(session, workspace, run, pruned=bool(flags["prune_baseline"]))
    level = Severity(fail_on or workspace.settings.lint.fail_on)
    broken = (*workspace.diagnostics, *run.diagnostics)
    codes = [ExitCode.FINDINGS] if run.report.failing(level) else []
    codes += [ExitCode.INVALID_INPUT] if any(item.severity is Severity.ERROR for item in broken) else []
    problems = (*problems_of(broken), *(from_finding(finding) for finding in run.report.findings))
    report = Report(
        command="lint",
        exit_codes=tuple(codes),
        problems=problems,
        text=lambda: headline_text(problems, "finding"),
        sources=Sources(workspace),
    )
    code = show(report, format_, output)
    return ExitCode.OK if flags["exit_zero"] else code


def _explain(workspace: Workspace) -> int:
    configs, _ = rule_configs(workspace)
    width = max(len(config.rule.id) for config in configs)
    for rule, level, source in explain(configs):
        sys.stdout.write(f"{rule:<{width}}  {level:<8} {source}\n")
    return ExitCode.OK


def _fix(session: Session, workspace: Workspace, *, unsafe: bool, allow_dirty: bool) -> None:
    if not allow_dirty and not session.git.is_clean(["policies"]):
        raise UsageError("`policies/` has uncommitted changes", help="commit them first, or pass `--allow-dirty`")
    configs, _ = rule_configs(workspace)
    for context in app_contexts(workspace, session.now.date()):
        schema = context.program.schema
        results = fix_policies(
            context.program.policies,
            context.facts,
            configs,
            unsafe=unsafe,
            problems_of=partial(policy_problems, schema=schema),
        )
        for result in results:
            if result.applied:
                path = session.root / result.policy.path
                path.write_text(result.policy.text, encoding="utf-8", newline="\n")
            for hit in result.applied:
                sys.stderr.write(f"fixed {hit.span}: {hit.rule}\n")
            for withheld in result.withheld:
                sys.stderr.write(f"not fixed {withheld.hit.span}: {withheld.hit.rule}: {withheld.why}\n")

"""`bylaw new`."""

import sys
from collections.abc import Mapping

import click

from bylaw.cli.session import Session
from bylaw.model.errors import UsageError
from bylaw.model.exit_codes import ExitCode
from bylaw.model.identifiers import AppId, PolicyRef, is_policy_id, is_segment
from bylaw.pipeline.scaffold import NEW_APPS, NEW_POLICIES, app_files, policy_file, rule_files, suite_file
from bylaw.repository.layout import load_repository


@click.group("new")
def command() -> None:
    """Add an app, a policy, a suite or a rule: files that are complete but for what only you know."""


@command.command("app")
@click.argument("app")
@click.option("--owner", default="team", show_default=True)
@click.option("--language", type=click.Choice(sorted(NEW_APPS)), default="cedar", show_default=True)
@click.pass_obj
def app_command(session: Session, /, app: str, owner: str, language: str) -> int:
    """Add an app, with what its language needs beside it."""
    if not is_segment(app):
        raise UsageError(f"`{app}` cannot name an app", help="use lower-case words joined by hyphens")
    return _write(session, app_files(app, owner, language))


@command.command("policy")
@click.argument("policy", metavar="APP/AREA/NAME")
@click.option("--effect", type=click.Choice(["permit", "forbid"]), default="forbid", help="In Cedar.")
@click.option("--owner", default="team", show_default=True)
@click.pass_obj
def policy_command(session: Session, /, policy: str, effect: str, owner: str) -> int:
    """Add a policy in the language of its app: it does nothing until you write what only you know."""
    try:
        ref = PolicyRef.parse(policy)
    except ValueError as error:
        raise UsageError(
            f"`{policy}` cannot name a policy", help="write it as `app/area/name`, lower-case with hyphens"
        ) from error
    language = _language(session, str(ref.app))
    return _write(session, dict([policy_file(ref, language, effect, owner)]))


@command.command("suite")
@click.argument("suite", metavar="APP/NAME")
@click.pass_obj
def suite_command(session: Session, /, suite: str) -> int:
    """Add a suite."""
    app, _, name = suite.partition("/")
    if not (is_segment(app) and is_policy_id(name)):
        raise UsageError(f"`{suite}` cannot name a suite", help="write it as `app/name`, lower-case with hyphens")
    return _write(session, dict([suite_file(app, name, _language(session, app))]))


@command.command("rule")
@click.argument("rule", metavar="AREA/RULE-ID")
@click.pass_obj
def rule_command(session: Session, /, rule: str) -> int:
    """Add a lint rule to bylaw itself: the rule and its cases."""
    area, _, rule_id = rule.partition("/")
    if not (is_segment(area) and is_segment(rule_id)):
        raise UsageError(f"`{rule}` cannot name a rule", help="write it as `area/rule-id`")
    code = _write(session, rule_files(rule_id, area, session.now.date().isoformat()))
    sys.stdout.write("register it in `tools/bylaw/analysis/registry.py`, then run `make generate`\n")
    return code


def _language(session: Session, app: str) -> str:
    """The language of an app that has to be there."""
    found = load_repository(session.disk)[0].by_id.get(AppId(app))
    if found is None or found.document.language not in NEW_POLICIES:
        raise UsageError(f"no app `{app}` that can be read", help=f"`bylaw new app {app}` makes one")
    return found.document.language


def _write(session: Session, files: Mapping[str, str]) -> int:
    taken = [path for path in files if (session.root / path).exists()]
    if taken:
        raise UsageError(f"`{taken[0]}` exists", help="choose another name")
    for path, text in files.items():
        place = session.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8", newline="\n")
        sys.stdout.write(f"wrote {path}\n")
    return ExitCode.OK

"""Arguments and options that several verbs share, and what they need of a workspace."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from bylaw.cli.session import Session
from bylaw.model.diagnostics import Severity

if TYPE_CHECKING:
    from bylaw.model.diagnostics import Diagnostic
    from bylaw.pipeline.workspace import Workspace
    from bylaw.reporting.problem import Problem

apps_argument = click.argument("apps", nargs=-1, metavar="[APP]...")

fail_on_option = click.option(
    "--fail-on",
    type=click.Choice([level.value for level in Severity]),
    help="The mildest finding that fails the run; default: `lint.fail_on` of bylaw.yaml.",
)

target_option = click.option(
    "--target", "targets", multiple=True, metavar="TARGET", help="Only this target; may be repeated."
)


def workspace_of(session: Session, apps: Iterable[str] = ()) -> "Workspace":
    """The working tree, read."""
    from bylaw.pipeline.workspace import open_workspace  # noqa: PLC0415 - start-up time of verbs that need no language

    return open_workspace(session.disk, apps)


def problems_of(diagnostics: "Iterable[Diagnostic]") -> "tuple[Problem, ...]":
    """Diagnostics as renderers take them."""
    from bylaw.reporting.problem import from_diagnostic  # noqa: PLC0415 - start-up time of runs without a problem

    return tuple(from_diagnostic(item) for item in diagnostics)


class Sources(dict[str, str]):
    """File texts for excerpts, read when a renderer asks."""

    def __init__(self, workspace: "Workspace") -> None:
        super().__init__()
        self._tree = workspace.repository.tree

    def get(self, path: str, default: str | None = None) -> str | None:  # type: ignore[override] # a reader, not a store
        """The text at `path`; the default where it cannot be read."""
        from bylaw.repository.layout import read_text  # noqa: PLC0415 - only with problems

        text, _ = read_text(self._tree, path)
        return default if text is None else text

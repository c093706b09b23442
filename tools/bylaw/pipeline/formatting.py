"""The house style over a workspace: which files are not in it, and what they would be."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import PurePosixPath

from bylaw.languages.registry import LANGUAGES
from bylaw.model.diagnostics import Diagnostic, Severity
from bylaw.model.spans import whole_file
from bylaw.pipeline.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Reformatted:
    """A file that is not in the house style."""

    path: str
    before: str
    after: str

    @property
    def diff(self) -> str:
        """What formatting changes, as a unified diff."""
        lines = unified_diff(
            self.before.splitlines(keepends=True),
            self.after.splitlines(keepends=True),
            self.path,
            f"{self.path} (formatted)",
        )
        return "".join(line if line.endswith("\n") else f"{line}\n\\ no newline at end of file\n" for line in lines)


def reformat(workspace: Workspace, only: Iterable[str] = ()) -> Iterator[Reformatted]:
    """Every policy file that formatting would change; `only` names files and folders (none: all)."""
    wanted = [PurePosixPath(path) for path in only]
    for app in workspace.apps:
        language = LANGUAGES[app.document.language]
        for policy in workspace.programs[app.id].policies:
            if wanted and not any(PurePosixPath(policy.path).is_relative_to(path) for path in wanted):
                continue
            formatted = language.format(policy.text, policy.path)
            if formatted.text is not None and formatted.text != policy.text:
                yield Reformatted(policy.path, policy.text, formatted.text)


def unformatted(workspace: Workspace) -> Iterator[Diagnostic]:
    """A diagnostic for each file that is not in the house style."""
    for app in workspace.apps:
        language = LANGUAGES[app.document.language]
        for policy in workspace.programs[app.id].policies:
            if not language.is_formatted(policy.text):
                message = f"`{policy.path}` is not in the house style"
                yield Diagnostic("unformatted", message, whole_file(policy.path), "run `bylaw fmt`", Severity.WARNING)

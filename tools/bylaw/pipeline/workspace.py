"""A source tree read once: settings, apps, programs. Every verb starts here, so that nothing is parsed twice."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from bylaw.languages.cedar.program import CedarProgram
from bylaw.languages.interface import Program
from bylaw.languages.registry import LANGUAGES
from bylaw.model.diagnostics import Diagnostic, Diagnostics
from bylaw.model.errors import InvalidInputError, UsageError
from bylaw.model.identifiers import AppId
from bylaw.repository.documents.settings import Settings
from bylaw.repository.interface import SourceTree
from bylaw.repository.layout import App, PolicyRepository, load_repository


@dataclass(frozen=True)
class Workspace:
    """Apps with their programs, and everything that was wrong while reading them."""

    repository: PolicyRepository
    programs: Mapping[AppId, Program]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def settings(self) -> Settings:
        """The settings of the tree."""
        return self.repository.settings

    @property
    def apps(self) -> tuple[App, ...]:
        """The apps that have a program, sorted."""
        return tuple(app for app in self.repository.apps if app.id in self.programs)

    @cached_property
    def cedar(self) -> Mapping[AppId, CedarProgram]:
        """The programs of the apps in Cedar: what only that language has is asked of these."""
        return {app: program for app, program in self.programs.items() if isinstance(program, CedarProgram)}

    @property
    def cedar_apps(self) -> tuple[App, ...]:
        """The apps in Cedar, sorted."""
        return tuple(app for app in self.apps if app.id in self.cedar)

    def cedar_program(self, app: App) -> CedarProgram:
        """The program of an app in Cedar.

        Raises:
            UsageError: it is in another language.
        """
        program = self.cedar.get(app.id)
        if program is None:
            known = ", ".join(self.cedar)
            raise UsageError(f"the app `{app.id}` is not in Cedar", help=f"apps in Cedar: {known or 'none'}")
        return program

    def demand(self) -> "Workspace":
        """Return this workspace, if nothing was wrong.

        Raises:
            InvalidInputError: something was.
        """
        errors = Diagnostics(self.diagnostics)
        if errors.has_errors:
            raise InvalidInputError(errors)
        return self


def open_workspace(tree: SourceTree, only: Iterable[str] = ()) -> Workspace:
    """Read `tree`; `only` names the apps to read (none: all).

    Raises:
        UsageError: there is no app of one of the names in `only`.
    """
    return read_programs(*load_repository(tree), only)


def read_programs(repository: PolicyRepository, problems: Diagnostics, only: Iterable[str] = ()) -> Workspace:
    """Read the apps of a repository that is loaded already.

    Raises:
        UsageError: there is no app of one of the names in `only`.
    """
    wanted = set(only) or {app.id for app in repository.apps}
    unknown = sorted(wanted - {app.id for app in repository.apps})
    if unknown and not problems.has_errors:
        known = ", ".join(app.id for app in repository.apps)
        raise UsageError(f"no app `{unknown[0]}`", help=f"apps: {known}")
    programs = {}
    for app in repository.apps:
        language = LANGUAGES.get(app.document.language)
        if app.id not in wanted:
            continue
        if language is None:
            known = ", ".join(LANGUAGES)
            at = app.places.span(("language",))
            problems.add(
                Diagnostic("unknown-language", f"no language `{app.document.language}`", at, f"languages: {known}")
            )
            continue
        programs[app.id], found = language.load(app)
        problems.extend(found)
    return Workspace(repository, programs, tuple(problems))


def validate(workspace: Workspace) -> Iterable[Diagnostic]:
    """What the validator of each language refuses, app by app."""
    for app in workspace.apps:
        yield from LANGUAGES[app.document.language].validate(workspace.programs[app.id])

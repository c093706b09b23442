"""`bylaw schema diff`: what differs between two schemas, and what that does to the policies of the working tree."""

import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bylaw.generation.comparison import compare_schemas
from bylaw.generation.impact import SchemaComparison, impact
from bylaw.generation.recognition import declares_tools
from bylaw.generation.source import Source, is_target_name
from bylaw.generation.tools import Options
from bylaw.languages.cedar.program import CedarProgram
from bylaw.languages.cedar.schema import Schema
from bylaw.languages.cedar.schema_reader import read_schema
from bylaw.model.diagnostics import Diagnostic, Diagnostics
from bylaw.model.errors import InvalidInputError, UsageError
from bylaw.pipeline.schema import generate, read_file
from bylaw.pipeline.workspace import Workspace, open_workspace
from bylaw.repository.git import GitRepository
from bylaw.repository.interface import SourceTree
from bylaw.repository.layout import read_text
from bylaw.repository.text import decode


@dataclass(frozen=True)
class FileSide:
    """One schema: a file of it, or what is derived from a file of tools."""

    label: str
    path: str | None
    """From the root of the repository; none for a file outside of it."""
    schema: Schema
    diagnostics: tuple[Diagnostic, ...] = ()
    """Doubts about tools."""


@dataclass(frozen=True)
class TreeSide:
    """A tree in which the schema of each app is looked up."""

    label: str
    tree: SourceTree


Side = FileSide | TreeSide


@dataclass(frozen=True)
class SchemaDiff:
    """All comparisons of one run."""

    comparisons: tuple[SchemaComparison, ...]
    sources: Mapping[str, str]
    """Texts of the policies, for excerpts."""

    @property
    def breaks(self) -> bool:
        """Whether any policy stops validating."""
        return any(comparison.breaks for comparison in self.comparisons)

    @property
    def widens(self) -> bool:
        """Whether any permit reaches more, or any forbid less."""
        return any(comparison.widens for comparison in self.comparisons)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What is wrong with the policies, by place."""
        found = Diagnostics()
        for app in (app for comparison in self.comparisons for app in comparison.apps):
            found.extend(item for broken in app.broken for item in broken.diagnostics)
            found.extend(app.coverage.diagnostics())
        return tuple(found)


@dataclass(frozen=True)
class Reading:
    """How what OLD and NEW name is read."""

    root: Path
    git: GitRepository | None
    options: Options
    """For files of tools."""

    def side(self, given: str) -> Side:
        """What OLD or NEW names: a file where there is one, also as `TARGET=FILE`, else a revision.

        Raises:
            UsageError: it names neither, or the file cannot be read.
            InvalidInputError: the file is no schema, and none can be derived from it.
        """
        name, equals, rest = given.partition("=")
        if _is_there(Path(given)):
            return self._file(given, Path(given), None)
        if equals and is_target_name(name) and _is_there(Path(rest)):
            return self._file(given, Path(rest), name)
        if self.git is None:
            raise UsageError(f"no file `{given}`", help="name a schema file, a file of tools, or a revision")
        return TreeSide(given, self.git.tree(self.git.resolve(given)))

    def _file(self, label: str, place: Path, target: str | None) -> FileSide:
        inside = place.resolve()
        path = inside.relative_to(self.root).as_posix() if inside.is_relative_to(self.root) else None
        shown, data = path or str(place), read_file(place, label)
        if target is not None or declares_tools(data, shown):
            made = generate([Source(shown, data, target)], self.options)
            if made.derived is None:
                raise InvalidInputError(made.diagnostics)
            return FileSide(label, path, made.derived.schema, made.diagnostics)
        return FileSide(label, path, _parsed(*decode(data, shown), shown))


def _is_there(place: Path) -> bool:
    try:
        return not stat.S_ISDIR(place.stat().st_mode)
    except (OSError, ValueError):
        return False


def schema_diff(old: Side, new: Side, tree: SourceTree | None, only: Iterable[str]) -> SchemaDiff:
    """What differs between `old` and `new`, and what becomes of the policies that are validated with such a schema.

    Args:
        old: Before.
        new: After.
        tree: The repository whose policies are looked at; none for none.
        only: The apps to look at; none: those whose schema is one of the two files, or else declares an action of `old`.

    Raises:
        UsageError: an app is unknown, or apps of several schemas are to be compared with one file.
        InvalidInputError: a schema or a policy cannot be read.
    """
    named = tuple(only)
    workspace = None if tree is None else open_workspace(tree, named).demand()
    programs = _programs(workspace)
    if isinstance(old, FileSide) and isinstance(new, FileSide):
        chosen = programs if named else _concerned(programs, old, new)
        return SchemaDiff((_compared(old, new, "", chosen),), _sources(workspace))
    if not named:
        files = {side.path for side in (old, new) if isinstance(side, FileSide)}
        programs = [program for program in programs if program.schema_path in files] or programs
    by_schema: dict[str, list[CedarProgram]] = {}
    for program in programs:
        by_schema.setdefault(str(program.schema_path), []).append(program)
    if not by_schema:
        raise UsageError("no app has a schema that could be compared", help="name two schema files, or an app")
    if (isinstance(old, FileSide) or isinstance(new, FileSide)) and len(by_schema) > 1:
        known = ", ".join(f"`{path}`" for path in by_schema)
        raise UsageError(f"several schemas could be meant: {known}", help="name the apps of one of them with `--app`")
    found = (_compared(old, new, path, chosen) for path, chosen in by_schema.items())
    return SchemaDiff(tuple(found), _sources(workspace))


def _programs(workspace: Workspace | None) -> list[CedarProgram]:
    """The apps that have a schema."""
    return [program for program in workspace.cedar.values() if program.schema is not None] if workspace else []


def _concerned(programs: list[CedarProgram], old: FileSide, new: FileSide) -> list[CedarProgram]:
    """The apps whose schema is one of two files, or else one of the same actions."""
    of_files = [program for program in programs if program.schema_path in {old.path, new.path}]
    return of_files or [p for p in programs if p.schema and p.schema.actions.keys() & old.schema.actions.keys()]


def _compared(old: Side, new: Side, path: str, programs: list[CedarProgram]) -> SchemaComparison:
    before, after = _schema(old, path), _schema(new, path)
    return SchemaComparison(
        old=_label(old, path),
        new=_label(new, path),
        changes=compare_schemas(before, after),
        apps=tuple(impact(program, before, after) for program in programs),
    )


def _label(side: Side, path: str) -> str:
    return side.label if isinstance(side, FileSide) else f"{side.label}:{path}"


def _schema(side: Side, path: str) -> Schema:
    """The schema of one side.

    Raises:
        InvalidInputError: there is none, or it cannot be read.
    """
    if isinstance(side, FileSide):
        return side.schema
    return _parsed(*read_text(side.tree, path), path)


def _parsed(text: str | None, problems: tuple[Diagnostic, ...], path: str) -> Schema:
    if text is None:
        raise InvalidInputError(problems)
    schema, problems = read_schema(text, path)
    if schema is None:
        raise InvalidInputError(problems)
    return schema


def _sources(workspace: Workspace | None) -> dict[str, str]:
    if workspace is None:
        return {}
    programs = workspace.cedar.values()
    texts = {policy.path: policy.text for program in programs for policy in program.policies}
    texts |= {app.places.path: app.places.text for app in workspace.apps}
    return texts | {program.entities_path: program.entities_json for program in programs if program.entities_path}

"""`bylaw diff`, the meaning: what the change newly allows and no longer allows, app by app, between the two trees of a diff."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bylaw.analysis.smt.room import Options
from bylaw.analysis.smt.verdicts import compare_all
from bylaw.diff.cedar_semantic import CompareAll, compare_programs
from bylaw.diff.edits import RepositoryDiff
from bylaw.diff.governance_semantic import compare_governance
from bylaw.diff.http_rules_semantic import compare_rules
from bylaw.diff.semantic import AppVerdict, SemanticDiff
from bylaw.languages.cedar.entities import known_entities
from bylaw.languages.cedar.exceptions import with_exceptions
from bylaw.languages.cedar.program import CedarProgram
from bylaw.languages.governance.program import GovernanceProgram
from bylaw.languages.http_rules.program import RulesProgram
from bylaw.languages.interface import Program
from bylaw.languages.registry import LANGUAGES
from bylaw.model.diagnostics import Diagnostic, Severity
from bylaw.model.digests import Digest, digest_text
from bylaw.model.identifiers import AppId
from bylaw.repository.interface import SourceTree
from bylaw.repository.layout import PolicyRepository, load_repository

NOTHING = Digest(digest_text(""))
"""Stands for a side that cannot be read."""
NO_SOLVER: Final = "no solver is installed: `pip install 'bylaw[smt]'`"
"""Why nothing is told of an app."""


def semantic_diff(
    before: SourceTree,
    after: SourceTree,
    changed: RepositoryDiff,
    options: Options,
    solve: CompareAll | None = compare_all,
) -> SemanticDiff:
    """The meaning of `changed`, the structural diff of the two trees. Without `solve`, apps that need a solver are unknown.

    Raises:
        InternalError: the engine contradicts an example.
    """
    sides = (_Side(before), _Side(after))
    apps = {app.app for app in changed.apps}
    if any(not file.path.endswith(".yaml") for file in changed.files):
        # A schema or entities that several apps may share.
        apps |= {app.id for side in sides for app in side.repository.apps}
    return SemanticDiff(tuple(_compare(app, *sides, options, solve) for app in sorted(apps)))


class _Side:
    """One tree, its apps read as they are asked for."""

    def __init__(self, tree: SourceTree) -> None:
        self.repository: PolicyRepository
        self.repository, self._problems = load_repository(tree)
        self._apps = {app.id: app for app in self.repository.apps}

    def has(self, app: AppId) -> bool:
        return app in self._apps

    def program(self, app: AppId) -> tuple[Program | None, Diagnostic | None]:
        """The program, or why there is none; neither where the app is not there."""
        if not self.has(app):
            problem = next((p for p in self._problems if p.span and p.span.path.startswith(f"policies/{app}/")), None)
            return None, problem
        language = LANGUAGES.get(self._apps[app].document.language)
        if language is None:
            return None, Diagnostic("unknown-language", f"no language `{self._apps[app].document.language}`")
        program, problems = language.load(self._apps[app])
        errors = [p for p in (*problems, *language.validate(program)) if p.severity is Severity.ERROR]
        return (None, errors[0]) if errors else (program, None)


def _compare(app: AppId, before: _Side, after: _Side, options: Options, solve: CompareAll | None) -> AppVerdict:
    (old, old_problem), (new, new_problem) = before.program(app), after.program(app)
    for side, problem in (("before", old_problem), ("after", new_problem)):
        if problem is not None:
            at = f"{problem.span}: " if problem.span else ""
            return AppVerdict(
                app, NOTHING, NOTHING, reason=f"{side} the change the app is not valid: {at}{problem.message}"
            )
    match old, new:
        case ((CedarProgram() | None), (CedarProgram() | None)):
            if solve is None:
                return AppVerdict(app, NOTHING, NOTHING, reason=NO_SOLVER)
            was, is_ = (program and with_exceptions(program) for program in (old, new))
            return compare_programs(app, was, is_, replace(options, familiar=_familiar(old, new)), solve)
        case ((RulesProgram() | None), (RulesProgram() | None)):
            return compare_rules(app, old, new, options.in_time)
        case ((GovernanceProgram() | None), (GovernanceProgram() | None)):
            return compare_governance(app, old, new)
    return AppVerdict(app, NOTHING, NOTHING, "the app changed its language")


def _familiar(*programs: CedarProgram | None) -> Mapping[str, tuple[str, ...]]:
    """The ids of the stable entities of an app, which a reader knows, by type."""
    found: dict[str, dict[str, None]] = {}
    for program in programs:
        for uid in known_entities(program.entities_json) if program else ():
            found.setdefault(uid.type, {})[uid.id] = None
    return {type_name: tuple(ids) for type_name, ids in found.items()}

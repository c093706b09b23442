"""Invariants of a workspace: read, proved, and told where they do not hold."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bylaw.analysis.invariants import Implies, Invariant, load_invariants
from bylaw.languages.cedar.program import CedarProgram
from bylaw.languages.interface import Program
from bylaw.languages.registry import LANGUAGES
from bylaw.model.diagnostics import Diagnostic, Diagnostics
from bylaw.model.errors import UsageError
from bylaw.model.identifiers import AppId
from bylaw.pipeline.workspace import Workspace

if TYPE_CHECKING:
    from bylaw.analysis.smt.claims import Proof
    from bylaw.analysis.smt.room import Options


@dataclass(frozen=True)
class InvariantRun:
    """The invariants that were looked at."""

    proofs: "tuple[Proof, ...]" = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    """What was wrong while reading them."""

    @property
    def failed(self) -> "tuple[Proof, ...]":
        """Those that do not hold, or could not be settled: doubt is no proof."""
        return tuple(proof for proof in self.proofs if not proof.holds)

    @property
    def reach_further(self) -> frozenset[AppId]:
        """Apps whose invariants speak of other apps."""
        return frozenset(p.invariant.app for p in self.proofs if isinstance(p.invariant.claim, Implies))


def prove_invariants(workspace: Workspace, broken: Collection[AppId], options: "Callable[[], Options]") -> InvariantRun:
    """Prove the invariants of every app of `workspace` but those in `broken`, which are not valid.

    `options` is asked for only where there is an invariant.
    """
    problems = Diagnostics()
    invariants: list[Invariant] = []
    programs: dict[AppId, CedarProgram] = {}
    for app in workspace.cedar_apps:
        found, diagnostics = load_invariants(app, workspace.cedar[app.id])
        problems.extend(diagnostics)
        if found and app.id not in broken:
            programs[app.id] = workspace.cedar[app.id]
            invariants += found
    provable = [item for item in invariants if _has_other(item, workspace, broken, programs, problems)]
    if not provable:
        return InvariantRun((), tuple(problems))
    try:
        chosen = options()
    except UsageError as error:
        problems.add(Diagnostic("no-solver", error.message, provable[0].span, error.help))
        return InvariantRun((), tuple(problems))
    from bylaw.analysis.smt.claims import prove  # noqa: PLC0415 - the solver half, only where something is to be proved

    return InvariantRun(tuple(prove(provable, programs, chosen)), tuple(problems))


def _has_other(
    invariant: Invariant,
    workspace: Workspace,
    broken: Collection[AppId],
    programs: dict[AppId, CedarProgram],
    problems: Diagnostics,
) -> bool:
    """Whether the other app that `invariant` names can be asked; it is read if it was not."""
    claim = invariant.claim
    if not isinstance(claim, Implies) or claim.app in programs:
        return True
    app = workspace.repository.by_id.get(claim.app)
    if app is None:
        known = ", ".join(sorted(workspace.repository.by_id))
        problems.add(Diagnostic("unknown-app", f"no app `{claim.app}`", claim.span, f"apps: {known}"))
        return False
    program: Program | None = workspace.programs.get(claim.app)
    found: tuple[Diagnostic, ...] = ()
    if program is None:
        language = LANGUAGES[app.document.language]
        program, found = language.load(app)
        found = (*found, *language.validate(program))
    if not isinstance(program, CedarProgram):
        problems.add(Diagnostic("not-cedar", f"the app `{claim.app}` is not in Cedar", claim.span, "name one that is"))
        return False
    if found or claim.app in broken:
        problems.add(Diagnostic("not-valid", f"the app `{claim.app}` is not valid", claim.span, "mend it first"))
        return False
    programs[claim.app] = program
    return True


def failures(run: InvariantRun) -> Iterator[Diagnostic]:
    """One diagnostic for each environment in which an invariant does not hold, or was not settled."""
    for proof in run.failed:
        invariant = proof.invariant
        name = f"`{invariant.id}`" + (f" ({invariant.description})" if invariant.description else "")
        for finding in proof.broken:
            shown = f": {finding.shown.line}" if finding.shown else ""
            message = f"the invariant {name} does not hold{shown}"
            by = ", ".join(finding.shown.answer.determining) if finding.shown else ""
            remedy = f"decided by {by}" if by else "nothing permits it"
            yield Diagnostic("invariant-broken", message, invariant.span, remedy)
        for finding in proof.unsettled:
            message = f"the invariant {name} could not be settled: {finding.reason}"
            yield Diagnostic("invariant-unsettled", message, invariant.span, "simplify it or the policies it is about")

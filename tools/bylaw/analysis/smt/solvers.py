"""Which solver answers. Solver packages are loaded only when one is asked for: each takes tens of milliseconds and megabytes."""

from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import NamedTuple

from bylaw.analysis.smt.port import Solver
from bylaw.analysis.smt.portfolio import Portfolio
from bylaw.model.errors import UsageError

PACKAGES = ("z3-solver", "cvc5")
_INSTALL = "pip install 'bylaw[smt]'"


class _Choice(NamedTuple):
    modules: tuple[str, ...]
    """That have to be installed."""
    make: Callable[[], Solver]


def _z3() -> Solver:
    from bylaw.analysis.smt.z3_solver import Z3Solver  # noqa: PLC0415 - see above

    return Z3Solver()


def _cvc5() -> Solver:
    from bylaw.analysis.smt.cvc5_solver import Cvc5Solver  # noqa: PLC0415 - see above

    return Cvc5Solver()


def _portfolio() -> Solver:
    return Portfolio(_z3(), _cvc5)


SOLVERS: Mapping[str, _Choice] = {
    "portfolio": _Choice(("z3", "cvc5"), _portfolio),
    "z3": _Choice(("z3",), _z3),
    "cvc5": _Choice(("cvc5",), _cvc5),
}
"""By name; the best first."""


def make_solver(name: str | None = None) -> Solver:
    """A new solver.

    Args:
        name: One of `SOLVERS`; without, the best that is installed.

    Raises:
        UsageError: there is none of that name, or it is not installed.
    """
    if name is None:
        name = next((one for one, choice in SOLVERS.items() if not _missing(choice)), None)
        if name is None:
            raise UsageError("symbolic analysis needs a solver, and none is installed", help=_INSTALL)
        return SOLVERS[name].make()
    chosen = SOLVERS.get(name)
    if chosen is None:
        raise UsageError(f"there is no solver `{name}`", help=f"the solvers are {', '.join(SOLVERS)}")
    if missing := _missing(chosen):
        raise UsageError(f"the solver `{name}` needs `{missing[0]}`, which is not installed", help=_INSTALL)
    return chosen.make()


def _missing(choice: _Choice) -> list[str]:
    return [module for module in choice.modules if find_spec(module) is None]


def versions() -> dict[str, str]:
    """The installed solver packages: what a kept proof depends on."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found

"""Which solver answers. Solver packages are loaded only when one is asked for."""

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from bylaw.analysis.smt.port import Solver
from bylaw.model.errors import UsageError

PACKAGES = ("z3-solver", "cvc5")


def make_solver() -> Solver:
    """A new solver.

    Raises:
        UsageError: none is installed.
    """
    if find_spec("z3") is None:
        raise UsageError("symbolic analysis needs a solver, and none is installed", help="pip install 'bylaw[smt]'")
    from bylaw.analysis.smt.z3_solver import Z3Solver  # noqa: PLC0415 - 60 ms and 60 MB that nobody else needs

    return Z3Solver()


def versions() -> dict[str, str]:
    """The installed solver packages: what a kept proof depends on."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found

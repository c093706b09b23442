"""Which solver answers. Solver packages are loaded only when one is asked for."""

from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from types import MappingProxyType

from bylaw.analysis.smt.port import Solver
from bylaw.analysis.smt.portfolio import Portfolio
from bylaw.model.errors import UsageError

PACKAGES = ("z3-solver", "cvc5")
HELP = "pip install 'bylaw[smt]'"


def make_solver() -> Solver:
    """A new solver: Z3, and cvc5 for what it leaves open, where that is installed.

    Raises:
        UsageError: none is installed.
    """
    first = make_z3()
    return first if find_spec("cvc5") is None else Portfolio(first, make_cvc5)


def make_z3() -> Solver:
    """A new Z3.

    Raises:
        UsageError: it is not installed.
    """
    if find_spec("z3") is None:
        raise UsageError("symbolic analysis needs a solver, and none is installed", help=HELP)
    from bylaw.analysis.smt.z3_solver import Z3Solver  # noqa: PLC0415 - 60 ms and 60 MB that nobody else needs

    return Z3Solver()


def make_cvc5() -> Solver:
    """A new cvc5.

    Raises:
        UsageError: it is not installed.
    """
    if find_spec("cvc5") is None:
        raise UsageError("cvc5 is not installed", help=HELP)
    from bylaw.analysis.smt.cvc5_solver import Cvc5Solver  # noqa: PLC0415 - only where the first gives up

    return Cvc5Solver()


SOLVERS: Mapping[str, Callable[[], Solver]] = MappingProxyType(
    {"z3": make_z3, "cvc5": make_cvc5, "portfolio": make_solver}
)


def versions() -> dict[str, str]:
    """The installed solver packages: what a kept proof depends on."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found

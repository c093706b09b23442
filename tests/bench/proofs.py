"""What proofs cost, in a warm process: verdicts over sets of growing size, a whole repository after one change, and hard inputs.

Limits are in milliseconds on two cores, held as they are: what is measured is one run of a solver, with no process around it.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from bench.bound import Bound
from bylaw.analysis.smt.memory import Memory
from bylaw.analysis.smt.port import DEFAULT_LIMITS, Limits
from bylaw.analysis.smt.room import Options
from bylaw.analysis.smt.solvers import make_solver
from bylaw.analysis.smt.subjects import Slices, Subject
from bylaw.analysis.smt.survey import survey
from bylaw.analysis.smt.verdicts import EnvironmentVerdict, Job, compare_all
from bylaw.diff.cedar_semantic import compare_programs
from bylaw.languages.cedar.parser import parse_statement
from bylaw.languages.cedar.program import CedarPolicy, CedarProgram
from bylaw.languages.cedar.schema import Schema
from bylaw.languages.cedar.schema_reader import read_schema
from bylaw.model.digests import Digest
from bylaw.model.identifiers import AppId, PolicyId, PolicyRef
from bylaw.model.verdicts import Verdict
from bylaw.pipeline.proving import compare_on_two_cores

APP = AppId("bench")
TYPES = """
entity Team in [Team];
entity Agent in [Team] = { tier: Long, region: String, manager: Agent, budget: decimal } tags String;
entity Tool = { risk: Long, host: String, owner: Agent };
"""
CONTEXT = (
    """{ amount: Long, path: String, region: String, now: datetime, ip: ipaddr, ticket: String, labels: Set<String> }"""
)
HARD = Limits(steps=40_000_000, milliseconds=1_500)
"""For each of two solvers."""


def schema_of(actions: Sequence[str]) -> Schema:
    """Agents, tools and so many actions."""
    names = ", ".join(f'"{action}"' for action in actions)
    text = f"{TYPES} action {names} appliesTo {{ principal: [Agent], resource: [Tool], context: {CONTEXT} }};"
    schema, problems = read_schema(text, "bench")
    assert schema is not None, problems
    return schema


SHAPES = """
permit (principal == <A>, action == <R>, resource) when { context.amount < <N> };
permit (principal in <T>, action, resource == <X>) when { principal.tier > <N%7> };
permit (principal, action == <P>, resource == <X>) when { context.amount * 2 <= <N> && context.ticket like "T<N>-*" };
permit (principal == <A>, action in [<R>, <W>], resource) when { context.path like "/home/a<N>/*" };
forbid (principal in <T>, action == <P>, resource) when { resource.risk > <N%9> && context.amount > <N> };
permit (principal, action == <W>, resource) when { principal.hasTag("env") && principal.getTag("env") == "v<N>" };
permit (principal in <T>, action, resource) when { context.ip.isInRange(ip("10.<N%250>.0.0/16")) };
permit (principal, action == <R>, resource) when { principal.manager == <A> && context.labels.contains("l<N%17>") };
forbid (principal == <A>, action, resource) unless { ["r1", "r2", "r<N%13>"].contains(context.region) };
permit (principal, action == <W>, resource) when { resource.owner == principal && context.amount + <N> < 100000 };
forbid (principal, action == <R>, resource) when { context.path like "/secret<N>/*" && context.now < datetime("2027-01-01") };
permit (principal == <A>, action == <P>, resource) when { context.amount < <N> && resource.host like "*.example<N%7>.com" };
""".strip().splitlines()
"""Twelve shapes, which use every feature that is common."""


def policy(number: int, actions: Sequence[str] = ("read", "write", "pay")) -> str:
    """One policy, unlike those of other numbers."""
    names = {
        "A": f'Agent::"a{number % 97}"',
        "T": f'Team::"t{number % 31}"',
        "X": f'Tool::"x{number % 53}"',
        "N": str(number),
    }
    names |= {key: f'Action::"{actions[(number + k) % len(actions)]}"' for k, key in enumerate("RWP")}
    names |= {f"N%{modulus}": str(number % modulus) for modulus in (7, 9, 13, 17, 250)}
    text = SHAPES[number % len(SHAPES)]
    for name, value in names.items():
        text = text.replace(f"<{name}>", value)
    return text


def subjects_of(texts: Sequence[str]) -> list[Subject]:
    """Statements as subjects."""
    found = []
    for number, text in enumerate(texts):
        statement = parse_statement(text, "bench").statement
        assert statement is not None, text
        ref = PolicyRef(APP, PolicyId(f"p{number}"))
        found.append(Subject(ref, statement, CedarPolicy(ref, "bench", text, statement)))
    return found


def program_of(texts: Sequence[str], schema: Schema) -> CedarProgram:
    """Statements as an app."""
    policies = tuple(subject.policy for subject in subjects_of(texts))
    return CedarProgram(APP, policies, (), schema, None, "[]", None)


def verdicts(
    before: Sequence[Subject], after: Sequence[Subject], schema: Schema, limits: Limits = DEFAULT_LIMITS
) -> list[EnvironmentVerdict]:
    """Encode, build and solve for every environment; no examples."""
    old, new = Slices(before, schema), Slices(after, schema)
    options = Options(make_solver, limits=limits, examples=0)
    return compare_all([Job(e, old.of(e), new.of(e), schema) for e in schema.environments], options)


def milliseconds(run: Callable[[], object], times: int = 3) -> float:
    """The median of several runs."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        run()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)


def sizes() -> Iterator[Bound]:
    """One policy changed in sets of growing size, three request environments."""
    schema = schema_of(["read", "write", "pay"])
    milliseconds(lambda: verdicts([], subjects_of([policy(1)]), schema))  # loads the solver
    for number, limit in ((1, 20), (20, 50), (200, 200), (1_000, 600), (5_000, 3_000)):
        first = 'permit (principal == Agent::"a0", action, resource) when { context.amount < 50 };'
        texts = [first, *(policy(n) for n in range(1, number))]
        after = subjects_of([first.replace("50", "60"), *texts[1:]])
        before = subjects_of(texts)
        for subject in (*before, *after):
            assert subject.digest
        taken = milliseconds(partial(verdicts, before, after, schema), 3 if number > 200 else 9)
        yield Bound(f"verdict on {number:,} policies, one changed, three environments", taken, limit, "ms")


class Shelf:
    """A store of proofs in memory."""

    def __init__(self) -> None:
        self._kept: dict[Digest, str] = {}

    def get(self, key: Digest) -> str | None:
        """What is kept."""
        return self._kept.get(key)

    def put(self, key: Digest, text: str) -> None:
        """Keep it."""
        self._kept[key] = text


def repository() -> Iterator[Bound]:
    """A thousand policies over a hundred environments, ten to each and guards over all; the policy that changes is such a guard."""
    actions = [f"act{number}" for number in range(100)]
    schema = schema_of(actions)
    guard = 'forbid (principal == Agent::"a0", action, resource) when { context.amount > 50 };'
    texts = [guard]
    for number in range(1, 1_000):
        own = f'action == Action::"{actions[number % 100]}"'
        texts.append(
            policy(number, actions).replace(" action,", f" {own},")
            if number % 200
            else guard.replace("a0", f"a{number}")
        )
    before = program_of(texts, schema)
    after = program_of([guard.replace("50", "60"), *texts[1:]], schema)
    solve = partial(Memory(Shelf(), "bench").compare_all, solve=compare_on_two_cores)
    options = Options(make_solver, examples=1)

    def run() -> None:
        found = compare_programs(APP, before, after, options, solve)
        assert found.verdict is Verdict.WIDENS

    yield Bound("1,000 policies, 100 environments, one change in all, nothing kept", milliseconds(run, 1), 2_000, "ms")
    yield Bound("the same, proofs kept", milliseconds(run), 300, "ms")


def redundancy() -> Iterator[Bound]:
    """All facts of a thousand policies in one environment, redundancy among them."""
    schema = schema_of(["pay"])
    texts = [
        f'permit (principal == Agent::"a{n % 97}", action, resource) when {{ context.amount < {n % 31}'
        f" && principal.tier > {n % 7} }};"
        for n in range(1_000)
    ]
    program = program_of(texts, schema)
    taken = milliseconds(lambda: survey(program, Options(make_solver)), 1)
    yield Bound("facts of 1,000 policies in one environment, redundancy included", taken, 8_000, "ms")


def hard() -> Iterator[Bound]:
    """Inputs that a solver may give up on: they end in time, and say that they did."""
    schema = schema_of(["pay"])
    product = "context.amount * principal.tier * resource.risk == 4611686014132420609 && context.amount > 1 && principal.tier > 1"
    deep = " && ".join(f'principal in Team::"t{n}" && Team::"t{n}" in Team::"t{n + 1}"' for n in range(12))
    patterns = [f'forbid (principal, action, resource) when {{ context.path like "*/{n}/*" }};' for n in range(5_000)]
    added = 'permit (principal, action, resource) when { context.path like "/a*" };'
    cases = {
        "a product of three numbers": (
            [],
            [f"permit (principal, action, resource) when {{ {product} && resource.risk > 1 }};"],
        ),
        "5,000 patterns to avoid": (patterns, [*patterns, added]),
        "a deep hierarchy": ([], [f"permit (principal, action, resource) when {{ {deep} }};"]),
    }
    for name, (before, after) in cases.items():
        old, new = subjects_of(before), subjects_of(after)
        started = time.perf_counter()
        (found,) = verdicts(old, new, schema, HARD)
        yield Bound(f"{name}: {found.verdict}", (time.perf_counter() - started) * 1000, 5_000, "ms")


def proofs() -> list[Bound]:
    """Everything."""
    return [*sizes(), *repository(), *redundancy(), *hard()]

"""Changes whose verdict is known whatever the policies say: over random schemas and policies of every construct."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bylaw.analysis.smt.port import Limits
from bylaw.analysis.smt.room import Options
from bylaw.analysis.smt.solvers import make_solver
from bylaw.analysis.smt.subjects import Slices, Subject
from bylaw.analysis.smt.verdicts import Job, compare
from bylaw.languages.cedar import ast
from bylaw.languages.cedar.canonical import canonical_text
from bylaw.languages.cedar.schema import Schema
from bylaw.model.verdicts import Verdict
from tools.analysis.smt.worlds import Pair, random_pair, subjects_of

OPTIONS = Options(partial(make_solver, "z3"), limits=Limits(steps=20_000_000, milliseconds=10_000), examples=1)
SEEDS = st.integers(0, 10**9)
FEW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
Rewrite = Callable[[ast.Statement], Sequence[ast.Statement]]
"""One statement to those that stand for it."""
MIRRORED = {Verdict.WIDENS: Verdict.NARROWS, Verdict.NARROWS: Verdict.WIDENS}


def verdicts(before: Sequence[Subject], after: Sequence[Subject], schema: Schema) -> Iterator[Verdict]:
    """One for each environment; what is not settled is left out."""
    old, new = Slices(before, schema), Slices(after, schema)
    for environment in schema.environments:
        found = compare(Job(environment, old.of(environment), new.of(environment), schema), OPTIONS).verdict
        if found is not Verdict.UNKNOWN:
            yield found


def rewritten(subjects: Sequence[Subject], rewrite: Rewrite) -> tuple[Subject, ...]:
    """Each policy through `rewrite`, as new policies."""
    statements = (statement for subject in subjects for statement in rewrite(subject.statement))
    return subjects_of([canonical_text(statement) for statement in statements])


def halves(statement: ast.Statement, pair: Pair) -> Sequence[ast.Statement]:
    """Split at whether the principal is one certain entity: what cannot err cannot be lost."""
    place = (statement.start, statement.end)
    cut: ast.Expression = ast.Boolean(value=False, start=statement.start, end=statement.end)
    for name in sorted({environment.principal for environment in pair.schema.environments}):
        entity = ast.Entity(name, pair.world.ids(name)[0], *place)
        cut = ast.Binary("||", cut, ast.Is(ast.Variable("principal", *place), name, entity, *place), *place)
    when, unless = ast.Clause("when", cut, *place), ast.Clause("unless", cut, *place)
    return [statement._replace(clauses=(clause, *statement.clauses)) for clause in (when, unless)]


def negated(statement: ast.Statement) -> Sequence[ast.Statement]:
    """`when` as `unless` of the contrary, and back."""
    clauses = tuple(
        clause._replace(
            kind="unless" if clause.kind == "when" else "when", body=ast.Not(clause.body, clause.start, clause.end)
        )
        for clause in statement.clauses
    )
    return [statement._replace(clauses=clauses)]


@FEW
@given(SEEDS)
def test_turned_round_a_change_does_the_contrary(seed: int) -> None:
    pair = random_pair(seed)
    there = list(verdicts(pair.before, pair.after, pair.schema))
    back = list(verdicts(pair.after, pair.before, pair.schema))

    if len(there) == len(back):
        assert back == [MIRRORED.get(verdict, verdict) for verdict in there], seed


@FEW
@given(SEEDS)
def test_order_and_names_of_policies_change_nothing(seed: int) -> None:
    pair = random_pair(seed)
    renamed = subjects_of([subject.policy.text for subject in reversed(pair.before)])

    assert set(verdicts(pair.before, renamed, pair.schema)) <= {Verdict.EQUAL}, seed


@FEW
@given(SEEDS)
def test_halves_of_a_policy_are_the_policy(seed: int) -> None:
    pair = random_pair(seed, most=3)

    assert set(verdicts(pair.before, rewritten(pair.before, partial(halves, pair=pair)), pair.schema)) <= {
        Verdict.EQUAL
    }, seed


@FEW
@given(SEEDS)
def test_unless_is_when_not(seed: int) -> None:
    pair = random_pair(seed, most=3)

    assert set(verdicts(pair.before, rewritten(pair.before, negated), pair.schema)) <= {Verdict.EQUAL}, seed


@FEW
@given(SEEDS)
def test_another_permit_never_narrows_and_another_forbid_never_widens(seed: int) -> None:
    pair = random_pair(seed)
    kept = [subject.policy.text for subject in pair.before]
    others = [subject.statement for subject in pair.after]
    permits = subjects_of([*kept, *(canonical_text(other._replace(effect="permit")) for other in others)])
    forbids = subjects_of([*kept, *(canonical_text(other._replace(effect="forbid")) for other in others)])

    assert set(verdicts(pair.before, permits, pair.schema)) <= {Verdict.EQUAL, Verdict.WIDENS}, seed
    assert set(verdicts(pair.before, forbids, pair.schema)) <= {Verdict.EQUAL, Verdict.NARROWS}, seed


@FEW
@given(SEEDS)
def test_what_changes_nothing_twice_changes_nothing(seed: int) -> None:
    pair = random_pair(seed)
    same = rewritten(pair.before, negated)
    direct = list(verdicts(pair.before, pair.after, pair.schema))
    round_about = list(verdicts(same, pair.after, pair.schema))

    if len(direct) == len(round_about):
        assert direct == round_about, seed

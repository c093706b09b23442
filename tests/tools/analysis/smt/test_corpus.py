"""Agreement of compiled policies with the public decision corpus: their terms are worth what the engine decides."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from bylaw.analysis.smt.frame import CLOSED, OPEN, Frame, World
from bylaw.analysis.smt.policies import Compiled, PolicyCompiler
from bylaw.analysis.smt.sorts import Sorts
from bylaw.analysis.smt.terms import Terms
from bylaw.evaluation.cedar import CedarEvaluator
from bylaw.languages.cedar import ast
from bylaw.languages.cedar.schema import Environment
from bylaw.languages.cedar.walk import nodes
from bylaw.model.identifiers import EntityUid
from tools.analysis.smt.documents import Store, uid_of
from tools.analysis.smt.interpretation import Interpretation
from tools.evaluation.corpus import CorpusCase, Known, corpus_cases

CLOSED_WORLD_DIFFERS: frozenset[str] = frozenset()
"""Cases whose store lacks an entity that a policy reads, so that assuming complete data is wrong of them. None is in the sample."""


class Verdict(NamedTuple):
    """What is compared."""

    decision: str
    determining: tuple[str, ...]
    erring: tuple[str, ...]


class Compared(NamedTuple):
    """One request of the corpus."""

    case: CorpusCase
    known: Known
    policies: tuple[Compiled, ...]
    interpreted: tuple[Verdict, Verdict]
    """With either choice of what is arbitrary."""
    engine: Verdict


def _interpreted(policies: Iterable[Compiled], reading: Interpretation) -> Verdict:
    policies = tuple(policies)
    satisfied = [policy for policy in policies if reading.value(policy.satisfied)]
    assert satisfied == [p for p in policies if reading.value(p.value) and reading.value(p.ok)]
    forbids = sorted(policy.policy for policy in satisfied if policy.effect == "forbid")
    permits = sorted(policy.policy for policy in satisfied if policy.effect == "permit")
    erring = sorted(policy.policy for policy in policies if not reading.value(policy.ok))
    return Verdict("allow" if permits and not forbids else "deny", tuple(forbids or permits), tuple(erring))


def _compared(world: World) -> Iterator[Compared]:
    """Every request of the policy sets that validate."""
    for case in corpus_cases():
        if not case.validates:
            continue
        store = Store(case.entities)
        answers = CedarEvaluator(case.policies, (), case.schema, case.entities).decide(
            [known.request for known in case.requests], ()
        )
        frames: dict[Environment, tuple[Frame, tuple[Compiled, ...]]] = {}
        for known, answer in zip(case.requests, answers, strict=True):
            request = known.request
            environment = Environment(request.principal.type, request.action, request.resource.type)
            if environment not in case.schema.environments:
                continue
            if environment not in frames:
                frames[environment] = _compiled(case, environment, world)
            frame, policies = frames[environment]
            even, odd = (Interpretation(frame, request, store, odd=odd) for odd in (False, True))
            erring = tuple(error.policy for error in answer.errors)
            assert len(erring) == known.errors, case.name
            yield Compared(
                case,
                known,
                policies,
                (_interpreted(policies, even), _interpreted(policies, odd)),
                Verdict(known.decision, known.reasons, erring),
            )


def _compiled(case: CorpusCase, environment: Environment, world: World) -> tuple[Frame, tuple[Compiled, ...]]:
    frame = Frame(Terms(), Sorts(case.schema), environment, world)
    compiler = PolicyCompiler(frame)
    return frame, tuple(compiler.compile(policy.ref.policy, policy.statement) for policy in case.policies)


def _lacks_an_entity(compared: Compared) -> bool:
    """Whether an open entity that the request, the store or a policy refers to is not in the store."""
    case, request = compared.case, compared.known.request
    store = Store(case.entities)
    named = {
        request.principal,
        request.resource,
        *_references(request.context),
        *_references(json.loads(case.entities)),
    }
    for policy in case.policies:
        named |= {EntityUid(node.type, node.id) for node in nodes(policy.statement) if isinstance(node, ast.Entity)}
    declared = case.schema.entities
    return any(
        uid.type in declared and declared[uid.type].choices is None and uid not in store.documents for uid in named
    )


def _references(document: Any) -> Iterator[EntityUid]:
    todo = [document]
    while todo:
        match todo.pop():
            case {"__entity": inner}:
                yield uid_of(inner)
            case {"type": str(), "id": str(), **rest} as inner if not rest:
                yield uid_of(inner)
            case dict() as inner:
                todo += inner.values()
            case list() as inner:
                todo += inner


def test_with_entities_that_may_be_missing_every_verdict_is_the_corpus_s() -> None:
    for compared in _compared(OPEN):
        assert compared.interpreted == (compared.engine, compared.engine), compared.case.name


def test_with_complete_entities_verdicts_differ_only_where_the_store_lacks_one() -> None:
    differing = [c for c in _compared(CLOSED) if c.interpreted != (c.engine, c.engine)]

    assert [c.case.name for c in differing if not _lacks_an_entity(c)] == []
    assert {c.case.name for c in differing} == CLOSED_WORLD_DIFFERS


def test_the_comparison_is_about_something() -> None:
    seen = list(_compared(OPEN))
    live = [c for c in seen if any(p.satisfied.op != "const" or p.ok.op != "const" for p in c.policies)]

    assert len(seen) > 400
    assert len(live) > 30
    assert {c.engine.decision for c in live} == {"allow", "deny"}
    assert any(c.engine.erring for c in live)

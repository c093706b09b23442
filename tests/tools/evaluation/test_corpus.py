"""Agreement with the public corpus: decisions, reasons, errors, validation, and what probes say of each policy."""

from bylaw.evaluation.cedar import CedarEvaluator
from bylaw.evaluation.conditions import Outcome
from bylaw.evaluation.probe import Prober, subjects
from bylaw.evaluation.validity import valid_positions
from tools.evaluation.corpus import corpus_cases


def test_decisions_reasons_and_errors_agree_with_the_corpus() -> None:
    for case in corpus_cases():
        evaluator = CedarEvaluator(case.policies, (), case.schema, case.entities)

        answers = evaluator.decide([known.request for known in case.requests], ())

        expected = [(known.decision, known.reasons, known.errors) for known in case.requests]
        assert [(a.decision, a.determining, len(a.errors)) for a in answers] == expected, case.name


def test_sliced_sets_decide_as_the_corpus_says() -> None:
    for case in corpus_cases(every=2):
        evaluator = CedarEvaluator(case.policies, (), case.schema, case.entities, slice_above=0)

        answers = evaluator.decide([known.request for known in case.requests], ())

        expected = [(known.decision, known.reasons, known.errors) for known in case.requests]
        assert [(a.decision, a.determining, len(a.errors)) for a in answers] == expected, case.name


def test_validation_verdicts_agree_with_the_corpus() -> None:
    for case in corpus_cases():
        texts = [policy.canonical for policy in case.policies]

        valid = len(valid_positions(texts, case.schema)) == len(texts)

        assert valid == case.validates, case.name


def test_what_probes_say_adds_up_to_the_answer_of_the_engine() -> None:
    for case in corpus_cases():
        prober = Prober(subjects(case.policies, ()), case.schema, case.entities)
        effects = [policy.statement.effect for policy in case.policies]

        for known, traced in zip(case.requests, prober.trace([k.request for k in case.requests], ()), strict=True):
            satisfied = [n for n, probed in traced.items() if probed.trace.outcome is Outcome.TRUE]
            errored = [n for n, probed in traced.items() if probed.trace.outcome is Outcome.ERROR]
            forbids = sorted(f"policy{n}" for n in satisfied if effects[n] == "forbid")
            permits = sorted(f"policy{n}" for n in satisfied if effects[n] == "permit")

            decision = "allow" if permits and not forbids else "deny"
            assert (decision, tuple(forbids or permits), len(errored)) == (known.decision, known.reasons, known.errors)

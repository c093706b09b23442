"""The encoders of the JSON report, one line for each type of result."""

from typing import Final

from bylaw.diff.edits import RepositoryDiff
from bylaw.diff.semantic import SemanticDiff
from bylaw.model.decisions import Answer
from bylaw.reporting.applied import ApplyResults, applied_json
from bylaw.reporting.asking import Replies, replies_json
from bylaw.reporting.asking_rules import RulesReplies, rules_replies_json
from bylaw.reporting.coverage import CoverageResults, coverage_json
from bylaw.reporting.diff import diff_json
from bylaw.reporting.doctor import DoctorResults, doctor_json
from bylaw.reporting.drift import DriftResults, drift_json
from bylaw.reporting.effective import EffectivePolicy, effective_json
from bylaw.reporting.evaluated import answer_json
from bylaw.reporting.exceptions import ExceptionResults, exceptions_json
from bylaw.reporting.history import HistoryResults, history_json
from bylaw.reporting.invariants import ProofResults, proofs_json
from bylaw.reporting.json_v1 import Encoder, ProblemList, Registry, problem_list_json
from bylaw.reporting.mutation import MutationResults, mutation_json
from bylaw.reporting.plan import PlanResults, plans_json
from bylaw.reporting.rollout import RolloutResults, rollout_json
from bylaw.reporting.schema import GeneratedSchema, SchemaDifferences, differences_json, generated_json
from bylaw.reporting.semantic import semantic_json
from bylaw.reporting.suggestions import SuggestionResults, suggestions_json
from bylaw.reporting.suites import SuiteResults, suites_json
from bylaw.reporting.unsettled import UnsettledResults, unsettled_json

REGISTRY: Final[Registry] = (
    Encoder("problems", ProblemList, problem_list_json),
    Encoder("tests", SuiteResults, suites_json),
    Encoder("coverage", CoverageResults, coverage_json),
    Encoder("mutation", MutationResults, mutation_json),
    Encoder("suggestions", SuggestionResults, suggestions_json),
    Encoder("answer", Answer, answer_json),
    Encoder("effective", EffectivePolicy, effective_json),
    Encoder("diff", RepositoryDiff, diff_json),
    Encoder("meaning", SemanticDiff, semantic_json),
    Encoder("asked", Replies, replies_json),
    Encoder("asked_of_agents", RulesReplies, rules_replies_json),
    Encoder("exceptions", ExceptionResults, exceptions_json),
    Encoder("invariants", ProofResults, proofs_json),
    Encoder("plans", PlanResults, plans_json),
    Encoder("applies", ApplyResults, applied_json),
    Encoder("drift", DriftResults, drift_json),
    Encoder("rollout", RolloutResults, rollout_json),
    Encoder("doctor", DoctorResults, doctor_json),
    Encoder("schema", GeneratedSchema, generated_json),
    Encoder("schemas", SchemaDifferences, differences_json),
    Encoder("history", HistoryResults, history_json),
    Encoder("unsettled", UnsettledResults, unsettled_json),
)

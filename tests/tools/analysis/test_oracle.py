"""Over a public corpus: no rule raises, reads the validator accepts are not called unguarded, fixes keep every stated decision."""

import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

import cedarpy
import pytest

from bylaw.analysis.configuration import configure
from bylaw.analysis.facts import AppContext
from bylaw.analysis.finding import Persona
from bylaw.analysis.fixes import fix_policies
from bylaw.analysis.registry import REGISTRY
from bylaw.analysis.runner import lint
from bylaw.languages.cedar.lexer import tokenize
from bylaw.languages.cedar.program import CedarPolicy, CedarProgram
from bylaw.languages.cedar.schema_reader import read_schema
from bylaw.languages.cedar.validate import policy_problems
from bylaw.repository.documents.app import AppDocument
from bylaw.repository.documents.settings import LintSettings
from tools.analysis import casefile

ORACLES = os.environ.get("BYLAW_ORACLES")
CONFIGS, _ = configure(REGISTRY, LintSettings(), persona=Persona.AUDITOR)
DOCUMENT = AppDocument(app="desk", about="a case of the corpus", owners=("corpus",))

pytestmark = pytest.mark.skipif(ORACLES is None, reason="BYLAW_ORACLES is not set")


def statements(text: str) -> Iterator[str]:
    """The pieces between semicolons, which occur nowhere else."""
    start = 0
    tokens = tokenize(text)
    for piece, at in zip(tokens.texts, tokens.starts, strict=True):
        if piece == ";":
            yield text[start : at + 1]
            start = at + 1


def test_the_corpus(tmp_path: Path) -> None:
    with tarfile.open(Path(ORACLES or "") / "cedar-corpus/corpus-sample.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    cases = sorted(tmp_path.rglob("*.cedar"))
    assert cases

    fixed = sum(_check(path) for path in cases)

    assert fixed > 0


def _check(path: Path) -> int:
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    entities = path.with_suffix(".entities.json").read_text(encoding="utf-8")
    schema, _ = read_schema(path.with_suffix(".cedarschema").read_text(encoding="utf-8"), "corpus")
    pieces = list(statements(path.read_text(encoding="utf-8")))
    policies = tuple(casefile.policy(f"corpus/p{index}", piece) for index, piece in enumerate(pieces))
    app = AppContext(CedarProgram("desk", policies, (), schema, None, entities, None), DOCUMENT, casefile.TODAY)

    report = lint([app], CONFIGS)
    if expected["shouldValidate"]:
        assert [f for f in report.findings if f.rule.startswith("unguarded")] == [], path.name

    def problems_of(policy: CedarPolicy) -> int:
        return policy_problems(policy, schema)

    results = [r for r in fix_policies(policies, app.facts, CONFIGS, problems_of=problems_of) if r.applied]
    for result in results:
        texts = [result.policy.text if policy.ref == result.policy.ref else policy.text for policy in policies]
        for request in expected["requests"]:
            asked = {key: request[key] for key in ("principal", "action", "resource", "context")}
            answer = cedarpy.is_authorized(asked, "\n".join(texts), entities)
            assert str(answer.decision.value).lower() == request["decision"], path.name
    return len(results)

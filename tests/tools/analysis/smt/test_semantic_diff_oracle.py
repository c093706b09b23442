"""Agreement with known verdicts: pairs of policy sets whose difference in each environment was settled by another tool."""

import json
import os
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bylaw.analysis.smt.room import Options
from bylaw.analysis.smt.solvers import SOLVERS, make_solver
from bylaw.analysis.smt.subjects import Slices, Subject
from bylaw.analysis.smt.verdicts import Job, compare
from bylaw.languages.cedar.parser import parse_statements
from bylaw.languages.cedar.program import CedarPolicy
from bylaw.languages.cedar.schema import Environment, Schema
from bylaw.languages.cedar.schema_reader import read_schema
from bylaw.model.identifiers import AppId, PolicyId, PolicyRef
from tools.evaluation.corpus import VARIABLE


class Known(NamedTuple):
    """One comparison with its known verdict."""

    label: str
    job: Job
    verdict: str


@cache
def oracle() -> tuple[Known, ...]:
    """All of them; skips the test where there are none."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        pytest.skip(f"{VARIABLE} is not set: no verdicts to compare with")
    root = Path(folder) / "semantic-diff"
    cases = json.loads((root / "compare.json").read_text(encoding="utf-8"))
    return tuple(known for case in cases for known in _of_case(root / case["suite"], case))


def _of_case(suite: Path, case: dict[str, Any]) -> Iterator[Known]:
    schema, problems = read_schema((suite / case["schema"]).read_text(encoding="utf-8"), case["schema"])
    assert schema is not None, problems
    before, after = (Slices(_subjects(suite / case[side]), schema) for side in ("base", "head"))
    for known in case["environments"]:
        environment = _environment(schema, known)
        label = f"{suite.name}: {case['base']} to {case['head']}, {environment}"
        yield Known(
            label, Job(environment, before.of(environment), after.of(environment), schema), str(known["verdict"])
        )


def _subjects(path: Path) -> tuple[Subject, ...]:
    text = path.read_text(encoding="utf-8")
    parsed = parse_statements(text, path.name)
    assert not parsed.diagnostics, parsed.diagnostics
    found = []
    for number, statement in enumerate(parsed.statements):
        ref = PolicyRef(AppId("oracle"), PolicyId(f"policy{number}"))
        found.append(Subject(ref, statement, CedarPolicy(ref, path.name, text, statement)))
    return tuple(found)


def _environment(schema: Schema, known: dict[str, str]) -> Environment:
    """The environment that is meant, named there without namespaces."""
    wanted = tuple(_plain(known[part]) for part in ("principal_type", "action", "resource_type"))
    (found,) = (
        one for one in schema.environments if (_plain(one.principal), one.action.id, _plain(one.resource)) == wanted
    )
    return found


def _plain(name: str) -> str:
    return name.rsplit("::", 1)[-1]


@pytest.mark.parametrize("solver", list(SOLVERS))
def test_every_known_verdict_is_ours(solver: str) -> None:
    options = Options(partial(make_solver, solver))

    found = {known.label: compare(known.job, options) for known in oracle()}

    assert len(found) >= 51
    assert {label: verdict.verdict for label, verdict in found.items()} == {k.label: k.verdict for k in oracle()}

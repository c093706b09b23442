"""Verdicts on public policy sets are those of the verified analyser, with every solver."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bylaw.analysis.smt.room import Options
from bylaw.analysis.smt.solvers import SOLVERS
from bylaw.analysis.smt.subjects import Slices, Subject
from bylaw.analysis.smt.verdicts import Job, compare
from bylaw.languages.cedar.parser import parse_statements
from bylaw.languages.cedar.program import CedarPolicy
from bylaw.languages.cedar.schema import Environment, Schema
from bylaw.languages.cedar.schema_reader import read_schema
from bylaw.model.identifiers import AppId, PolicyId, PolicyRef


def folder() -> Path:
    oracles = os.environ.get("BYLAW_ORACLES")
    if not oracles:
        pytest.skip("BYLAW_ORACLES is not set: no verdicts to compare with")
    return Path(oracles) / "semantic-diff"


def subjects_of(path: Path) -> Iterator[Subject]:
    text = path.read_text(encoding="utf-8")
    for number, statement in enumerate(parse_statements(text, path.name).statements):
        ref = PolicyRef(AppId("oracle"), PolicyId(f"p{number}"))
        yield Subject(ref, statement, CedarPolicy(ref, path.name, text, statement))


def environment_of(schema: Schema, told: dict[str, Any]) -> Environment:
    """The environment that short names mean."""

    def is_called(type_name: str, short: str) -> bool:
        return type_name.rpartition("::")[2] == short.rpartition("::")[2]

    (found,) = (
        e
        for e in schema.environments
        if is_called(e.principal, told["principal_type"])
        and is_called(e.resource, told["resource_type"])
        and told["action"] in {e.action.id, str(e.action)}
    )
    return found


@pytest.mark.parametrize("solver", SOLVERS)
def test_every_verdict_is_that_of_the_verified_analyser(solver: str) -> None:
    compared = 0
    for pair in json.loads((folder() / "compare.json").read_text(encoding="utf-8")):
        suite = folder() / pair["suite"]
        schema, problems = read_schema((suite / pair["schema"]).read_text(encoding="utf-8"), "schema")
        assert schema is not None, problems
        before, after = (Slices(subjects_of(suite / pair[side]), schema) for side in ("base", "head"))
        for told in pair["environments"]:
            environment = environment_of(schema, told)
            job = Job(environment, before.of(environment), after.of(environment), schema)
            found = compare(job, Options(SOLVERS[solver]))
            assert found.verdict == told["verdict"], (pair["base"], pair["head"], environment)
            compared += 1

    assert compared == 51

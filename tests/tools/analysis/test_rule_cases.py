"""Every rule finds what its cases say, where they say it, and nothing that nearly is one."""

from pathlib import Path

import pytest

from bylaw.analysis.fixes import fix_policy
from bylaw.analysis.registry import REGISTRY
from bylaw.languages.cedar.program import CedarPolicy, CedarProgram
from bylaw.languages.cedar.validate import validate_program
from tools.analysis import casefile
from tools.analysis.casefile import CASES, Case

FILES = {path.stem: casefile.load(path) for path in sorted(CASES.glob("*.yaml"))}
BAD = [pytest.param(rule, case, id=f"{rule}: {case.name}") for rule, file in FILES.items() for case in file.bad]
GOOD = [pytest.param(rule, case, id=f"{rule}: {case.name}") for rule, file in FILES.items() for case in file.good]
FIXED = [param for param in BAD if param.values[1].fix is not None]  # type: ignore[union-attr]


@pytest.mark.parametrize(("rule", "case"), BAD)
def test_a_bad_policy_is_found_where_it_is_bad(rule: str, case: Case) -> None:
    findings, spans = casefile.findings(rule, case)

    assert [finding.span for finding in findings] == sorted(spans)
    assert [finding.message for finding in findings] == case.expected_messages


@pytest.mark.parametrize(("rule", "case"), GOOD)
def test_a_good_policy_is_left_alone(rule: str, case: Case) -> None:
    findings, spans = casefile.findings(rule, case)

    assert spans == []
    assert findings == []


@pytest.mark.parametrize(("rule", "case"), FIXED)
def test_a_fix_does_what_the_case_says(rule: str, case: Case) -> None:
    app, _ = casefile.context(case)
    configs = casefile.configs(rule, case)

    def problems_of(policy: CedarPolicy) -> int:
        program = CedarProgram(app.program.app, (policy,), (), app.program.schema, None, "[]", None)
        return len(validate_program(program))

    if case.unsafe:
        untouched = fix_policy(app.program.policies[0], app.facts, configs, problems_of=problems_of)
        assert untouched.applied == ()
    result = fix_policy(app.program.policies[0], app.facts, configs, unsafe=case.unsafe, problems_of=problems_of)

    assert result.policy.text == case.fix
    assert result.withheld == ()


@pytest.mark.parametrize("rule", REGISTRY, ids=lambda rule: rule.id)
def test_every_rule_has_bad_and_good_cases(rule: type) -> None:
    file = FILES[rule.id]  # type: ignore[attr-defined]

    assert file.rule == rule.id  # type: ignore[attr-defined]
    assert file.bad
    assert file.good


def test_every_case_file_belongs_to_a_rule() -> None:
    assert sorted(FILES) == sorted(rule.id for rule in REGISTRY)


def test_names_tell_cases_apart() -> None:
    for path in CASES.glob("*.yaml"):
        file = casefile.load(Path(path))
        names = [case.name for case in (*file.bad, *file.good)]

        assert len(set(names)) == len(names), path.name

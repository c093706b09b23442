"""Bundles: links expanded, names made physical, modes beside the text, and what a target cannot hold is an error."""

from dataclasses import replace
from typing import Any

import pytest

from bylaw.backends.local.capabilities import LOCAL
from bylaw.compile.bundle import Bundle
from bylaw.compile.capabilities import Capabilities
from bylaw.compile.cedar import compile_cedar
from bylaw.languages.cedar.loading import load_program
from bylaw.model.diagnostics import Diagnostic, Severity
from bylaw.model.effects import Mode
from bylaw.model.identifiers import TargetId
from bylaw.repository.layout import load_repository
from bylaw.repository.trees import MemoryTree
from tools.pipeline.repositories import APP, FILES, PERMIT

READ = "policies/shop/access/read-front.cedar"
TEMPLATE = "permit (principal == ?principal, action, resource == ?resource) when { context.amount < 5 };"
LINKED = (
    APP
    + """links:
  - id: limits/ann
    template: templates/one
    values: {principal: 'App::User::"ann"', resource: 'App::Gateway::"front"'}
"""
)


def compiled(changes: dict[str, str], capabilities: Capabilities = LOCAL) -> tuple[Bundle, tuple[Diagnostic, ...]]:
    repository, _ = load_repository(MemoryTree({**FILES, **changes}))
    (app,) = repository.apps
    program, problems = load_program(app)
    assert problems == ()
    return compile_cedar(app, program, TargetId("local"), capabilities, {})


def test_a_link_is_deployed_as_the_policy_it_stands_for() -> None:
    bundle, problems = compiled({"policies/shop/app.yaml": LINKED, "policies/shop/templates/one.cedar": TEMPLATE})

    assert problems == ()
    texts = {policy.ref.policy: policy.text for policy in bundle.policies}
    assert 'principal == App::User::"ann", action, resource == App::Gateway::"arn:front"' in texts["limits/ann"]  # type: ignore[index]
    assert "templates/one" not in texts


def test_an_unmapped_name_in_a_link_is_told_at_the_link() -> None:
    app = LINKED.replace('App::Gateway::"front"', 'App::Gateway::"back"')

    _, problems = compiled({"policies/shop/app.yaml": app, "policies/shop/templates/one.cedar": TEMPLATE})

    assert [(item.code, item.span.path if item.span else "") for item in problems] == [
        ("unmapped-name", "policies/shop/app.yaml")
    ]


def test_the_mode_is_a_property_of_the_object_and_not_of_its_text() -> None:
    active, _ = compiled({})
    staged, _ = compiled({READ: f'@enforcement("log_only")\n{PERMIT}'})

    assert staged.policies[0].mode is Mode.LOG_ONLY
    assert staged.policies[0].digest == active.policies[0].digest
    assert staged.digest != active.digest


@pytest.mark.parametrize(
    ("capabilities", "code"),
    [
        (replace(LOCAL, max_statement_length=20), "statement-too-long"),
        (replace(LOCAL, min_statement_length=2000), "statement-too-short"),
        (replace(LOCAL, max_policies=1), "too-many-policies"),
        (replace(LOCAL, max_engine_bytes=100), "too-large"),
        (replace(LOCAL, max_schema_bytes=100), "too-large"),
        (replace(LOCAL, modes=frozenset({Mode.LOG_ONLY})), "unsupported-mode"),
    ],
)
def test_what_a_target_cannot_hold_is_an_error_and_never_left_out(capabilities: Capabilities, code: str) -> None:
    bundle, problems = compiled({}, capabilities)

    assert code in {item.code for item in problems}
    assert len(bundle.policies) == 2


@pytest.mark.parametrize(("spare", "code"), [(0, "nearly-too-large"), (-1, "too-large"), (1000, None)])
@pytest.mark.parametrize("limit", ["max_engine_bytes", "max_schema_bytes"])
def test_a_size_that_is_nearly_used_up_is_a_warning(limit: str, spare: int, code: str | None) -> None:
    bundle, _ = compiled({})
    used = (
        sum(len(policy.text.encode()) for policy in bundle.policies) if "engine" in limit else len(str(bundle.schema))
    )

    sized: dict[str, Any] = {limit: used + spare}

    _, problems = compiled({}, replace(LOCAL, **sized))

    assert [item.code for item in problems] == [found for found in [code] if found]
    assert all((item.severity is Severity.WARNING) is item.code.startswith("nearly") for item in problems)


def test_a_mapped_type_that_is_not_logical_is_an_error() -> None:
    _, problems = compiled({"policies/shop/app.yaml": APP.replace('logical: ["App::Gateway"]\n', "")})

    assert [item.code for item in problems] == ["not-logical"]


def test_a_near_miss_of_a_logical_name_is_suggested() -> None:
    _, problems = compiled({READ: PERMIT.replace('"front"', '"frnt"')})

    assert [item.help for item in problems if item.code == "unmapped-name"] == ["did you mean `front`?"]

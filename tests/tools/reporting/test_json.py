"""The machine-readable report."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given

from bylaw.model.errors import InternalError
from bylaw.model.exit_codes import ExitCode
from bylaw.reporting.json_registry import REGISTRY
from bylaw.reporting.json_v1 import Encoder, ProblemList, Run, dump, render
from tools.reporting import samples
from tools.reporting.strategies import hostile_text

Golden = Callable[[str, str], None]
LINT = Run("lint", "1.2.3", (ExitCode.FINDINGS,))


def test_ordinary_problems(golden: Golden) -> None:
    golden("reporting/json_normal.json", render(LINT, [ProblemList(samples.NORMAL)], REGISTRY))


def test_nothing_to_say(golden: Golden) -> None:
    golden("reporting/json_empty.json", render(Run("lint", "1.2.3", (ExitCode.OK,)), [ProblemList(())], REGISTRY))


def test_a_crash(golden: Golden) -> None:
    golden("reporting/json_crashed.json", render(Run("lint", "1.2.3", (ExitCode.INTERNAL_ERROR,)), [], REGISTRY))


def test_hostile_problems(golden: Golden) -> None:
    golden("reporting/json_hostile.json", render(LINT, [ProblemList(samples.HOSTILE)], REGISTRY))


def test_the_exit_code_is_that_of_the_worst_outcome_and_all_are_listed() -> None:
    codes = (ExitCode.FINDINGS, ExitCode.TESTS_FAILED, ExitCode.FINDINGS)
    report = json.loads(render(Run("check", "1", codes), [], REGISTRY))

    assert report["exit_code"] == 4
    assert not report["ok"]
    assert report["outcomes"] == [{"code": 4, "name": "tests-failed"}, {"code": 5, "name": "findings"}]


@pytest.mark.parametrize("code", ExitCode)
def test_only_no_trouble_and_changes_are_ok(code: ExitCode) -> None:
    assert json.loads(render(Run("plan", "1", (code,)), [], REGISTRY))["ok"] == (code in {0, 6})


def test_each_type_of_result_has_one_encoder_and_one_key() -> None:
    assert len({encoder.key for encoder in REGISTRY}) == len(REGISTRY)
    assert len({encoder.type for encoder in REGISTRY}) == len(REGISTRY)


def test_a_result_without_an_encoder_is_our_bug() -> None:
    with pytest.raises(InternalError, match="no JSON encoder is registered for `int`"):
        render(LINT, [1], REGISTRY)


def test_a_key_is_written_once() -> None:
    registry = (Encoder("tool", int, lambda number: number),)

    with pytest.raises(InternalError, match="encoded as `tool`"):
        render(LINT, [1], registry)


@given(hostile_text)
def test_strings_survive_and_no_command_starts_in_the_log(text: str) -> None:
    dumped = dump({text: [text]})

    assert json.loads(dumped) == {text: [text]}
    assert dumped.isascii()
    assert "##[" not in dumped
    assert not [line for line in dumped.splitlines() if line.lstrip().startswith("::")]

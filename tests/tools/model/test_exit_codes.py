"""One exit code stands for several outcomes, the one that matters most."""

from itertools import permutations

import pytest

from bylaw.model.exit_codes import ExitCode, worst


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([], ExitCode.OK),
        ([ExitCode.OK, ExitCode.CHANGES_EXIST], ExitCode.CHANGES_EXIST),
        ([ExitCode.FINDINGS, ExitCode.TESTS_FAILED, ExitCode.INVALID_INPUT], ExitCode.INVALID_INPUT),
        ([ExitCode.UNSAFE_PLAN, ExitCode.CONFLICT], ExitCode.UNSAFE_PLAN),
        ([ExitCode.PARTIAL_APPLY, ExitCode.UNSAFE_PLAN], ExitCode.PARTIAL_APPLY),
        ([ExitCode.INTERNAL_ERROR, ExitCode.USAGE, ExitCode.VERIFICATION_FAILED], ExitCode.INTERNAL_ERROR),
    ],
)
def test_the_worst_outcome_wins_whatever_the_order(codes: list[ExitCode], expected: ExitCode) -> None:
    assert {worst(list(order)) for order in permutations(codes)} == {expected}


def test_every_code_has_a_rank() -> None:
    for code in ExitCode:
        assert worst([code]) is code

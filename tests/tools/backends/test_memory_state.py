"""The state in memory goes through the contract."""

import pytest

from bylaw.backends.state.interface import Record
from tools.contracts.state_contract import PROD, StateContract, record
from tools.fakes.memory_state import MemoryState


class TestMemoryState(StateContract):
    @pytest.fixture
    def state(self) -> MemoryState:
        return MemoryState()

    @pytest.fixture
    def unreachable(self) -> MemoryState:
        state = MemoryState()
        state.unreachable = True
        return state


def test_a_test_may_die_right_after_a_record() -> None:
    state = MemoryState()

    def die(records: object) -> None:
        raise ZeroDivisionError(records)

    state.on_append = die
    with pytest.raises(ZeroDivisionError):
        state.append([record()])

    kept: tuple[Record, ...] = state.records(PROD)
    assert len(kept) == 1

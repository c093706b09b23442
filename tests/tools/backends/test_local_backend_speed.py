"""How long it takes to look at a large store."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bylaw.backends.local.backend import LocalBackend
from tools.backends.opening import local_backend
from tools.contracts.policies import ENGINE, desired, statement

POLICIES = 10_000
SECONDS = 0.5


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[LocalBackend]:
    backend = local_backend(f"sqlite:///{tmp_path}/bylaw.db")
    with backend.transaction():
        for number in range(POLICIES):
            backend.create(ENGINE, desired(f"policy-{number}", statement(number)), str(number))
    yield backend
    backend.close()


@pytest.mark.bench
def test_observing_ten_thousand_policies_takes_less_than_half_a_second(backend: LocalBackend) -> None:
    taken = []
    for _ in range(5):
        start = time.perf_counter()
        observed = backend.observe()
        taken.append(time.perf_counter() - start)

    assert len(observed.objects) == POLICIES
    assert sorted(taken)[2] < SECONDS

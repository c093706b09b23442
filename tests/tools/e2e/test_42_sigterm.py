"""A loop that is asked to stop finishes what it began and exits."""

import signal
import time

import pytest

from tools.e2e.driver import Bylaw

DEADLINE = 60


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_loop_that_is_told_to_stop_exits_cleanly_and_leaves_no_lease(bylaw: Bylaw, number: signal.Signals) -> None:
    metrics = bylaw.root / ".bylaw" / "metrics.prom"
    metrics.parent.mkdir()
    loop = bylaw.start("reconcile", "--loop", "--interval", "1", "--metrics", str(metrics))
    try:
        started = time.monotonic()
        while not metrics.exists() and time.monotonic() - started < DEADLINE:
            time.sleep(0.05)
        assert metrics.exists()

        loop.send_signal(number)
        stdout, stderr = loop.communicate(timeout=DEADLINE)
    finally:
        loop.kill()

    assert loop.returncode == 0, stderr
    assert "Traceback" not in stdout + stderr
    assert "not leased" in bylaw.ok("unlock", "local").stdout
    assert bylaw.run("plan", "--detailed-exitcode").code == 0

"""Two reconcilers at once: one writes, the other waits or gives up, and nothing interleaves."""

from itertools import groupby

import pytest

from tools.e2e.driver import CAP, Bylaw
from tools.pipeline.repositories import PERMIT

RIVALS = 2


@pytest.mark.parametrize("attempt", range(5))
def test_of_two_reconcilers_at_most_one_writes_at_a_time(bylaw: Bylaw, attempt: int) -> None:
    if attempt % 2:
        bylaw.ok("reconcile")
        bylaw.commit({CAP: PERMIT.replace("100", str(900 + attempt))})

    running = [bylaw.start("reconcile") for _ in range(RIVALS)]
    ended = [(process.communicate(timeout=60), process.returncode) for process in running]

    codes = sorted(code for _, code in ended)
    assert codes in ([0, 0], [0, 8]), ended
    assert not any("Traceback" in text for outputs, _ in ended for text in outputs)
    journal = bylaw.rows("select run, at from bylaw_state_journal order by number")
    runs = [run for run, _ in journal]
    assert len(list(groupby(runs))) == len(set(runs)), runs
    spans = [[at for other, at in journal if other == run] for run in dict.fromkeys(runs)]
    for (at,) in bylaw.rows("select at from bylaw_audit"):
        assert sum(span[0] <= at <= span[-1] for span in spans) == 1, (at, journal)
    numbers = bylaw.rows("select name, count(*) from bylaw_policy where deleted_at is null group by name")
    assert sorted(numbers) == [("shop/access/read-front", 1), ("shop/guards/level", 1)]
    assert bylaw.run("plan", "--detailed-exitcode").code == 0

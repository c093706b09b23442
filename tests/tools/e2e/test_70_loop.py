"""The loop converges, tells about it, and never ends by a failure."""

import re

from tools.e2e.driver import CAP, Bylaw
from tools.pipeline.repositories import PERMIT

LOOP = ("reconcile", "--loop", "--interval", "1")


def metrics(bylaw: Bylaw) -> dict[str, float]:
    """Name and labels to value, of every sample in the metrics file."""
    lines = (bylaw.root / "m.prom").read_text().splitlines()
    samples = [line.rpartition(" ") for line in lines if not line.startswith("#")]
    return {name: float(value) for name, _, value in samples}


def test_a_loop_applies_and_then_has_nothing_to_do(bylaw: Bylaw) -> None:
    result = bylaw.ok(*LOOP, "--turns", "2", "--metrics", "m.prom")

    assert set(bylaw.live()) == bylaw.named("access/read-front", "guards/level")
    assert len(result.stderr.splitlines()) == 2
    found = metrics(bylaw)
    assert 0 <= found['bylaw_last_success_age_seconds{target="local"}'] < 5
    assert found['bylaw_changes_total{target="local"}'] == 3
    assert found['bylaw_failures_total{target="local"}'] == 0
    assert found['bylaw_suspended{target="local"}'] == 0
    head = bylaw.git("rev-parse", "HEAD")
    assert found[f'bylaw_applied_commit_info{{target="local",commit="{head}"}}'] == 1


def test_every_metric_has_help_and_type_and_the_file_is_replaced_whole(bylaw: Bylaw) -> None:
    bylaw.ok(*LOOP, "--turns", "1", "--metrics", "m.prom")

    text = (bylaw.root / "m.prom").read_text()
    names = set(re.findall(r"^(\w+)\{", text, re.MULTILINE))
    assert names == set(re.findall(r"^# HELP (\w+) .", text, re.MULTILINE)) & names
    assert set(re.findall(r"^# HELP (\w+)", text, re.MULTILINE)) == set(
        re.findall(r"^# TYPE (\w+)", text, re.MULTILINE)
    )
    assert not list(bylaw.root.glob(".*.new"))


def test_drift_shows_in_the_metrics(applied: Bylaw) -> None:
    applied.tamper(
        "update bylaw_policy set mode = 'log_only', revision = revision + 1 where name = 'shop/guards/level'"
    )

    applied.run(*LOOP, "--turns", "1", "--metrics", "m.prom")

    assert sum(value for name, value in metrics(applied).items() if name.startswith("bylaw_drift_policies")) == 1


def test_a_failing_turn_is_counted_and_the_loop_goes_on(applied: Bylaw) -> None:
    applied.commit({CAP: None, "policies/shop/guards/level.cedar": None})

    result = applied.run(*LOOP, "--turns", "2", "--metrics", "m.prom")

    assert result.code == 9
    assert "error=" in result.stderr
    found = metrics(applied)
    assert found['bylaw_failures_total{target="local"}'] == 2
    assert found['bylaw_last_success_age_seconds{target="local"}'] == float("inf")


def test_a_commit_that_does_not_compile_does_not_end_a_running_loop(applied: Bylaw) -> None:
    loop = applied.start(*LOOP, "--turns", "3", "--metrics", "m.prom")
    try:
        assert loop.stderr is not None
        loop.stderr.readline()
        applied.commit({CAP: PERMIT.replace("amount", "amuont")})
        _, stderr = loop.communicate(timeout=60)
    finally:
        loop.kill()

    assert loop.returncode == 9, stderr
    assert "Traceback" not in stderr
    assert metrics(applied)['bylaw_failures_total{target="local"}'] >= 1

"""Metrics in the text exposition format, as Prometheus reads it."""

import math
import re
from dataclasses import replace
from datetime import timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given

from bylaw.model.identifiers import TargetId
from bylaw.reconcile.drift import DriftClass, DriftItem, DriftSeverity
from bylaw.reconcile.loop import TargetStatus
from bylaw.reconcile.metrics import render_metrics
from tools.fakes.clock import EPOCH
from tools.reconcile.world import ref

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\\\|\\"|\\n)*"'
SAMPLE = re.compile(rf"({NAME})\{{({LABEL}(?:,{LABEL})*)?\}} (\S+)")
COMMENT = re.compile(rf"# (HELP|TYPE) ({NAME}) (.+)")


def drifted(kind: DriftClass, ignored: str | None = None) -> DriftItem:
    return DriftItem(kind, DriftSeverity.CRITICAL, ref("one"), None, "told", None, None, ignored)


def status(name: str = "prod") -> TargetStatus:
    return TargetStatus(
        target=TargetId(name),
        last_attempt=EPOCH - timedelta(seconds=30),
        last_success=EPOCH - timedelta(seconds=90.5),
        applied_commit="a" * 40,
        changes=1_234_567,
        failures_total=3,
        drift=(drifted(DriftClass.CONFLICT), drifted(DriftClass.MODE_CHANGED_OUTSIDE, "soaking")),
        pending_deletes=2,
        suspended=True,
    )


def read(text: str) -> dict[str, float]:
    """Parse as a scraper does: every line must be understood."""
    assert text.endswith("\n")
    samples: dict[str, float] = {}
    family, families = "", []
    for line in text[:-1].split("\n"):
        comment = COMMENT.fullmatch(line)
        if comment:
            if comment[1] == "HELP":
                family = comment[2]
                families.append(family)
            else:
                assert comment[2] == family
                assert comment[3] in ("gauge", "counter")
                assert (comment[3] == "counter") == family.endswith("_total")
            continue
        sample = SAMPLE.fullmatch(line)
        assert sample, line
        assert sample[1] == family, "samples of a family stand together"
        key = f"{sample[1]}{{{sample[2]}}}"
        assert key not in samples
        samples[key] = float(sample[3])
    assert len(families) == len(set(families))
    return samples


def test_a_status_becomes_samples() -> None:
    samples = read(render_metrics([status()], EPOCH))

    assert samples['bylaw_last_success_age_seconds{target="prod"}'] == 90.5
    assert samples['bylaw_last_attempt_age_seconds{target="prod"}'] == 30
    assert samples['bylaw_changes_total{target="prod"}'] == 1_234_567
    assert samples['bylaw_failures_total{target="prod"}'] == 3
    assert samples['bylaw_drift_policies{target="prod",class="conflict"}'] == 1
    assert samples['bylaw_drift_policies{target="prod",class="mode-changed-outside"}'] == 0
    assert samples['bylaw_pending_deletes{target="prod"}'] == 2
    assert samples['bylaw_suspended{target="prod"}'] == 1
    assert samples[f'bylaw_applied_commit_info{{target="prod",commit="{"a" * 40}"}}'] == 1


def test_a_target_that_never_succeeded_is_infinitely_old() -> None:
    samples = read(render_metrics([TargetStatus(TargetId("prod"))], EPOCH))

    assert math.isinf(samples['bylaw_last_success_age_seconds{target="prod"}'])
    assert "+Inf" in render_metrics([TargetStatus(TargetId("prod"))], EPOCH)


def test_every_target_is_in_every_family() -> None:
    names = ["one", "two", "three"]
    samples = read(render_metrics([status(name) for name in names], EPOCH))

    families: dict[str, set[str]] = {}
    for key in samples:
        name, _, labels = key.partition("{")
        families.setdefault(name, set()).add(labels.split('"')[1])
    assert all(found == set(names) for found in families.values())


@pytest.mark.parametrize("value", [0, 1, 999_999, 1_000_001, 123_456_789, 10**15])
def test_counters_are_exact(value: int) -> None:
    samples = read(render_metrics([replace(status(), changes=value)], EPOCH))
    assert samples['bylaw_changes_total{target="prod"}'] == value


@given(st.lists(st.text(), unique=True, max_size=3), st.text())
def test_no_label_breaks_the_format(targets: list[str], commit: str) -> None:
    statuses = [replace(status(name), applied_commit=commit) for name in targets]
    read(render_metrics(statuses, EPOCH))


def test_nothing_to_tell_is_valid_too() -> None:
    assert read(render_metrics([], EPOCH)) == {}

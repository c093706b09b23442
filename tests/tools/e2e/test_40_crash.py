"""A reconciler that is killed at any moment: the next run converges, loses nothing and repeats nothing."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tools.e2e.driver import CAP, LEVEL, ROOT, Bylaw, settings, waiver
from tools.pipeline.repositories import FORBID, PERMIT

CHANGE = {
    CAP: PERMIT.replace("100", "900"),
    LEVEL: None,
    "policies/shop/access/write-front.cedar": PERMIT.replace('"read"', '"write"'),
    "policies/shop/guards/amount.cedar": "forbid (principal, action, resource) when { context.amount > 5000 };\n",
    "bylaw.yaml": settings("limits: {max_change_ratio: 1}") + waiver("forbid_removals"),
}
"""A policy changes, one goes for which a waiver is needed, a permit and a forbid come."""


def kill_everywhere(base: Path, work: Path, hours: int = 0) -> int:
    """Copies of `base` in `work`, each reconciled up to a later moment; returns how many were killed."""
    path = os.pathsep.join(str(ROOT / folder) for folder in ("tools", "tests"))
    done = subprocess.run(
        [sys.executable, "-m", "tools.e2e.killing", str(base), str(work), str(hours)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def later(hours: int) -> str:
    """A time at which the lease of a dead reconciler has ended, for `BYLAW_NOW`."""
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


def versions(bylaw: Bylaw) -> dict[str, list[int]]:
    """The numbers of all versions of each policy name."""
    rows = bylaw.rows(
        "select p.name, v.number from bylaw_policy p join bylaw_policy_version v on v.policy_id = p.id order by 1, 2"
    )
    return {name: [number for other, number in rows if other == name] for name, _ in rows}


def assert_sound(bylaw: Bylaw, control: Bylaw, when: str) -> None:
    """The store is as after a run that nothing interrupted."""
    assert bylaw.live() == control.live(), when
    assert versions(bylaw) == versions(control), when
    per_policy = bylaw.rows(
        "select p.id, p.deleted_at is null, max(v.number), count(*), sum(v.retired_at is null)"
        " from bylaw_policy p join bylaw_policy_version v on v.policy_id = p.id group by p.id"
    )
    for policy, is_live, highest, count, in_use in per_policy:
        assert (highest, in_use) == (count, is_live), (when, policy)

    audit = "select a.action, p.name, a.version, a.mode, a.before_digest, a.after_digest from bylaw_audit a"
    audit += " left join bylaw_policy p on p.id = a.policy_id"
    assert Counter(bylaw.rows(audit)) == Counter(control.rows(audit)), when
    assert bylaw.rows("select nonce from bylaw_state_lease") == [(None,)], when
    ((last,),) = bylaw.rows("select kind from bylaw_state_journal order by number desc limit 1")
    assert last in {"verified", "end"}, when


@pytest.fixture(scope="session")
def changing_root(applied_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An applied repository with a further commit that is not applied yet."""
    root = Path(shutil.copytree(applied_root, tmp_path_factory.mktemp("changing") / "policies"))
    Bylaw(root).commit(CHANGE)
    return root


@pytest.mark.parametrize("start", ["committed_root", "changing_root"], ids=["the first apply", "a later apply"])
def test_a_rerun_converges_wherever_the_apply_was_killed(
    start: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    base: Path = request.getfixturevalue(start)

    moments = kill_everywhere(base, tmp_path)

    assert moments >= 20
    control = Bylaw(tmp_path / str(moments + 1))
    for moment in range(1, moments + 1):
        bylaw = Bylaw(tmp_path / str(moment))
        rerun = bylaw.run("reconcile", BYLAW_NOW=later(1))
        assert rerun.code == 0, (moment, rerun.all)
        assert_sound(bylaw, control, f"killed at moment {moment} of {moments}")


def test_a_rerun_that_is_killed_too_still_leaves_the_next_one_able_to_converge(
    changing_root: Path, tmp_path: Path
) -> None:
    first = kill_everywhere(changing_root, tmp_path / "once")
    control = Bylaw(tmp_path / "once" / str(first + 1))
    middle = tmp_path / "once" / str(first // 2)

    second = kill_everywhere(middle, tmp_path / "twice", hours=1)

    for moment in range(1, second + 1):
        bylaw = Bylaw(tmp_path / "twice" / str(moment))
        rerun = bylaw.run("reconcile", BYLAW_NOW=later(2))
        assert rerun.code == 0, (moment, rerun.all)
        assert_sound(bylaw, control, f"killed in the middle, and then at moment {moment} of {second}")


def test_a_waiver_is_spent_though_the_run_that_used_it_was_killed(changing_root: Path, tmp_path: Path) -> None:
    moments = kill_everywhere(changing_root, tmp_path)
    bylaw = Bylaw(tmp_path / str(moments // 2))
    assert bylaw.run("reconcile", BYLAW_NOW=later(1)).code == 0

    bylaw.commit({LEVEL: FORBID})
    assert bylaw.run("reconcile", BYLAW_NOW=later(2)).code == 0
    bylaw.commit({LEVEL: None})

    assert bylaw.run("reconcile", BYLAW_NOW=later(3)).code == 7


def test_the_lease_of_a_dead_reconciler_holds_others_off_until_it_is_broken(
    committed_root: Path, tmp_path: Path
) -> None:
    moments = kill_everywhere(committed_root, tmp_path)
    bylaw = Bylaw(tmp_path / str(moments // 2))

    held = bylaw.run("reconcile")
    assert held.code == 8
    assert "mortal" in held.stderr

    shown = bylaw.ok("unlock", "local").stdout
    nonce = re.search(r"--nonce (\S+?)`", shown)
    assert nonce is not None
    assert bylaw.run("unlock", "local", "--nonce", "wrong").code == 8
    bylaw.ok("unlock", "local", "--nonce", nonce[1])

    bylaw.ok("reconcile")
    assert_sound(bylaw, Bylaw(tmp_path / str(moments + 1)), "unlocked")

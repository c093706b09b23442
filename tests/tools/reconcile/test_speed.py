"""Planning a large target takes no time worth mentioning. Measured in time of the processor: others may be busy too."""

from time import process_time

from bylaw.model.digests import digest_text
from bylaw.model.marks import Mark
from bylaw.reconcile.inventory import JournalFacts, read_journal
from bylaw.reconcile.plan import make_plan
from bylaw.reconcile.safety import check_safety
from tools.reconcile.world import OWNER, World, permit, ref, store

COUNT = 10_000


def large() -> World:
    world = World(store=store(transactional=True))
    policies = {f"p{number}": permit(f"p{number}") for number in range(COUNT)}
    for name, text in policies.items():
        mark = Mark.of(OWNER, world.target, ref(name), digest_text(text))
        world.store.seed("desk", text, description=str(mark), name=f"desk/{name}")
    world.store.put_schema("desk", None)
    world.commit(policies)
    assert world.apply().problems == ()
    return world


def best_of(count: int, action: object) -> float:
    times = []
    for _ in range(count):
        start = process_time()
        action()  # type: ignore[operator]
        times.append(process_time() - start)
    return min(times)


def test_ten_thousand_policies_plan_in_half_a_second() -> None:
    world = large()
    observed, applied, given = world.store.observe(), world.memory.applied(world.target), world.given()

    def plan() -> None:
        fresh = type(observed)(observed.engines, observed.objects)
        made = make_plan(given, fresh, applied, JournalFacts())
        assert made.is_empty
        assert made.hash
        check_safety(made, given.settings.limits, given.bundles, (), given.now.date(), JournalFacts())

    assert best_of(3, plan) < 0.5

    world.commit({f"p{number}": permit(f"new{number}") for number in range(COUNT)})
    given = world.given()
    facts = read_journal(world.records(), given.now)

    def plan_changes() -> None:
        made = make_plan(given, observed, applied, facts)
        assert len(made.changes) == COUNT
        assert made.hash
        check_safety(made, given.settings.limits, given.bundles, (), given.now.date(), facts)

    assert best_of(3, plan_changes) < 2

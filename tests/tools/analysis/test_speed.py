"""What linting costs beside reading, over a thousand policies."""

import gc
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from bylaw.analysis.configuration import configure
from bylaw.analysis.facts import AppContext
from bylaw.analysis.registry import REGISTRY
from bylaw.analysis.runner import lint
from bylaw.languages.cedar.parser import parse_statement
from bylaw.repository.documents.settings import LintSettings
from tools.analysis import casefile
from tools.analysis.casefile import Case

SHAPES = (
    """permit (principal, action == Action::"read", resource in Folder::"t{i}")
when {{ principal is Agent && principal.tier >= {i} && context.amount < {i} && resource.risk < 5 }}
unless {{ context.region == "x{i}" }};
""",
    """forbid (principal is Agent, action in [Action::"pay", Action::"search"], resource in Folder::"f{i}")
when {{ context has ticket && context.ticket like "T-{i}*" && !(["de", "fr", "x{i}"].contains(context.region)) }};
""",
    """permit (principal == Agent::"a{i}", action == Action::"pay", resource)
when {{ principal.hasTag("env") && principal.getTag("env") == "prod{i}" && context.cost.lessThan(decimal("10.5")) }};
""",
    """forbid (principal, action, resource is Tool)
when {{ resource.risk > 7 || context.ip.isInRange(ip("10.0.0.0/16")) }}
unless {{ principal is Agent && principal has owner && principal.region == "r{i}" }};
""",
)


@pytest.mark.bench
def test_linting_costs_no_more_than_three_times_reading() -> None:
    head = '@description("a policy of the desk")\n@owner("team")\n'
    texts = [head + SHAPES[i % 4].format(i=i) for i in range(1000)]
    app, _ = casefile.context(Case(name="many", source="permit (principal, action, resource);"))
    policies = tuple(casefile.policy(f"area/p{i}", text) for i, text in enumerate(texts))
    configs, _ = configure(REGISTRY, LintSettings())
    contexts = [AppContext(replace(app.program, policies=policies), app.document, app.today) for _ in range(5)]

    reading = min(_seconds(lambda: [parse_statement(text, "p") for text in texts]) for _ in range(3))
    linting = min(_seconds(partial(lint, [context], configs)) for context in contexts)

    assert linting < 3 * reading


def _seconds(work: Callable[[], object]) -> float:
    """Of this process: another test may run beside it, and what other tests left behind is not collected here."""
    gc.disable()
    start = time.process_time()
    work()
    spent = time.process_time() - start
    gc.enable()
    return spent

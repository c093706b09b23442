"""What `/openapi.json` says, schemathesis holds the server to: no bug of the server, no answer that is not described."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case as AnyCase
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from bylaw.server.application import build_application
from bylaw.server.options import ServerOptions
from tools.server.policy_api.client import BASE, PERMIT
from tools.server.serving import running

Case: TypeAlias = AnyCase[Any]

CHECKS = [
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    not_a_server_error,
    unsupported_method,
]
QUICK = settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    database=None,
)
NOT_SUPPORTED, TOO_LARGE = 501, 413


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("described")
    app = build_application(ServerOptions(url=f"sqlite:///{folder}/serve.db", enforced="shop"))
    with running(app) as url:
        engine = httpx.post(f"{url}{BASE}/engines", json={"name": "shop"}).json()["policy_engine_id"]
        httpx.post(f"{url}{BASE}/engines/{engine}/policies", json={"policy_body": PERMIT}).raise_for_status()
        yield url


@pytest.fixture(scope="module")
def engine(base: str) -> str:
    (found,) = httpx.get(f"{base}{BASE}/engines?max_results=1").json()["policy_engines"]
    return str(found["policy_engine_id"])


schema = schemathesis.openapi.from_dict(build_application(ServerOptions(url="sqlite:///unused.db")).openapi())


def hold(case: Case, base: str, *, skip: tuple[CheckFunction, ...] = ()) -> None:
    answer = case.call(base_url=base)
    unfit = {NOT_SUPPORTED: (not_a_server_error,), TOO_LARGE: (negative_data_rejection,)}.get(answer.status_code, ())
    checks = [check for check in CHECKS if check not in (*unfit, *skip)]
    case.validate_response(answer, checks=checks)


@schema.parametrize()
@QUICK
def test_every_answer_is_as_described(case: Case, base: str) -> None:
    hold(case, base)


@schema.parametrize()
@QUICK
def test_every_answer_about_what_exists_is_as_described(case: Case, base: str, engine: str) -> None:
    if "engine_id" in case.path_parameters:
        case.path_parameters["engine_id"] = engine
    if isinstance(case.body, dict) and "policy_body" in case.body:
        case.body["policy_body"] = PERMIT
    if isinstance(case.body, dict) and "engine_id" in case.body:
        case.body["engine_id"] = engine

    hold(case, base, skip=(negative_data_rejection,))


@pytest.mark.deep
@schema.parametrize()
@settings(QUICK, max_examples=400, derandomize=False)
def test_every_answer_is_as_described_however_long_one_asks(case: Case, base: str) -> None:
    hold(case, base)

"""The Policy API as a test speaks to it: real HTTP, answers as they come."""

from dataclasses import dataclass
from typing import Any

import httpx

BASE = "/api/v1/policy"
PERMIT = 'permit(principal == User::"ada", action, resource);'
FORBID = 'forbid(principal, action == Action::"erase", resource);'
FORBID_ALL = "forbid(principal, action, resource);"


def uid(type_: str, id_: str) -> dict[str, str]:
    return {"type": type_, "id": id_}


def question(principal: str = "ada", action: str = "view", **more: Any) -> dict[str, Any]:
    return {
        "principal": uid("User", principal),
        "action": uid("Action", action),
        "resource": uid("Doc", "plan"),
        **more,
    }


@dataclass
class Api:
    """One server."""

    http: httpx.Client

    def call(self, method: str, path: str, body: object = None, **more: Any) -> httpx.Response:
        """Call an operation; `path` is below the base of the API."""
        if body is not None:
            more["json"] = body
        return self.http.request(method, f"{BASE}{path}", **more)

    def ok(self, method: str, path: str, body: object = None, **more: Any) -> Any:
        """Call what has to succeed, and give what it answers."""
        answer = self.call(method, path, body, **more)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def engine(self, name: str = "shop", **more: Any) -> str:
        """Make an engine, and give its id."""
        return str(self.ok("POST", "/engines", {"name": name, **more})["policy_engine_id"])

    def policy(self, engine: str, body: str = PERMIT, **more: Any) -> str:
        """Make a policy, and give its id."""
        return str(self.ok("POST", f"/engines/{engine}/policies", {"policy_body": body, **more})["policy_id"])

    def decide(self, engine: str, principal: str = "ada", action: str = "view", **more: Any) -> Any:
        """Ask for a decision."""
        return self.ok("POST", "/authorize", question(principal, action, engine_id=engine, **more))

"""A listing, whole or not at all.

The original's in-memory provider ignores `next_token`, answers `next_token: null` always, and cuts at `max_results`: a full page
without a token may be everything or the beginning of it. Asking once more, with room for a thousand, tells; AgentCore behind the
same API refuses that question, but then its token could be believed.
"""

from collections.abc import Callable
from typing import Any, Final

from bylaw.backends.interface import BackendTerminalError, BackendTransientError
from bylaw.backends.policy_api.failures import RefusedError
from bylaw.backends.policy_api.records import mapping, misshapen

PAGE: Final = 100
"""What every provider takes."""
LARGEST_PAGE: Final = 1000
MAX_PAGES: Final = 1000
MAX_TOKEN: Final = 8192

Fetch = Callable[[dict[str, str]], object]
"""Ask for one page, with these parameters."""


def all_items(fetch: Fetch, member: str) -> list[Any]:
    """Read every item, following tokens until there is none.

    Raises:
        BackendTerminalError: the pages go in circles, or it cannot be proven that nothing is missing.
    """
    found, token = _page(fetch({"max_results": str(PAGE)}), member)
    if token is None:
        return found if len(found) < PAGE else _more(fetch, member, found)
    seen: set[str] = set()
    for _ in range(MAX_PAGES):
        if token is None:
            return found
        if token in seen:
            raise BackendTerminalError(f"the pages of `{member}` go in circles")
        seen.add(token)
        items, token = _page(fetch({"max_results": str(PAGE), "next_token": token}), member)
        found.extend(items)
    raise BackendTerminalError(f"`{member}` comes page after page, {MAX_PAGES} of them and more")


def _more(fetch: Fetch, member: str, first: list[Any]) -> list[Any]:
    """A full page without a token: ask once with room for more."""
    try:
        found, token = _page(fetch({"max_results": str(LARGEST_PAGE)}), member)
    except RefusedError as error:
        if error.is_upstream:
            return first
        raise _unproven(member) from None
    if token is not None or len(found) >= LARGEST_PAGE:
        raise _unproven(member)
    if len(found) < len(first):
        raise BackendTransientError("the listing changed while it was read")
    return found


def _page(answer: object, member: str) -> tuple[list[Any], str | None]:
    members = mapping(answer, member)
    items, token = members.get(member), members.get("next_token")
    if not isinstance(items, list):
        raise misshapen(member)
    if token is not None and (not isinstance(token, str) or len(token) > MAX_TOKEN):
        raise misshapen("next_token")
    return items, token or None


def _unproven(member: str) -> BackendTerminalError:
    return BackendTerminalError(
        f"cannot prove that the list of `{member}` is complete",
        help="the server cuts its lists without saying so; spread the policies over more engines",
    )

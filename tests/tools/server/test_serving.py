"""The helper that other tests stand on."""

from collections.abc import Awaitable, Callable

import httpx

from tools.server.serving import Message, running


async def _echo(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


def test_two_servers_run_beside_each_other() -> None:
    with running(_echo) as first, running(_echo) as second:
        answers = [httpx.get(f"{url}/here").text for url in (first, second)]

    assert answers == ["/here", "/here"]

"""Who is let in. Before any route: host, origin, size, session and the token of a change; after it: headers that browsers obey.

Deny by default: whatever is not named here needs the session, whatever changes something needs besides the token that only our
own pages know, and a method that is no GET, HEAD or POST is nothing that we have.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LARGEST_BODY = 1_000_000  # bytes: as the largest file that is read
LONGEST_ADDRESS = 2_000  # bytes of path and query
OWN_HOSTS = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
HEADERS = {
    "content-security-policy": OWN_HOSTS,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
REFUSALS = {
    400: "The request is not one that a browser sends.",
    401: "Open the address that 'osteon web' prints; it works once. It prints another when it was used.",
    403: "This request did not come from a page of this server.",
    405: "Only GET and POST are answered.",
    411: "The length of what is sent must be said.",
    413: f"More than {LARGEST_BODY} bytes are not taken.",
    414: "The address is too long.",
    415: "Only JSON is taken.",
    421: "This server answers to 127.0.0.1 and localhost alone.",
}


class Keys:
    """What opens the door.   token : of the address that is printed, good once; session : of the cookie; change : of our pages"""

    def __init__(self, on_used: Callable[[str], None] = lambda token: None) -> None:
        self.token, self.session, self.change = (secrets.token_urlsafe(24) for _ in range(3))
        self.on_used = on_used

    def use(self, token: str) -> bool:
        """Whether it is the token that is good now; another is made, and told to whoever prints addresses."""
        if not hmac.compare_digest(token.encode(), self.token.encode()):
            return False
        self.token = secrets.token_urlsafe(24)
        self.on_used(self.token)
        return True


class Guard:
    """An ASGI application around another.   port : that is served; it stands in the only hosts and origins that are let in"""

    def __init__(self, app: App, keys: Keys, port: int) -> None:
        self.app, self.keys = app, keys
        self.hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}
        self.origins = {f"http://{host}" for host in self.hosts}
        self.cookie = f"osteon_{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse before any route is asked."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] != "http":  # WebSockets: we have none
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = self._refusal(scope, _headers(scope["headers"]))
        if status == 401 and self._enters(scope):
            value = f"{self.cookie}={self.keys.session}; HttpOnly; SameSite=Strict; Path=/"
            await _plain(send, 303, "", [("location", "/"), ("set-cookie", value)])
            return
        body = await _body(receive) if not status and scope["method"] == "POST" else b""
        if status or body is None:
            await _refuse(send, status or 413)
        else:
            await self.app(scope, _once(body, receive), _with_headers(send))

    def _refusal(self, scope: Scope, headers: dict[str, list[str]]) -> int:
        """Status of a refusal; 0 where it may go on."""
        if len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST_ADDRESS:
            return 414
        if headers.get("host") is None or any(
            len(headers.get(n, ())) > 1 for n in ("host", "origin", "content-length")
        ):
            return 400
        if headers["host"][0] not in self.hosts:
            return 421
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return 405
        if "origin" in headers and headers["origin"][0] not in self.origins:
            return 403
        if not self._known(headers):
            return 401
        return self._change(headers) if scope["method"] == "POST" else 0

    def _change(self, headers: dict[str, list[str]]) -> int:
        """Why a request that changes something is refused; 0 where it may go on."""
        if headers.get("sec-fetch-site", ["same-origin"])[0] != "same-origin" or "origin" not in headers:
            return 403
        if not hmac.compare_digest(headers.get("x-osteon", [""])[0].encode(), self.keys.change.encode()):
            return 403
        if headers.get("content-type", [""])[0].split(";")[0].strip().lower() != "application/json":
            return 415
        length = headers.get("content-length", [""])[0]
        if not (length.isascii() and length.isdigit()):
            return 411
        return 413 if len(length) > 12 or int(length) > LARGEST_BODY else 0

    def _known(self, headers: dict[str, list[str]]) -> bool:
        """Whether the session's cookie came along."""
        jar: SimpleCookie = SimpleCookie()
        try:
            jar.load("; ".join(headers.get("cookie", ())))
        except CookieError:
            return False
        found = jar[self.cookie].value if self.cookie in jar else ""
        return hmac.compare_digest(found.encode(), self.keys.session.encode())

    def _enters(self, scope: Scope) -> bool:
        """Whether somebody comes with the address that was printed."""
        if scope["method"] != "GET" or scope["path"] != "/":
            return False
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
        return len(given) == 1 and self.keys.use(given[0])


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in raw:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return found


async def _body(receive: Receive) -> bytes | None:
    """What was sent; None where it is longer than said or allowed."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b"".join(parts)
        parts.append(message.get("body", b""))
        if sum(map(len, parts)) > LARGEST_BODY:
            return None
        if not message.get("more_body"):
            return b"".join(parts)


def _once(body: bytes, rest: Receive) -> Receive:
    """The body as the application asks for it; then whatever comes, which is the end."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return left.pop() if left else await rest()

    return receive


def _with_headers(send: Send) -> Send:
    """Every answer with our headers; one that has a policy of its own keeps it."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            have = {name.decode("latin-1").lower() for name, _ in message["headers"]}
            more = [(k.encode(), v.encode()) for k, v in HEADERS.items() if k not in have]
            message = {**message, "headers": [*message["headers"], *more]}
        await send(message)

    return sent


async def _refuse(send: Send, status: int) -> None:
    fault = {"code": "refused", "place": "", "value": status, "allowed": "", "hint": "", "message": REFUSALS[status]}
    await _plain(send, status, json.dumps({"ok": False, "rows": [], "errors": [fault]}), [])


async def _plain(send: Send, status: int, text: str, headers: list[tuple[str, str]]) -> None:
    body = text.encode()
    names = [("content-type", "application/json"), ("content-length", str(len(body))), *headers]
    start = {"type": "http.response.start", "status": status, "headers": [(k.encode(), v.encode()) for k, v in names]}
    await _with_headers(send)(start)
    await send({"type": "http.response.body", "body": body})

"""The server of the explorer's page: Voila behind a guard that every request and socket has to pass.

A request is answered if its `Host` is this machine's loopback, it comes from no other origin, and it knows the token:
first in the URL that `lnlib explore` opens, then in a cookie that browsers send to no other site. A socket must say
where it comes from, as browsers do.
"""

from __future__ import annotations

import hmac
import os
import sys
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import tornado.web
from tornado.httputil import HTTPServerRequest
from voila.app import Voila

from lnlib.explorer.serving import TOKEN_VARIABLE

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_ENTER = '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=/"><title>Explore</title>'


@dataclass(frozen=True)
class Guard:
    """Decides which requests are answered.

    Parameters
    ----------
    token : str
        What a request has to know.
    port : int
        That the page is served at.
    """

    token: str
    port: int

    @property
    def cookie(self) -> str:
        """The name of the cookie; cookies of one machine are shared by its ports."""
        return f"lnlib-explore-{self.port}"

    def refusal(self, request: HTTPServerRequest) -> str:
        """Return why a request is refused; empty if it is answered."""
        host = urlsplit(f"//{request.headers.get('Host', '')}")
        try:
            here = host.hostname in _LOOPBACK and host.port == self.port
        except ValueError:
            here = False
        if not here:
            return "the page is served on this machine only: open it at the address that lnlib explore prints"
        origin = request.headers.get("Origin")
        socket = request.headers.get("Upgrade", "").casefold() == "websocket"
        if (socket or origin is not None) and origin != f"http://{request.headers['Host']}":
            return "the request comes from another site"
        if not self.enters(request) and not self._known(request):
            return "open the address that lnlib explore prints, with its token"
        return ""

    def enters(self, request: HTTPServerRequest) -> bool:
        """Return whether a request brings the token in its URL."""
        given = request.query_arguments.get("token", [b""])[-1]
        return request.method == "GET" and request.path == "/" and self._equals(given.decode(errors="replace"))

    def _known(self, request: HTTPServerRequest) -> bool:
        morsel = request.cookies.get(self.cookie)
        return morsel is not None and self._equals(morsel.value)

    def _equals(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.token.encode())


class _Refused(tornado.web.RequestHandler):
    def initialize(self, why: str) -> None:
        self._why = why

    def prepare(self) -> None:
        self.set_status(403)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{self._why}\n")


class _Enter(tornado.web.RequestHandler):
    """Keeps the token in a cookie and goes on to the page, whose address is then without it."""

    def initialize(self, guard: Guard) -> None:
        self._guard = guard

    def get(self) -> None:
        guard = self._guard
        self.set_cookie(guard.cookie, guard.token, path="/", httponly=True, samesite="Strict")
        self.set_header("Cache-Control", "no-store")
        self.set_header("Referrer-Policy", "no-referrer")
        self.finish(_ENTER)


class PageServer(Voila):  # type: ignore[misc]  # voila ships no types
    """Voila with a guard in front of all it serves."""

    guard: Guard

    def listen(self) -> None:
        """Start listening, with the guard in front of every handler."""
        application: Any = self.app
        find_handler = application.find_handler

        def guarded(request: HTTPServerRequest, **kwargs: Any) -> Any:
            if why := self.guard.refusal(request):
                return application.get_handler_delegate(request, _Refused, {"why": why})
            if self.guard.enters(request):
                return application.get_handler_delegate(request, _Enter, {"guard": self.guard})
            return find_handler(request, **kwargs)

        application.find_handler = guarded  # the one way from a request to a handler
        super().listen()


def main() -> None:
    """Serve the page that the arguments name, as Voila does, to those who know the token in the environment."""
    token = os.environ.pop(TOKEN_VARIABLE)
    server = PageServer.instance()
    server.initialize(sys.argv[1:])
    server.guard = Guard(token, server.port)
    server.start()


if __name__ == "__main__":
    main()

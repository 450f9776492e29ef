"""Who is answered: those on this machine, from the page's own origin, who know the token.

A request is answered if its `Host` is this machine's loopback, it comes from no other origin, and it knows the token:
first in the URL that `lnlib explore` opens, then in a cookie that browsers send to no other site. Whoever changes
something or opens a socket must name its origin, as browsers do.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from urllib.parse import urlsplit

from tornado.httputil import HTTPServerRequest

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Guard:
    """Decides which requests are answered.

    Parameters
    ----------
    token : str
        That a request has to know.
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
        try:
            host = urlsplit(f"//{request.headers.get('Host', '')}")
            here = host.hostname in _LOOPBACK and host.port == self.port
        except ValueError:  # no host, or no port
            here = False
        if not here:
            return "the page is served on this machine only: open it at the address that lnlib explore prints"
        origin = request.headers.get("Origin")
        socket = request.headers.get("Upgrade", "").casefold() == "websocket"
        changes = request.method not in ("GET", "HEAD")
        if (socket or changes or origin is not None) and origin != f"http://{request.headers['Host']}":
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

"""The server of the page: Solara's, with the files of its page served from here and nothing fetched from elsewhere."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from experiments.dashboard.stored import Stored
from experiments.errors import InputError
from simulation.scenario import Scenario

HERE = Path(__file__).parent
#: Solara's own program for browsers, which the package solara-assets of its version brings along.
BUNDLE = "@widgetti/solara-vuetify3-app@"
#: Another of the files that it brings along, two folders below the folder of all.
REQUIRE = "requirejs@*/require.js"
#: Seconds after which a tab whose connection is lost, without having been closed, is given up and its run ended.
PATIENCE = "90s"
#: What a stored report may do: show itself.
ONLY_SHOW = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


@dataclass
class Options:
    """What the command was given; every tab begins with it."""

    scenario: Scenario
    stored: Stored


#: Options of this process's server.
OPTIONS: list[Options] = []


def serve(options: Options, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve the page until interrupted.

    Args:
        options: What every tab begins with.
        host: Address to bind to.
        port: Port, 0 for any that is free.
        ready: Called with the page's address once it can be opened.

    Raises:
        InputError: The address cannot be bound to, or Solara lacks the files of its page.
    """
    listener = _bind(host, port)
    OPTIONS[:] = [options]
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets=sockets)
            shown = f"[{host}]" if ":" in host else host
            ready(f"http://{shown}:{listener.getsockname()[1]}/")

    # A tab keeps its connection for as long as it is open: whoever ends the server does not wait for it.
    config = uvicorn.Config(
        application(),
        log_level="warning",
        timeout_graceful_shutdown=1,
        ws_per_message_deflate=False,  # nothing is far away, and packing costs more than sending
    )
    Server(config).run(sockets=[listener])


def _bind(host: str, port: int) -> socket.socket:
    if not 0 <= port <= 65535:
        raise InputError(f"options: --port: {port}; allowed is 0 to 65535, 0 for any that is free")
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except (OSError, UnicodeError) as error:
        listener.close()
        why = getattr(error, "strerror", None) or str(error)
        raise InputError(f"options: --host, --port: {host}:{port} cannot be used ({why})") from None
    return listener


def application() -> Any:
    """The page as an ASGI application."""
    # Read when Solara is imported.
    os.environ |= {
        "SOLARA_APP": "experiments.dashboard.page",
        "SOLARA_MODE": "production",
        "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "false",
        "SOLARA_ASSETS_FONTAWESOME_ENABLED": "false",
        "SOLARA_ASSETS_PROXY": "true",
        "SOLARA_THEME_SHOW_BANNER": "false",
        "SOLARA_THEME_LOADER": "plain",
        "SOLARA_THEME_TITLE": "Commonweal",
        "SOLARA_KERNEL_CULL_TIMEOUT": PATIENCE,
    }
    import warnings

    # The page is for this machine alone, so that its cookie needs no encrypted connection.
    warnings.filterwarnings("ignore", message="Cookies with samesite=none require https")
    from solara.server import starlette as solara_app
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.responses import FileResponse, PlainTextResponse, Response
    from starlette.routing import Mount, Route

    kept = _kept_files()

    async def given(request: Any) -> Response:
        path = request.path_params["path"]
        if path.endswith(".css"):
            # The page has a style of its own.
            return Response("", media_type="text/css")
        file = (kept / path).resolve()
        if not file.is_relative_to(kept) or not file.is_file():
            return PlainTextResponse("not here", status_code=404)
        return FileResponse(file)

    async def style(request: Any) -> Response:
        return FileResponse(HERE / "style.css", media_type="text/css")

    async def study(request: Any) -> Response:
        page = OPTIONS[0].stored.page(request.path_params["name"])
        if page is None:
            return PlainTextResponse("no such study", status_code=404)
        return FileResponse(page, media_type="text/html", headers={"Content-Security-Policy": ONLY_SHOW})

    routes = [
        Route("/_solara/cdn/{path:path}", given),
        Route("/dashboard.css", style),
        Route("/studies/{name}", study),
        Mount("/", app=solara_app.app),
    ]
    return Starlette(routes=routes, lifespan=solara_app.lifespan, middleware=[Middleware(Readable)])


def _kept_files() -> Path:
    """Folder of the files that Solara's page would otherwise fetch from a network.

    Raises:
        InputError: It does not hold what the page of this version of Solara asks for.
    """
    import solara
    from solara.server import server

    try:
        brought = distribution("solara-assets").files or []
    except PackageNotFoundError:
        brought = []
    kept = next((Path(str(file.locate())).resolve().parents[1] for file in brought if file.match(REQUIRE)), Path())
    page = (Path(server.__file__).parent / "templates" / "solara.html.j2").read_text(encoding="utf-8")
    wanted = re.search(rf"{re.escape(BUNDLE)}[\d.]+", page)
    if not brought or wanted is None or not (kept / wanted[0]).is_dir():
        raise InputError(f"solara {solara.__version__}: allowed is one with the package solara-assets of its version")
    return kept


class Readable:
    """Gives Solara's page a language, lets it be enlarged, and adds our style.

    Args:
        app: The application.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a request."""
        if scope["type"] != "http" or scope["path"] != "/":
            await self.app(scope, receive, send)
            return
        start: dict[str, Any] = {}
        body = b""
        # Packed, it could not be read here.
        scope = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]}

        async def collect(message: Any) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            body = _readable(body)
            start["headers"] = [
                (name, str(len(body)).encode() if name == b"content-length" else value)
                for name, value in start["headers"]
            ]
            await send(start)
            await send({"type": "http.response.body", "body": body})

        await self.app(scope, receive, collect)


def _readable(page: bytes) -> bytes:
    page = page.replace(b"<html>", b'<html lang="en-GB">', 1)
    page = page.replace(b", maximum-scale=1, user-scalable=no, minimal-ui", b"", 1)
    return page.replace(b"</head>", b'<link rel="stylesheet" href="/dashboard.css"></head>', 1)

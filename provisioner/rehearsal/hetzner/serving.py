"""Serving the simulated cloud on a port: inside a process of one's own, or beside a test."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from asyncio import Transport
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

LOOPBACK = "127.0.0.1"
_WHOLE = re.compile(r"https?://[^/]*", re.IGNORECASE)


class Protocol(H11Protocol):
    """HTTP that lets the application hang up: a fault plan needs the connection itself."""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # TCP
        """Give the requests of this connection its transport, and send answers without delay."""
        super().connection_made(transport)
        connection = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.app_state = {**self.app_state, "transport": transport}


class OriginForm:
    """An application that is told paths alone, also by clients that send the whole URL.

    Every server must take such a request (RFC 9112, 3.2.2): so ask those that believe in a proxy.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on by its path."""
        if scope["type"] == "http" and not scope["path"].startswith("/"):
            path = _WHOLE.sub("", scope["path"]) or "/"
            raw = _WHOLE.sub("", scope["raw_path"].decode("latin-1")) or "/"
            scope = {**scope, "path": path, "raw_path": raw.encode("latin-1")}
        await self._app(scope, receive, send)


def configure(app: ASGIApp, **options: Any) -> uvicorn.Config:
    """Return the server configuration that the application needs; options go to uvicorn."""
    return uvicorn.Config(
        OriginForm(app),
        http=Protocol,
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=1,
        **options,
    )


def listen(port: int = 0, host: str = LOOPBACK) -> socket.socket:
    """Return a socket that listens; port 0 takes any free one."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(1024)
    return listener


class Server(uvicorn.Server):
    """A server that leaves the process's signals alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def serve(app: ASGIApp, listener: socket.socket) -> None:
    """Serve until cancelled, in this event loop."""
    server = Server(configure(app))
    task = asyncio.create_task(server.serve([listener]))
    try:
        await asyncio.shield(task)
    finally:
        server.should_exit = True
        await task


@dataclass(frozen=True)
class Serving:
    """Where a cloud is served."""

    endpoint: str
    """Base URL of the API, with its version."""
    control: str
    """Base URL of the control API."""


@contextmanager
def serving(app: ASGIApp) -> Iterator[Serving]:
    """Serve from a thread while the block runs, for clients that block."""
    listener = listen()
    port = listener.getsockname()[1]
    server = Server(configure(app))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield Serving(f"http://{LOOPBACK}:{port}/v1", f"http://{LOOPBACK}:{port}/_sim")
    finally:
        server.should_exit = True
        thread.join()
        listener.close()

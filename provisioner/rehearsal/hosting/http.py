"""Serves a world's repository over HTTP, by git's own ``http-backend``."""

from __future__ import annotations

import asyncio
import base64
import binascii
import os
import shutil

from starlette.requests import Request
from starlette.responses import Response

from provisioner.rehearsal.hosting.repository import Host

PREFIX = "/_git"
"""Below which the host answers, on the world's own port."""
UNAUTHORIZED, UNAVAILABLE = 401, 503
_KEPT = ("PATH", "HOME")
_ASK = {"WWW-Authenticate": 'Basic realm="rehearsal"'}


async def answer(host: Host, request: Request) -> Response:
    """Answer one request of a git client."""
    user, password = _account(request.headers.get("authorization", ""))
    if not host.admits(user, password):
        return Response("auth needed", UNAUTHORIZED, _ASK)
    program = shutil.which("git")
    if program is None:
        return Response("there is no git on this machine", UNAVAILABLE)
    process = await asyncio.create_subprocess_exec(
        program, "http-backend",
        env=_environment(host, request),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    printed, _ = await process.communicate(await request.body())
    return _response(printed)


def _environment(host: Host, request: Request) -> dict[str, str]:
    headers = request.headers
    return {name: os.environ[name] for name in _KEPT if name in os.environ} | {
        "GIT_PROJECT_ROOT": str(host.folder),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_PROTOCOL": headers.get("git-protocol", ""),
        "REQUEST_METHOD": request.method,
        "PATH_INFO": request.url.path.removeprefix(PREFIX),
        "QUERY_STRING": request.url.query,
        "CONTENT_TYPE": headers.get("content-type", ""),
        "HTTP_CONTENT_ENCODING": headers.get("content-encoding", ""),
        "REMOTE_USER": "reader",
    }


def _response(printed: bytes) -> Response:
    """Return what a CGI program printed (RFC 3875) as an answer."""
    head, _, body = printed.partition(b"\r\n\r\n")
    fields = [line.partition(": ") for line in head.decode("latin-1").split("\r\n") if line]
    headers = {name: value for name, _, value in fields}
    status = int(headers.pop("Status", "200").split()[0])
    return Response(body, status, headers)


def _account(header: str) -> tuple[str, str]:
    scheme, _, told = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(told, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, password

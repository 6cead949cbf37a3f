"""Where a state can be kept: a real PostgreSQL, and a shelf behind HTTP or as S3."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.integration.nameservers import free_port

PASSWORD = "sentinel-of-the-database"
Command = list[str | Path]


class Database:
    """One PostgreSQL server of its own, on loopback, that asks for a password."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.bin = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        self.secret = f"postgres://owner:{PASSWORD}@127.0.0.1:{self.port}/postgres?sslmode=disable"

    def query(self, sql: str) -> str:
        """Return what a query answers, unadorned."""
        command: Command = [self.bin / "psql", "-XAt", "-d", self.secret, "-c", sql]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def start(self) -> subprocess.Popen[bytes]:
        """Make the server's files and start it; return once it answers."""
        word = self.folder / "word"
        word.write_text(PASSWORD)
        data = self.folder / "data"
        how = ["-U", "owner", "--auth=scram-sha-256", f"--pwfile={word}", "--no-sync"]
        for path in (self.folder, word):
            shutil.chown(path, *_owner())
        made: Command = [*_as_owner(), self.bin / "initdb", "-D", data, *how]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL, cwd="/")
        where: Command = [
            "-p",
            str(self.port),
            "-h",
            "127.0.0.1",
            "-k",
            self.folder,
            "-c",
            "fsync=off",
        ]
        with (self.folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [*_as_owner(), self.bin / "postgres", "-D", data, *where], stderr=log, cwd="/"
            )
        while server.poll() is None:
            with suppress(subprocess.CalledProcessError):
                self.query("select 1")
                return server
            time.sleep(0.1)
        raise AssertionError((self.folder / "log").read_text())


def _owner() -> tuple[int, int]:
    """Return whom the server runs as: PostgreSQL refuses to be root."""
    known = pwd.getpwnam("postgres") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    return known.pw_uid, known.pw_gid


def _as_owner() -> Sequence[str]:
    user, group = _owner()
    change = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"]
    return change if os.getuid() == 0 else []


@contextmanager
def postgresql() -> Iterator[Database]:
    """Run a PostgreSQL server for a while, in a folder that its user may enter."""
    with tempfile.TemporaryDirectory(prefix="catalyst-pg-") as folder:
        database = Database(Path(folder))
        server = database.start()
        try:
            yield database
        finally:
            server.terminate()
            server.wait()


class _Shelf(BaseHTTPRequestHandler):
    """Keeps what is put; understands as much of S3 as a state needs."""

    kept: dict[str, bytes]
    seen: set[str]
    locks: dict[str, bytes]

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self) -> None:
        self.seen.add(self.headers.get("Authorization", ""))
        path, _, _ = self.path.partition("?")
        if path in self.kept:
            return self._answer(200, self.kept[path])
        if path.strip("/") == "bucket":
            return self._answer(200, b"<ListBucketResult><Name>bucket</Name></ListBucketResult>")
        return self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

    def do_PUT(self) -> None:
        path, _, _ = self.path.partition("?")
        self.kept[path] = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(200)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        self.do_PUT()

    def do_LOCK(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        owner = self.locks.setdefault(self.path, body)
        self._answer(200 if owner is body else 423, owner)

    def do_UNLOCK(self) -> None:
        self.locks.pop(self.path, None)
        self._answer(200)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Shelf:
    """An HTTP server that keeps what is put there."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.kept: dict[str, bytes] = {}
        self.seen: set[str] = set()
        self.locks: dict[str, bytes] = {}
        """By path, who holds the lock, as OpenTofu tells it."""


@contextmanager
def shelf() -> Iterator[Shelf]:
    """Serve a shelf for a while."""

    class Handler(_Shelf):
        """Keeps what is put on this one."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Shelf(server.server_port)
    Handler.kept, Handler.seen, Handler.locks = made.kept, made.seen, made.locks
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

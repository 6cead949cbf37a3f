"""What a node reaches while it boots: downloads, and the control planes that answer.

``python -m tests.integration.node_world FOLDER PEERS`` serves a folder's files by name over HTTP
and says "pong" over HTTPS at each peer's address. The first request for a file that stands in the
folder's ``fails`` gets half of it.
"""

from __future__ import annotations

import ssl
import sys
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PORT, PEER_PORT = 8080, 6443


class Downloads(BaseHTTPRequestHandler):
    """Answers files by their last name."""

    folder: Path
    fails: frozenset[str]
    asked: Counter[str] = Counter()  # noqa: RUF012 - shared by all requests on purpose

    def do_GET(self) -> None:
        """Send a file, or its first half when it is to fail once."""
        name = self.path.rpartition("/")[2]
        file = self.folder / name
        if not file.is_file():
            self.send_error(404)
            return
        self.asked[name] += 1
        body = file.read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        half = name in self.fails and self.asked[name] == 1
        self.wfile.write(body[: len(body) // 2] if half else body)
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Peer(BaseHTTPRequestHandler):
    """A supervisor that is up."""

    def do_GET(self) -> None:
        """Answer a ping."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"pong")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def main(folder: Path, peers: list[str]) -> None:
    """Serve until killed."""
    Downloads.folder = folder
    Downloads.fails = frozenset((folder / "fails").read_text().split())
    servers = [ThreadingHTTPServer(("127.0.0.1", PORT), Downloads)]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.crt", folder / "server.key")
    for address in peers:
        server = ThreadingHTTPServer((address, PEER_PORT), Peer)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        servers.append(server)
    for each in servers:
        threading.Thread(target=each.serve_forever, daemon=True).start()
    (folder / ".up").touch()
    threading.Event().wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2].split())

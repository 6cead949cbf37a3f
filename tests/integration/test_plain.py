"""The real program in plain lines on a dumb terminal: killed, gone on with, and carried out."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioner.answers import load_spec
from provisioner.credentials import rehearsal_token
from provisioner.home import Home
from provisioner.rehearsal import close_world


class Plain:
    """``catalyst rehearse --plain``, or another command, on a pseudo-terminal."""

    def __init__(self, folder: Path, command: str = "rehearse", **known: str) -> None:
        self._hand, end = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "catalyst_tui.cli", command, "--plain"],
            stdin=end,
            stdout=end,
            stderr=end,
            cwd=folder,
            env=os.environ | {"CATALYST_HOME": str(folder / "state"), "TERM": "dumb"} | known,
            start_new_session=True,
        )
        os.close(end)
        self.shown = ""
        self._seen = 0

    def reply(self, prompt: str, text: str = "") -> None:
        """Wait for a prompt and answer it."""
        self.until(rf"{prompt}[^\n]*: $")
        os.write(self._hand, f"{text}\n".encode())

    def until(self, pattern: str, seconds: float = 60) -> None:
        """Wait until what was shown since the last wait matches."""
        deadline = time.monotonic() + seconds
        while (found := re.search(pattern, self.shown[self._seen :])) is None:
            assert time.monotonic() < deadline, self.shown
            if select.select([self._hand], [], [], 0.1)[0]:
                with contextlib.suppress(OSError):
                    self.shown += os.read(self._hand, 4096).decode().replace("\r", "")
        self._seen += found.end()

    def end(self, number: signal.Signals) -> int:
        """Send a signal and return the exit code."""
        self._process.send_signal(number)
        return self._process.wait(30)

    def wait(self) -> int:
        """Return the exit code."""
        return self._process.wait(60)

    def close(self) -> None:
        """End what is left."""
        self._process.kill()
        self._process.wait()
        os.close(self._hand)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Return a folder whose world is ended after the test."""
    yield tmp_path
    asyncio.run(close_world(Home(tmp_path / "state")))


def test_a_killed_conversation_goes_on_and_ends_in_a_file(folder: Path) -> None:
    """No answer is lost to kill -9; Ctrl-C leaves in order; the token is never shown or written."""
    token = asyncio.run(rehearsal_token(Home(folder / "state").rehearsal, {})).get_secret_value()
    first = Plain(folder)
    first.reply("Name", "Wilāyat Muscat")
    first.reply("Admin e-mail", "nobody")
    first.until("is no e-mail address")
    first.reply("Admin e-mail", "ops@example.org")
    first.until("Step 2 of 5, Domain")
    first.end(signal.SIGKILL)
    first.close()
    second = Plain(folder)
    second.reply(r"Go on with \[1\]")
    second.until("Project: $")
    assert second.end(signal.SIGINT) == 8
    second.until("What you answered is kept; `catalyst rehearse --plain`")
    second.close()
    _finish(folder, token)


def _finish(folder: Path, token: str) -> None:
    """Go on, give the token by hand, take every default, and look at what was written."""
    last = Plain(folder)
    last.reply(r"Go on with \[1\]")
    last.reply("Project", "<")
    last.reply("Hetzner token, not shown", token)
    last.until("The token may write")
    for prompt in ("Project", "SSH from", "SSH key", "Location", "Control planes", "Type"):
        last.reply(prompt)
    for prompt in ("Workers", "Change them", "Write them", "Answers file"):
        last.reply(prompt)
    last.until("catalyst rehearse --headless --answers sovereign.yaml")
    assert last.wait() == 0
    assert token not in last.shown
    last.close()
    spec = load_spec(folder / "sovereign.yaml")
    assert spec.organisation.name == "Wilāyat Muscat"
    assert spec.organisation.admin_email == "ops@example.org"
    written = [path for path in folder.rglob("*") if path.is_file()]
    assert all(token.encode() not in path.read_bytes() for path in written)


def test_a_pools_key_is_hidden_and_in_the_vault_alone(tmp_path: Path) -> None:
    """A real conversation asks for it where the label needs it, echoes nothing, and goes on."""
    key, secret = "dynadot-key-" + "k" * 20, "dynadot-secret-" + "s" * 20
    bus = f"unix:path={tmp_path}/none"
    known = {"CATALYST_VAULT_PASSWORD": "correct horse", "DBUS_SESSION_BUS_ADDRESS": bus}
    talk = Plain(tmp_path, "new", **known)
    for prompt, text in (("Name", "Acme"), ("Admin e-mail", "ops@example.org")):
        talk.reply(prompt, text)
    for prompt, text in (("Name", "1"), ("Pool domain", "1"), ("Label", "oman")):
        talk.reply(prompt, text)
    talk.until("Not yet checked")
    talk.reply("Dynadot key, not shown", key)
    talk.reply("Dynadot secret, not shown", secret)
    talk.until("Hetzner token, not shown[^\n]*: $", 120)
    assert talk.end(signal.SIGINT) == 8
    talk.close()
    assert (tmp_path / "state" / "vault").exists()
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    for value in (key, secret):
        assert value not in talk.shown
        assert all(value.encode() not in each for each in written)

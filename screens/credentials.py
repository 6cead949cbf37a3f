"""Credentials: the Hetzner token, the keys, and who may come in."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from textual.app import ComposeResult

from provisioner.errors import CatalystError
from screens.asking import choice, field
from screens.drawing.answers import heading
from screens.drawing.credentials import kept_rows
from screens.form import StepScreen
from screens.ports import SecretState, TokenReport
from screens.questions import meant, question, step_of, typed
from screens.widgets.choice import Choice
from screens.widgets.field import Field
from screens.widgets.lines import Lines
from screens.widgets.work import begin_work

TOKEN = "hcloud_token"  # noqa: S105  (a name)
PROBE_AFTER = 0.5
"""Seconds without a key after which Hetzner is asked about a typed token."""


class CredentialsScreen(StepScreen):
    """What opens Hetzner, and what opens the nodes."""

    STEP = "credentials"
    FIELDS: ClassVar[tuple[str, ...]] = (
        "hetzner.token",
        "hetzner.project",
        "access.operator_cidrs",
        "access.ssh_key",
    )
    HELP = step_of(STEP).help
    DEFAULT_CSS = (
        "CredentialsScreen #lead { height: 3; } CredentialsScreen Field { margin-bottom: 0; }"
    )

    def __init__(self) -> None:
        super().__init__()
        self._secrets: dict[str, SecretState] = {}
        self._report: TokenReport | None = None

    @property
    def _fqdn(self) -> str:
        return self.wizard.judged.fqdn

    def body(self) -> ComposeResult:
        """Yield the questions and where secrets are kept."""
        get = self.wizard.get
        yield Lines(heading(step_of(self.STEP).heading), id="lead")
        yield field("hetzner.token")
        for name in ("hetzner.project", "access.operator_cidrs"):
            yield field(name, typed(get(name)))
        chosen = get("access.ssh_key") or "generated"
        kind = chosen if chosen in ("generated", "agent") else "file"
        yield choice("access.ssh_key", kind)
        yield field("access.ssh_key_path", chosen if kind == "file" else "")
        yield Lines(id="kept")

    def on_mount(self) -> None:
        """Look where secrets stand."""
        self._fit_key()
        super().on_mount()
        begin_work(self, self._look, "secrets", "find the secrets")

    def _fit_key(self) -> None:
        file = self.query_one("#access-ssh_key", Choice).value == "file"
        self.query_one("#access-ssh_key_path").display = file

    async def _look(self) -> None:
        try:
            found = await self.wizard.backend.secrets(self._fqdn)
        except CatalystError as error:
            self.fail("hetzner.token", error)
            return
        self._secrets = {each.name: each for each in found}
        token = self._secrets.get(TOKEN)
        if token is not None and token.present:
            question = self.query_one("#hetzner-token", Field)
            question.hint(f"One ending in {token.ending} is at hand; typing another replaces it.")
            await self._ask_hetzner()
        self.redraw()

    def fail(self, name: str, error: CatalystError) -> None:
        """Say at a question why it could not be answered."""
        from provisioner.remedies import remedy_of

        remedy = remedy_of(error)
        question = self.query_one(f"#{name.replace('.', '-')}", Field)
        question.tell(remedy.what, remedy.action)

    def put(self, name: str, value: Any) -> None:
        """Give an answer; the token goes to its own store and never into the draft."""
        if name == "hetzner.token":
            if value:
                begin_work(self, partial(self._keep_token, value), "token", "ask about the token")
            return
        if name in ("access.ssh_key", "access.ssh_key_path"):
            self._put_key()
            return
        if name == "access.operator_cidrs":
            value = meant(question(name).kind, str(value))
        super().put(name, value)

    def _put_key(self) -> None:
        self._fit_key()
        kind = self.query_one("#access-ssh_key", Choice).value
        path = self.query_one("#access-ssh_key_path", Field).value
        super().put("access.ssh_key", (path or "/") if kind == "file" else kind)

    async def _keep_token(self, value: str) -> None:
        from asyncio import sleep

        self._report = None
        await sleep(PROBE_AFTER)
        question = self.query_one("#hetzner-token", Field)
        try:
            self._secrets[TOKEN] = await self.wizard.backend.keep_secret(self._fqdn, TOKEN, value)
            question.tell("Asking Hetzner what it may do.", "", "wait")
            await self._ask_hetzner()
        except CatalystError as error:
            self.fail("hetzner.token", error)
        self.redraw()

    async def _ask_hetzner(self) -> None:
        report = await self.wizard.backend.probe_token(self._fqdn)
        self._report = report
        question = self.query_one("#hetzner-token", Field)
        if report.problem is not None:
            question.tell(report.problem.what, report.problem.action)
        else:
            token = self._secrets.get(TOKEN)
            ending = f" ending in {token.ending}" if token and token.ending else ""
            servers = f"{report.servers} server{'' if report.servers == 1 else 's'}"
            said = f"The token{ending} may write: {servers} in its project."
            question.tell(said, "", "ok")

    def judge(self) -> None:
        """Judge what stands in the draft; the token is judged by Hetzner."""
        for each in self.query(Field):
            if each.answers in self.FIELDS and each.answers != "hetzner.token":
                each.judge(self.wizard.problem(each.answers))
        path = self.query_one("#access-ssh_key_path", Field)
        path.judge(self.wizard.problem("access.ssh_key"))
        self.redraw()

    async def holds(self) -> bool:
        """Return whether Hetzner lets this token write."""
        question = self.query_one("#hetzner-token", Field)
        token = self._secrets.get(TOKEN)
        if token is None or not token.present:
            question.tell("There is no token yet.", "Make one in the Hetzner Console.")
        elif self._report is not None and self._report.problem is None:
            return True
        else:
            await self._look()
            if self._report is not None and self._report.problem is None:
                return True
        question.focus_answer()
        return False

    def aside(self) -> str:
        """Return how many requests are left."""
        left = self._report.requests_left if self._report else None
        return super().aside() or (f"API {left:,}" if left is not None else "")

    def draw(self) -> None:
        """Draw where each secret is kept."""
        secrets = list(self._secrets.values())
        self.query_one("#kept", Lines).show(kept_rows(secrets, self.room))

"""Credentials: the Hetzner token, the keys, and who may come in."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from provisioner.errors import CatalystError
from screens.asking import choice, field
from screens.drawing.answers import heading
from screens.drawing.credentials import kept_rows, project_said
from screens.drawing.frame import Key
from screens.form import StepScreen
from screens.ports import Keeping, SecretState, TokenReport
from screens.questions import meant, question, step_of, typed
from screens.unlocking import NEEDS_VAULT, ask_password
from screens.widgets.choice import Choice
from screens.widgets.field import Field
from screens.widgets.lines import Lines
from screens.widgets.work import begin_work

TOKEN, PASSPHRASE = "hcloud_token", "state_passphrase"
CIDRS = "access.operator_cidrs"
REPLACES = "typing another replaces it."
CLOSED = "The vault file is closed: Enter asks for its password. Or type a token."
NOT_KEPT = "Without a place for secrets nothing can be rented; Enter asks again."
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
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f4", "keeping", "Where secrets are kept"),
        Binding("f5", "propose", "Let this host's network in"),
    ]
    DEFAULT_CSS = (
        "CredentialsScreen #lead { height: 3; } CredentialsScreen Field { margin-bottom: 0; }"
    )

    def __init__(self) -> None:
        super().__init__()
        self._secrets: dict[str, SecretState] = {}
        self._report: TokenReport | None = None
        self._keeping = Keeping()
        self._error: CatalystError | None = None
        """Why secrets could not be read or kept."""
        self._proposed: str | None = None
        """This host's own network, until it was taken."""

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
        begin_work(self, self._propose, "way out", "find this host's way out")

    def _begin(self) -> None:
        super()._begin()
        self._token_field.focus_answer()

    def keys(self) -> Iterable[Key]:
        """Return the keys of this step."""
        wrong = self._report is not None and self._report.problem is not None
        yield Key("enter", "ask again" if wrong or self._error else "Sizing")
        yield Key("esc", "back")
        yield Key("F1", "help")
        if self._proposed is not None:
            yield Key("F5", "take it")
        yield Key("F3", "show")
        yield Key("F2", "options")

    def _fit_key(self) -> None:
        file = self.query_one("#access-ssh_key", Choice).value == "file"
        self.query_one("#access-ssh_key_path").display = file

    async def _look(self) -> None:
        backend, wizard = self.wizard.backend, self.wizard
        self._error = None
        try:
            await wizard.carry_token()
            found = await backend.secrets(self._fqdn)
            self._keeping = await backend.keeping(self._fqdn)
        except CatalystError as error:
            self._fail(error)
            return
        self._secrets = {each.name: each for each in found}
        token = self._secrets.get(TOKEN)
        if token is not None and token.present:
            self._token_field.hint(f"One ending in {token.ending} is at hand; {REPLACES}")
            await self._ask_hetzner()
        elif self._keeping.vault == "closed":
            self._token_field.tell(CLOSED, "", "warn")
        self.redraw()

    async def _propose(self) -> None:
        if self.wizard.get(CIDRS):
            return
        self._proposed = await self.wizard.backend.way_out()
        if self._proposed is not None:
            cidrs = self.query_one("#access-operator_cidrs", Field)
            cidrs.hint(f"This host goes out by {self._proposed}: F5 takes it.")
        self.redraw()

    def action_propose(self) -> None:
        """Let this host's own network in."""
        if self._proposed is not None:
            cidrs = self.query_one("#access-operator_cidrs", Field)
            cidrs.value = " ".join([*cidrs.value.replace(",", " ").split(), self._proposed])
            cidrs.focus_answer()
            self._proposed = None

    def action_keeping(self) -> None:
        """Change where secrets are kept."""
        from screens.keeping import KeepingScreen

        def back(_: object) -> None:
            begin_work(self, self._look, "secrets", "find the secrets")

        self.app.push_screen(KeepingScreen(self._fqdn), back)

    @property
    def _token_field(self) -> Field:
        return self.query_one("#hetzner-token", Field)

    def _fail(self, error: CatalystError) -> None:
        """Say at the token why it could not be asked about."""
        from provisioner.remedies import remedy_of

        self._error = error
        remedy = remedy_of(error)
        self._token_field.tell(remedy.what, remedy.action)
        self.redraw()

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

        self._report = self._error = None
        await sleep(PROBE_AFTER)
        try:
            self._secrets[TOKEN] = await self.wizard.backend.keep_secret(self._fqdn, TOKEN, value)
            await self._ask_hetzner()
        except CatalystError as error:
            self._fail(error)
        self.redraw()

    async def _ask_hetzner(self) -> None:
        self._token_field.tell("Asking Hetzner what the token may do.", "", "wait")
        try:
            self._report = report = await self.wizard.backend.probe_token(self._fqdn)
        except CatalystError as error:
            self._fail(error)
            return
        token = self._secrets.get(TOKEN)
        if report.problem is not None:
            self._token_field.tell(report.problem.what, report.problem.action)
        elif report.findings:
            found = report.findings[0]
            self._token_field.tell(found.reason, found.remedy, "warn")
        else:
            said = project_said(report, token.ending if token else "")
            self._token_field.tell(said, "", "ok")
        self.redraw()

    def judge(self) -> None:
        """Judge what stands in the draft; the token is judged by Hetzner."""
        for each in self.query(Field):
            if each.answers in self.FIELDS and each.answers != "hetzner.token":
                each.judge(self.wizard.problem(each.answers))
        path = self.query_one("#access-ssh_key_path", Field)
        path.judge(self.wizard.problem("access.ssh_key"))
        self.redraw()

    async def holds(self) -> bool:
        """Return whether Hetzner lets this token write, and whether secrets will outlive this."""
        if await self._needs_vault() and not await self._vault_opened():
            return False
        if self._report is None or self._report.problem is not None:
            await self._look()
        token = self._secrets.get(TOKEN)
        if self._report is not None and self._report.problem is None:
            return True
        if self._error is None and (token is None or not token.present):
            self._token_field.tell("There is no token yet.", "Make one in the Hetzner Console.")
        self._token_field.focus_answer()
        return False

    async def _needs_vault(self) -> bool:
        """Return whether a run would be refused because what it makes would be kept nowhere."""
        if self._error is not None and self._error.code in NEEDS_VAULT:
            return True
        self._keeping = await self.wizard.backend.keeping(self._fqdn)
        passphrase = self._secrets.get(PASSPHRASE)
        given = passphrase is not None and passphrase.present and not passphrase.passing
        own_key = self.wizard.get("access.ssh_key") not in (None, "generated")
        return not self._keeping.lasting and not (given and own_key)

    async def _vault_opened(self) -> bool:
        if not await ask_password(self.face, self._fqdn):
            self.say(NOT_KEPT, "warn")
            return False
        await self._look()
        return True

    def aside(self) -> str:
        """Return how many requests are left."""
        left = self._report.requests_left if self._report else None
        return super().aside() or (f"API {left:,}" if left is not None else "")

    def draw(self) -> None:
        """Draw where each secret is kept."""
        secrets = list(self._secrets.values())
        self.query_one("#kept", Lines).show(kept_rows(secrets, self.room))

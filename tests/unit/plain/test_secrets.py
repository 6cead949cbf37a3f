"""The pool's key and a repository's token in plain lines: hidden, kept, asked where needed."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from provisioner.errors import CredentialError
from provisioner.remedies import explain
from screens.ports import NameReport, SecretState
from screens.scripted import ScriptedBackend
from tests.screens import scenes
from tests.screens import wizard_scenes as w
from tests.unit.plain.talking import Replies, talk
from tests.unit.plain.test_conversation import FIRST, POOL

KEY, SECRET, TOKEN = "key-of-the-pool", "secret-of-the-pool", "ghs-token-of-git"
GIVEN: Replies = [("Dynadot key, not shown", KEY), ("Dynadot secret, not shown", SECRET)]
TO_GIT: Replies = [
    *[("Go on with", "1"), ("Change them", "yes"), ("Kit", "git")],
    ("Repository", "https://git.example/kit"),
]


class Unlocking(ScriptedBackend):
    """A pool whose zone is read once both keys are kept."""

    def __init__(self, then: NameReport, **changes: Any) -> None:
        script = scenes.script(name=w.keyless().script.name, **changes)
        super().__init__(script, rehearsed=False)
        self._then = then

    async def keep_secret(self, fqdn: str, name: str, value: str) -> SecretState:
        """Keep it, and let the zone be read after the second one."""
        state = await super().keep_secret(fqdn, name, value)
        if name == "dynadot_secret":
            self.script.name = self._then
        return structs.replace(state, passing=True)


async def test_the_pools_key_is_asked_where_the_label_needs_it() -> None:
    """Both parts are kept under their names, shown nowhere, and the label is looked up at once."""
    backend = Unlocking(NameReport(state="free", zone="omani.works"))
    _, console = await talk(backend, [*FIRST, *POOL, *GIVEN])
    assert backend.asked == ["keep dynadot_key", "keep dynadot_secret"]
    assert any("Not yet checked" in each for each in console.said)
    assert any("Free in omani.works" in each for each in console.said)
    assert console.prompts[-1].startswith("Hetzner token")
    assert KEY not in console.all + str(backend.drafts)
    assert SECRET not in console.all + str(backend.drafts)


async def test_a_label_that_the_key_shows_to_be_taken_is_asked_again() -> None:
    """The reason is said, and the next question is the label's."""
    backend = Unlocking(w.taken().script.name)
    _, console = await talk(backend, [*FIRST, *POOL, *GIVEN])
    assert any("omani.works" in each and "oman" in each for each in console.said)
    assert console.prompts[-1].startswith("Label")


async def test_without_the_key_one_goes_on_and_with_a_known_one_nobody_is_asked() -> None:
    """Enter leaves the label unchecked; < goes back to it; a zone that can be read asks nothing."""
    backend = Unlocking(NameReport())
    _, console = await talk(backend, [*FIRST, *POOL, ("Dynadot key", "?"), ("Dynadot key", "")])
    assert console.prompts[-1].startswith("Hetzner token")
    _, console = await talk(Unlocking(NameReport()), [*FIRST, *POOL, ("Dynadot key", "<")])
    assert console.prompts[-1].startswith("Label [oman]")
    assert backend.asked == []
    _, console = await talk(ScriptedBackend(scenes.script(), rehearsed=False), [*FIRST, *POOL])
    assert not any("Dynadot" in each for each in console.prompts)


async def test_a_repositorys_token_is_asked_behind_its_address() -> None:
    """Over https it is kept with the other secrets; a key for ssh is none of ours to ask."""
    backend = ScriptedBackend(scenes.script(), drafts=[scenes.draft("review")])
    _, console = await talk(backend, [*TO_GIT, ("Git token, not shown", TOKEN)])
    assert backend.asked == ["keep git_credentials"]
    assert any(each == "Kept in memory." for each in console.said)
    assert TOKEN not in console.all + str(backend.drafts)
    over_ssh = [*TO_GIT[:-1], ("Repository", "ssh://git@git.example/kit")]
    backend = ScriptedBackend(scenes.script(), drafts=[scenes.draft("review")])
    _, console = await talk(backend, over_ssh)
    assert console.prompts[-1].startswith("Commit")


async def test_a_token_that_cannot_be_kept_is_asked_again() -> None:
    """Why it was not kept is said; Enter goes on without it."""
    error = CredentialError("vault_wrong_password", path="vault")
    backend = ScriptedBackend(
        scenes.script(refusing={"keep_secret": error}), drafts=[scenes.draft("review")]
    )
    _, console = await talk(backend, [*TO_GIT, ("Git token", TOKEN), ("Git token", "")])
    assert any(explain("vault_wrong_password", {"path": "vault"}).what in s for s in console.said)
    assert console.prompts[-1].startswith("Commit")

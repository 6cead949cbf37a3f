"""``catalyst status``: where every Sovereign stands, from its journal.

With ``--watch`` the cluster itself is asked, and what changes on its board is told as it comes.
With ``--drift`` a plan is made first, which changes nothing and sees what was changed by hand.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass

import msgspec

from catalyst_tui.commands.finding import find, homes_of
from catalyst_tui.exits import Exit, exit_of_error
from catalyst_tui.headless.printer import Printer
from provisioner.attach import runner_of
from provisioner.errors import JournalError
from provisioner.events import DecisionOffered, RunFinished
from provisioner.facts import Outcome, State
from provisioner.home import Home, SovereignFolder
from provisioner.meter import monthly
from provisioner.phases.difference import in_words
from provisioner.remedies import remedy_of
from provisioner.standing import look
from provisioner.view import View
from screens.losses import losses, resizes
from screens.words import choice_words, drift_words, duration, line_of, plan_words

BEGIN = (
    "No Sovereign was begun here yet. `catalyst new --plain` asks for the answers of one; "
    "`catalyst rehearse --headless` plays one without an account."
)


@dataclass(frozen=True)
class Standing:
    """One Sovereign in a list."""

    fqdn: str
    world: str
    state: str
    monthly: str
    currency: str
    digest: str


async def status(arguments: argparse.Namespace, printer: Printer) -> Exit:
    """Show all Sovereigns, or one in full."""
    if getattr(arguments, "watch", False):
        from catalyst_tui.commands.board import board

        return await board(arguments, printer)
    home = Home.default().require_usable()
    drift = getattr(arguments, "drift", False)
    if arguments.fqdn is None and not drift:
        folders = [each for one in homes_of(home, arguments) for each in one.sovereigns()]
        if not folders:
            printer.note(BEGIN)
        # One that cannot be read is said on its line, and keeps nobody from seeing the others.
        return max((_listed(printer, home, each) for each in folders), default=Exit.DONE)
    folder = find(home, arguments)
    if drift:
        from catalyst_tui.commands.apply import plan

        ended = await plan(arguments, printer)
        if ended is not Exit.DONE:
            return ended
    view = look(folder)
    if printer.as_json:
        printer.object(asdict(_standing(home, folder, view)) | {"view": msgspec.to_builtins(view)})
        return Exit.DONE
    _show(printer, _standing(home, folder, view))
    show_view(printer, view)
    return Exit.DONE


def _listed(printer: Printer, home: Home, folder: SovereignFolder) -> Exit:
    """Print the line of one Sovereign; return the exit code that it alone would give."""
    try:
        _show(printer, _standing(home, folder, look(folder)))
    except JournalError as error:
        if printer.as_json:
            printer.error(error, folder.fqdn)
        else:
            said = remedy_of(error, folder.fqdn).brief
            printer.text(f"{folder.fqdn}  cannot be read  {said}")
        return exit_of_error(error)
    return Exit.DONE


def state_of(folder: SovereignFolder, view: View) -> str:
    """Return in a word or two where a Sovereign stands."""
    if view.standing is not None:
        return view.standing.replace("_", " ")
    if view.run is None:
        return "new"
    return f"running {view.run.command}" if runner_of(folder) else "interrupted"


def _standing(home: Home, folder: SovereignFolder, view: View) -> Standing:
    plan = view.priced
    return Standing(
        fqdn=folder.fqdn,
        world="rehearsal" if home.rehearses(folder) else view.run.world if view.run else "",
        state=state_of(folder, view),
        monthly=monthly(view),
        currency=plan.price.currency if plan else "",
        digest=view.digest(),
    )


def _show(printer: Printer, standing: Standing) -> None:
    if printer.as_json:
        printer.object(asdict(standing))
        return
    cost = f"{standing.monthly} {standing.currency} a month net" if standing.monthly else ""
    mark = "REHEARSAL  " if standing.world == "rehearsal" else ""
    printer.text(f"{standing.fqdn}  {standing.state}  {mark}{cost}".rstrip())


def show_view(printer: Printer, view: View) -> None:
    """Print one Sovereign in full."""
    for phase, line in view.phases.items():
        took = "going" if line.seconds is None else duration(line.seconds)
        printer.text(f"  {phase:<10} {took}")
    if view.records_by:
        _show_records(printer, view)
    _show_plan(printer, view)
    if view.decision is not None:
        _show_choices(printer, view.decision)
    for each in view.drift:
        printer.text(f"  {drift_words(each)}")
    for finding in view.findings:
        printer.text(f"  {finding.severity}: {finding.reason} {finding.remedy}")
    for name, component in view.components.items():
        said = component.detail or component.reason
        if component.state is State.WAITING and component.waits_on:
            said = f"on {', '.join(component.waits_on)}"
        printer.text(f"  {name:<18} {component.state:<10} {said}".rstrip())
    if view.outcome is not None:
        ended = line_of(RunFinished(outcome=view.outcome))
        printer.text(f"  {ended[1].partition(' after')[0]}" if ended else "")
    if view.remedy is not None:
        printer.remedy(view.remedy)


def _show_plan(printer: Printer, view: View) -> None:
    """Print the newest plan beside the one that was agreed to, and all that it would destroy."""
    plan, agreed = view.plan, view.confirmed
    if plan is None or view.outcome is Outcome.DESTROYED:
        return
    if agreed is not None:
        printer.text(f"  {'confirmed':<10} {plan_words(agreed)}")
        if agreed.sha256 == plan.sha256 and view.applied:
            return
    if agreed is None or agreed.sha256 != plan.sha256:
        printer.text(f"  {'plan':<10} {plan_words(plan)}")
    for said in (*losses(plan.changes), *resizes(plan)):
        printer.text(f"  {'':<10} {said}")
    if view.compared is not None and (beyond := in_words(view.compared)):
        printer.text(f"  {'':<10} beyond what you confirmed it {beyond}")


def _show_choices(printer: Printer, decision: DecisionOffered) -> None:
    """Print what would do instead, each with what `catalyst edit` takes for it."""
    for each in decision.choices:
        printer.text(f"  {'instead':<10} {choice_words(each, decision.currency)}")
        printer.text(f"  {'':<10} {' '.join(f'--set {one}' for one in each.set)}")


def _show_records(printer: Printer, view: View) -> None:
    """Print the records that the operator has still to set."""
    # Most have none, and should not wait for what judges names.
    from screens.drawing.naming import unset

    for record in view.records if unset(view) else ():
        what = f"{record.name} {record.type} {record.value} TTL {record.ttl}"
        printer.text(f"  {'to set':<10} {what}")

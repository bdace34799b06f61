"""What the commands ``deploy``, ``destroy`` and ``user`` do, and what they show while they do it."""

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from medassist import cloud, commands, config, datasets, notebooks
from medassist.errors import ConfigurationError, DeploymentError, EndpointError
from medassist.production import phases, removal, sign_in, stack, vector_operations
from medassist.production.stack_events import Event

CODE_NOTEBOOKS = notebooks.NOTEBOOKS[:4]  # those that make what the API needs: texts, index, model, endpoint


class Screen:
    """Prints for people: tables, one line an event, progress; and asks before anything is done.

    Raises
    ------
    ConfigurationError
        If nobody is there to answer, and ``yes`` does not answer for them.
    """

    def __init__(self, *, yes: bool) -> None:
        from rich.console import Console

        self.console = Console(stderr=True, highlight=False, soft_wrap=True)
        if not self.console.is_terminal:
            self.console.width = 140  # of a log: tables whose names are cut off help nobody
        self._yes, self._started = yes, time.monotonic()
        if not yes and not sys.stdin.isatty():
            raise ConfigurationError("Nobody is there to say yes to changes; run it in a terminal, or with --yes.")

    def step(self, number: str, text: str) -> None:
        """Print the heading of a step."""
        self.console.print(f"\n[bold]{number} {text}[/bold]")

    def say(self, text: str) -> None:
        """Print a line."""
        from rich.markup import escape

        self.console.print(f"  {escape(text)}")

    def on_event(self, event: Event) -> None:
        """Print an event of the stack, unless it only says that something has begun."""
        from rich.markup import escape

        if event.in_progress:
            return
        sign = "[red]✗[/red]" if event.failed else "[green]✓[/green]"
        reason = f" · {escape(event.reason)}" if event.reason and (event.failed or "recorded" in event.reason) else ""
        elapsed = time.monotonic() - self._started
        name = f"{event.resource} ({event.type.removeprefix('AWS::')})"
        self.console.print(f"  {sign} {elapsed:5.0f} s  {event.status.lower().replace('_', ' ')}  {name}{reason}")

    def confirm(self, question: str, expected: str = "yes") -> bool:
        """Ask, unless ``--yes`` was given."""
        if self._yes:
            return True
        self.console.print(f"{question} Type [bold]{expected}[/bold] to go on: ", end="")
        try:
            return input().strip() == expected
        except EOFError:  # Ctrl-D
            self.console.print()
            return False


# --- deploy -------------------------------------------------------------------------------------------------------


def deploy(options: argparse.Namespace) -> None:
    """Bring everything into the cloud: stack, index, model, API and page; a second run changes what has changed."""
    root, screen = config.project_root(), Screen(yes=options.yes)
    output = commands.below(root, options.output)
    question = _check(options, root)
    corpus = datasets.corpus_name(options.corpus.resolve())
    wishes = phases.Wishes(
        preset=options.preset,
        corpus=corpus,
        emergency_phone=options.emergency_phone,
        crisis_line=options.crisis_line,
        poison_centre=options.poison_centre,
        model_words=options.model_words,
        redaction=options.redaction,
        index_store=options.index_store,
        alarm_email=options.alarm_email,
        monthly_budget=options.monthly_budget,
        retention_days=options.retention_days,
    )
    with cloud.connect(options.target, output / "cloud") as connected:
        name = options.stack_name
        store = options.index_store or stack.read_parameters(name).get("IndexStore", config.BUNDLE)
        if options.index_uri:
            phases.check_index(options.index_uri, phases.bucket_name(name), store)
        screen.step("1/5", "Foundation: storage, roles, sign-in, alarms")
        _free(name, screen)
        outputs = _apply(name, phases.parameters(name, wishes), screen)
        screen.step("2/5", "Texts, index, model, endpoint")
        if not options.skip_notebooks:
            _run_notebooks(options, output, root, outputs)
        index = options.index_uri or phases.check_ready(outputs.bucket_name, corpus)
        if store == config.S3_VECTORS and not options.index_uri:
            index = vector_operations.put_latest(index, outputs.bucket_name, output / "index" / corpus, screen.say)
        screen.step("3/5", "The function's code, API and scaling")
        wishes = replace(wishes, index_uri=index)
        values = phases.parameters(name, wishes) | _phases(options, output, outputs, screen)
        outputs = _apply(name, values, screen)
        if outputs.preset == "prod":
            stack.protect(name)
        phases.prune_versions(outputs.function_name)
        url = _start(connected, options, values, outputs)
        screen.step("4/5", "The page")
        page = _publish(root, outputs, url, screen)
        screen.step("5/5", "Trying it out")
        answer = phases.smoke_test(url, sign_in.headers(outputs.user_pool_id), question)
        screen.say(f"{question} → {len(answer['statements'])} statements, {len(answer['passages'])} passages read")
    _print_addresses(name, url, page, outputs, options)


def _check(options: argparse.Namespace, root: Path) -> str:
    """Refuse what would fail only after minutes; return the question that the API is tried with."""
    phases.check_name(options.stack_name)
    if options.code:
        phases.check_code(options.code)
    given = commands.assignments(options.set)
    notebooks.select_parameters([root / "notebooks" / f"{name}.ipynb" for name in CODE_NOTEBOOKS], given)
    return commands.question_of(options.corpus.resolve(), skip_invalid=bool(given.get("skip_invalid")))


def _free(name: str, screen: Screen) -> None:
    """Wait for another deployment, and clear away what is left of one that failed."""
    if stack.is_busy(stack.status_of(name)):
        screen.say("Another deployment is at work on this stack; waiting until it is done.")
        stack.wait_until_free(name, screen.on_event, screen.say)
    status = stack.status_of(name)
    if not stack.is_stuck(status):
        return
    if status in ("DELETE_FAILED", "ROLLBACK_FAILED"):  # what is protected, or holds something, would stay again
        raise DeploymentError(
            f"The stack {name} is {status}: parts of it could not be removed, as a protected table or user pool or "
            "a bucket that is not empty; `medassist destroy` shows what they hold and removes them."
        )
    screen.say(f"The stack is {status}: what it had made was undone. It has to be deleted before it can be created.")
    if not screen.confirm(f"Delete what is left of the stack {name}?"):
        raise DeploymentError(f"The stack {name} stays {status}; remove it with `medassist destroy`.")
    stack.delete(name, screen.on_event, screen.say)


def _apply(name: str, values: dict[str, str], screen: Screen) -> stack.Outputs:
    """Show what would change, ask, do it; return what the stack puts out."""
    proposal = phases.propose(name, values)
    if proposal is None:
        screen.say("Nothing to change.")
        outputs = stack.read_outputs(name)
        if outputs is None:
            raise DeploymentError(f"The stack {name} is gone; another command has removed it.")
        return outputs
    screen.console.print(_table(proposal))
    if not screen.confirm(f"Apply these {len(proposal.changes)} changes?"):
        stack.withdraw(proposal)
        raise DeploymentError("Nothing was changed.")
    outputs = stack.apply(proposal, screen.on_event, screen.say)
    if any(change.action == "Import" for change in proposal.changes):
        screen.say("Taken over as it was; now it gets the template's settings.")
        mended = phases.propose(name, values, mend=True)
        return stack.apply(mended, screen.on_event, screen.say) if mended else outputs
    return outputs


def _table(proposal: stack.Proposal) -> Any:
    """Return the change set as a table; what destroys something stands out."""
    from rich.table import Table

    signs = {"Add": "[green]+ add[/green]", "Import": "[cyan]< take over[/cyan]", "Remove": "[red]- remove[/red]"}
    table = Table("", "resource", "type", "what changes", title=f"Changes to the stack {proposal.stack_name}")
    order = {"Remove": 0, "Modify": 1, "Import": 2, "Add": 3}
    for change in sorted(proposal.changes, key=lambda change: (order.get(change.action, 9), change.resource)):
        what = ", ".join(change.properties)
        if change.action == "Modify" and change.destroys:
            surely = "is REPLACED" if change.replacement == "True" else "may be REPLACED"
            what = f"[bold red]{surely}: a new one is made, the old one deleted[/bold red] ({what})"
        sign = signs.get(change.action, "[yellow]~ modify[/yellow]")
        table.add_row(sign, change.resource, change.type.removeprefix("AWS::"), what)
    return table


def _run_notebooks(options: argparse.Namespace, output: Path, root: Path, outputs: stack.Outputs) -> None:
    paths = [root / "notebooks" / f"{name}.ipynb" for name in CODE_NOTEBOOKS]
    given = commands.assignments(options.set) | {"target": options.target, "output_dir": str(output)}
    given |= {"stack_name": options.stack_name, "bucket": outputs.bucket_name}
    for stem, values in notebooks.select_parameters(paths, given).items():
        corpus = options.corpus.resolve()
        values["corpus"] = str(corpus) if stem == notebooks.NOTEBOOKS[0] else datasets.corpus_name(corpus)
        commands.run_stage(root / "notebooks" / f"{stem}.ipynb", output, values, root)


def _phases(options: argparse.Namespace, output: Path, outputs: stack.Outputs, screen: Screen) -> dict[str, str]:
    """Upload the code and return the parameters that bring up what depends on code and endpoint."""
    from medassist import storage
    from medassist.production import serving

    path = options.code or phases.build_code(output / "lambda")
    key = phases.code_key(path)
    travelled = storage.upload_file(path, f"s3://{outputs.bucket_name}/{key}")
    screen.say(f"code: {path.stat().st_size / 1e6:.1f} MB, {'uploaded' if travelled else 'there already'}")
    try:
        endpoint = serving.describe(outputs.endpoint_name)
        served = endpoint.status == "InService"
    except EndpointError:
        served = False
    if not served:
        screen.say("no endpoint is in service: answers are quotations until notebook 04 has run")
    # What has no instances has none to scale, and Application Auto Scaling refuses to register it.
    scales = served and endpoint.kind == serving.REALTIME
    return {"CodeKey": key, "ModelServed": "true" if scales else "false"}


def _start(connected: cloud.Cloud, options: argparse.Namespace, values: dict[str, str], outputs: stack.Outputs) -> str:
    """Return the API's address; the emulated cloud brings it up with the function's settings first."""
    settings = config.Settings(
        bucket=outputs.bucket_name,
        corpus=values["Corpus"],
        index_store=values.get("IndexStore", config.Settings().index_store),
        index_uri=values["IndexUri"],
        endpoint_name=outputs.endpoint_name,
        table_name=outputs.table_name,
        emergency_phone=values.get("EmergencyPhone", config.Settings().emergency_phone),
        crisis_line=values.get("CrisisLine", config.Settings().crisis_line),
        poison_centre=values.get("PoisonCentre", config.Settings().poison_centre),
        model_words=values.get("ModelWords", config.Settings().model_words),
        redaction=values.get("Redaction", config.Settings().redaction),
        retention_days=int(values.get("RetentionDays", config.Settings().retention_days)),
    )
    return connected.start_api(settings, stack_name=options.stack_name, throttled=True)


def _publish(root: Path, outputs: stack.Outputs, url: str, screen: Screen) -> str:
    from medassist.production import publishing

    with screen.console.status("publishing") as status:
        settings = publishing.page_settings(outputs, url)
        page = publishing.publish(
            outputs, settings, root / "deploy" / "web", lambda state: status.update(f"publishing: {state.lower()}")
        )
    screen.say(f"published at {page}")
    return page


def _print_addresses(name: str, url: str, page: str, outputs: stack.Outputs, options: argparse.Namespace) -> None:
    print(f"\nStack      {name} ({outputs.preset})\nAPI        {url}/v1/questions\nPage       {page}")
    print(
        f"Dashboard  {outputs.dashboard_url}\nInvite     medassist user add NAME@EXAMPLE.ORG --target {options.target}"
    )
    if options.target == "local":
        print(
            "\nThis is the emulated cloud: the API ran on this machine in the place of Lambda and API Gateway and has"
        )
        print("stopped with this command; page and dashboard addresses lead nowhere. `medassist serve` brings it up.")


# --- destroy ------------------------------------------------------------------------------------------------------


def destroy(options: argparse.Namespace) -> None:
    """Remove everything that deploy has made, after showing it and asking; says what remains and what it costs."""
    screen = Screen(yes=options.yes)
    output = commands.below(config.project_root(), options.output)
    with cloud.connect(options.target, output / "cloud"):
        name = options.stack_name
        # Of a stack that is gone, what has its names, and never another's.
        stock = removal.take_stock(name, phases.bucket_name(name), f"{name}-interactions", f"{name}-t5")
        if stock.nothing:
            print(f"There is nothing to remove: no stack {name}, bucket, table or endpoint.")
            return
        _print_stock(stock, screen)
        if not screen.confirm("All of this goes, and cannot be brought back.", expected=name):
            raise DeploymentError("Nothing was removed.")
        kept = _remove(stock, screen)
        left = removal.remains(stock, kept)
    print("\nEverything is removed." if not left else "\nRemoved. What remains:")
    for what, cost in left:
        print(f"  {what}: {cost}")


def _print_stock(stock: removal.Stock, screen: Screen) -> None:
    from rich.table import Table

    table = Table("what", "how much", title=f"What goes with {stock.stack_name}")
    if stock.status:
        table.add_row(f"stack {stock.stack_name}", f"{stock.status}, {len(stock.resources)} resources")
    if stock.endpoint:
        table.add_row(f"endpoint {stock.endpoint}", "with its configuration and model")
    if stock.packages:
        table.add_row(f"model packages of {stock.package_group}", f"{len(stock.packages)}")
    if stock.bucket:
        table.add_row(f"bucket {stock.bucket}", f"{stock.versions:,} object versions, {stock.bytes / 1e6:,.1f} MB")
    if stock.vector_bucket:
        table.add_row(f"vector bucket {stock.vector_bucket}", f"{len(stock.vector_indexes)} indexes")
    if stock.table:
        table.add_row(f"table {stock.table}", f"about {stock.items:,} questions with their answers")
    screen.console.print(table)
    for logical_id, type_, _ in stock.resources:
        screen.console.print(f"  [red]-[/red] {logical_id} ({type_.removeprefix('AWS::')})")


def _remove(stock: removal.Stock, screen: Screen) -> list[Event]:
    from tqdm import tqdm

    with tqdm(total=stock.versions, unit="version", desc="emptying", disable=None, leave=False) as bar:
        progress = removal.Progress(screen.say, bar.update, screen.on_event, screen.say)
        removal.remove(stock, progress)
    return progress.kept


# --- user ---------------------------------------------------------------------------------------------------------


def user(options: argparse.Namespace) -> None:
    """Invite people who may ask, remove or list them, or print a token for an hour."""
    from medassist.production import deployment

    if options.action in ("add", "remove") and not options.email:
        raise ConfigurationError(f"Whom? Name an e-mail address: medassist user {options.action} NAME@EXAMPLE.ORG.")
    output = commands.below(config.project_root(), options.output)
    with cloud.connect(options.target, output / "cloud"):
        pool = deployment.resources(stack_name=options.stack_name).user_pool_id
        if not pool:
            raise ConfigurationError(
                f"There is no stack {options.stack_name} with sign-in; run `medassist deploy` first."
            )
        if options.action == "add":
            new = sign_in.invite(pool, options.email)
            print(
                f"{options.email} {'is invited: a temporary password comes by mail' if new else 'is invited already'}"
            )
        elif options.action == "token":
            print(sign_in.passing_token(pool))
        elif options.action == "remove":
            print(f"{options.email} {'is removed' if sign_in.remove(pool, options.email) else 'was not there'}")
        else:
            for email, status in sign_in.users(pool):
                print(f"{email}  {status.lower().replace('_', ' ')}")

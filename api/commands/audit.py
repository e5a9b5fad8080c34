"""`deskmate audit`: is the log of decisions and effects whole, and the log itself as JSON lines."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tools.audit import Audit
    from tools.chain import Link


@click.group()
def audit() -> None:
    """Check the log of all decisions and effects; hand it out."""


@audit.command()
@click.argument("export_file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--head", metavar="SEAL", help="A head that was shown before: the log must hold it.")
def verify(export_file: Path | None, head: str | None) -> None:
    """Look for changed, missing, moved and cut off records; exit code 1 if there are any.

    EXPORT_FILE: check this export of the log instead of the log itself. The head that is shown stands for the whole
    log: write it down elsewhere, and give it with --head another time, and setting the log back is found out too.
    """
    with _open() as log:
        number, sealed = sum(1 for _ in log.links()), log.head
        wrong = log.fault(head)
        if export_file:
            from tools.chain import fault

            links, sealed = _read(export_file)
            number, wrong = len(links), fault(log.key, links, sealed)
    if wrong:
        click.echo(wrong, err=True)
        sys.exit(1)
    click.echo(f"The audit log is whole: {number} record{'' if number == 1 else 's'}. Head: {sealed or 'none yet'}")


@audit.command()
def export() -> None:
    """Print all records as JSON lines, with their seals and at last the head.

    There is no personal data in it: people, threads and calls are keyed digests.
    """
    with _open() as log:
        for link in log.links():
            click.echo(json.dumps({"number": link.number, "record": json.loads(link.record), "seal": link.seal}))
        click.echo(json.dumps({"head": log.head}))


@audit.command()
@click.argument("subject", metavar="ID")
def forget(subject: str) -> None:
    """Untie all records from a customer or colleague, for good. The chain stays whole."""
    from api.settings import ApiSettings

    with _open() as log:
        found = log.forget(ApiSettings().tenant, subject.strip().upper())
    click.echo("Done: the records stand, and nothing ties them to that person." if found else "There was nothing.")


@contextmanager
def _open() -> "Iterator[Audit]":
    from api.data_dir import ensure
    from tools.audit import Audit
    from tools.settings import ToolSettings

    folder = ToolSettings().data_dir
    ensure(folder)
    log = Audit(folder)
    try:
        yield log
    finally:
        log.close()


def _read(path: Path) -> "tuple[list[Link], str | None]":
    """The links and the head of an export. A line that is none of ours stands for a link that fits nowhere."""
    from tools.chain import Link

    links: list[Link] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            found = json.loads(line)
            if "head" in found:
                return links, found["head"]
            record = json.dumps(found["record"], sort_keys=True, separators=(",", ":"))
            links.append(Link(int(found["number"]), record, str(found["seal"])))
        except (ValueError, KeyError, TypeError):
            links.append(Link(0, line, ""))
    return links, None

"""``backup`` and ``restore``: a copy of all but the keys, made while the hub runs, and put back while it does not."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from goodies_mcp.cli.commands import Command
from goodies_mcp.cli.hub.asking import hub_does, settings_of
from goodies_mcp.cli.output import Printer
from goodies_mcp.errors import Conflict, NotFound, Unavailable

if TYPE_CHECKING:
    from goodies_mcp.app import OpenHub


def _backup_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "folder",
        metavar="FOLDER",
        nargs="?",
        help="Folder to make; left out: a dated one in the folder `backups` of the hub.",
    )


def _backup(arguments: Namespace) -> int:
    from goodies_mcp.app import prepare_hub_folder  # start-up
    from goodies_mcp.cli.copies import dated
    from goodies_mcp.funkygibbon.storage.copying import copy_hub

    settings = settings_of(arguments)
    prepare_hub_folder(settings, create=False)
    if arguments.folder:
        target = Path(arguments.folder).absolute()
    else:
        target = dated(Path(settings.data_dir) / "backups", "funkygibbon", "")
    if target.exists():
        raise Conflict(f"there is something at {target} already", hint="choose another name")

    async def copied(hub: "OpenHub") -> int:
        households = await hub.store.look(lambda accounts: accounts.households())
        return copy_hub(hub.folder, target, [each.id for each in households])

    size = hub_does(settings, copied)
    text = f"Made {target} ({size >> 10} KiB). The keys are not in it: with new keys every device logs in again."
    Printer(as_json=arguments.json).result({"folder": str(target), "bytes": size}, text)
    return 0


def _restore_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("folder", metavar="FOLDER", help="What `backup` made.")


def _restore(arguments: Namespace) -> int:
    from goodies_mcp.app import prepare_hub_folder  # start-up
    from goodies_mcp.cli.copies import dated
    from goodies_mcp.cli.in_use import is_open_elsewhere
    from goodies_mcp.funkygibbon.storage.copying import check_copy, put_in_place
    from goodies_mcp.funkygibbon.storage.sqlite import ACCOUNTS

    settings = settings_of(arguments)
    prepare_hub_folder(settings, create=False)
    source, folder = Path(arguments.folder).absolute(), Path(settings.data_dir)
    if not (source / ACCOUNTS).is_file():
        hint = "name a folder that `funkygibbon backup` made"
        raise NotFound(f"there is no backup of a hub in {source}", argument="folder", hint=hint)
    if (folder / ACCOUNTS).exists() and is_open_elsewhere(folder / ACCOUNTS):
        raise Unavailable("this hub is running", hint="stop it first")
    check_copy(source)
    kept = dated(folder / "backups", "before-restore", "")
    put_in_place(source, folder, kept)
    Printer(as_json=arguments.json).result(
        {"folder": str(source), "kept": str(kept)},
        f"Restored {source}; what was there before is in {kept}\n"
        "Each household has a new epoch: devices compare and push what this backup lacks by themselves.",
    )
    return 0


COMMANDS = {"backup": Command(_backup_arguments, _backup), "restore": Command(_restore_arguments, _restore)}

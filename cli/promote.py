"""`promote`: gives roles and takes them away."""

import click

import bootstrap
from domain import account, ids, rights
from domain.bus import operator
from domain.text import handle_key

from .output import out


@click.command()
@click.argument("handle")
@click.argument("role", type=click.Choice(rights.ROLES))
@click.option("--revoke", is_flag=True, help="Take the role away instead.")
@click.option("--reason", default="", help="Why; everybody sees it in the log.")
def promote(handle: str, role: str, revoke: bool, reason: str) -> None:
    """Give HANDLE a ROLE: moderator or admin."""
    command = (account.RevokeRole if revoke else account.GrantRole)(handle=handle, role=role, reason=reason)
    receipt = bootstrap.command_bus(bootstrap.event_store()).send(command, operator(ids.now()))
    done = "is no longer" if revoke else "is now"
    out.print(f"@{handle_key(handle)} {done} {role}." if receipt.commit else "Nothing to change.")

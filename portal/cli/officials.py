"""`flask officials appoint|list`: who works for an authority, and in what role."""

from __future__ import annotations

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy import select

from portal.adapters import passwords
from portal.domain import accounts
from portal.errors import PortalError
from portal.models import User
from portal.queries import people
from portal.terms import AUTHORITY_ROLES
from portal.worker import interests

group = AppGroup("officials", help="Appoint the employees of an authority.")


@group.command("appoint")
@click.argument("authority")
@click.argument("email")
@click.argument("name")
@click.option("--role", "roles", type=click.Choice(AUTHORITY_ROLES), multiple=True, required=True)
@click.option("--function", default="", help="What stands under a signature, such as 'Wethouder'.")
@click.password_option(help="At least 15 characters; asked when left out.")
def appoint(authority: str, email: str, name: str, roles: tuple[str, ...], function: str, password: str) -> None:
    """Appoint NAME with mail address EMAIL for AUTHORITY (its slug), in one or more roles."""
    database, now = current_app.extensions["database"], current_app.extensions["services"].now()
    try:
        person = accounts.person_fields(
            {"person_name": name, "email": email, "function": function, "password": password}
        )
        with database.transaction() as db:
            owner = people.authority_by_slug(db, authority)
            if owner is None:
                raise click.ClickException(f"er is geen regio met de naam '{authority}'")
            if people.user_by_email(db, person["email"]) is not None:
                raise click.ClickException(f"{person['email']} heeft al een account")
            official = accounts.appoint_official(owner.id, person, passwords.hash(password), list(roles), now)
            db.add(official)
            db.flush()
            interests.detect_for(official, now)
    except PortalError as refusal:
        raise click.ClickException(str(refusal)) from None
    click.echo(f"{person['email']}: {', '.join(roles)}")


@group.command("list")
@click.argument("authority")
def show(authority: str) -> None:
    """List the employees of AUTHORITY with their roles."""
    with current_app.extensions["database"].reading() as db:
        owner = people.authority_by_slug(db, authority)
        if owner is None:
            raise click.ClickException(f"er is geen regio met de naam '{authority}'")
        for user in db.scalars(select(User).where(User.authority_id == owner.id).order_by(User.name)):
            click.echo(f"{user.email:<40} {user.name:<30} {', '.join(sorted(user.role_names))}")


def register(app: Flask) -> None:
    app.cli.add_command(group)

"""certify store access: who may use an image, shown and changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from builder.errors import UsageError
from certify.cli import options, output
from certify.cli.options import Format

if TYPE_CHECKING:
    from pathlib import Path

    from builder.recipe.model import Access
    from certify.store.access import Realm
    from certify.store.grant import Granted, How
    from certify.store.query import Entry

app = typer.Typer(no_args_is_help=True, help="Show and change who may use an image.")

Image = Annotated[str, typer.Argument(metavar="REF", help="The image; by a tag, those of all its platforms.")]
Users = Annotated[list[str] | None, typer.Option("--user", metavar="U", help="A user, by name or number; repeatable.")]
Groups = Annotated[list[str] | None, typer.Option("--group", metavar="G", help="A group, by name or number; repeatable.")]


def register(app_of_store: typer.Typer) -> None:
    """Add the commands."""
    app_of_store.add_typer(app, name="access")


@app.command()
def show(image: Image, store: options.StorePath = None, trust: options.TrustPath = None,
         form: options.Output = Format.TEXT) -> None:
    """Show who may use an image that you may use, and the number of the record that says so."""
    from certify.reference import Reference
    from certify.store import about

    found = about.access(options.need_store(store), Reference.parse(image), options.need_trust(trust) if trust else None)
    if form is Format.JSON:
        output.as_json({**_named(one), "number": record.number, "access": plain(record.realm)} for one, record in found)
    else:
        for one, record in found:
            _say(f"{_title(one)}  {record.realm.full}  number {record.number}")
    for _, record in found:
        for line in about.renamed(record.realm):
            output.note(line)


@app.command()
def add(image: Image, user: Users = None, group: Groups = None, store: options.StorePath = None, key: options.KeyPath = None,
        trust: options.TrustPath = None, form: options.Output = Format.TEXT) -> None:
    """Let more users and groups use a private image."""
    from certify.store.grant import How

    _change(How.ADD, image, _asked(user, group), store, key, trust, form)


@app.command()
def remove(image: Image, user: Users = None, group: Groups = None, store: options.StorePath = None, key: options.KeyPath = None,
           trust: options.TrustPath = None, form: options.Output = Format.TEXT) -> None:
    """Take a private image from users and groups; the last one stays. Jobs that run with it go on."""
    from certify.store.grant import How

    _change(How.REMOVE, image, _asked(user, group), store, key, trust, form)


@app.command(name="set")
def set_(
    image: Image,
    user: Users = None,
    group: Groups = None,
    public: Annotated[bool, typer.Option("--public", help="For everybody.")] = False,
    widen: Annotated[bool, typer.Option("--widen", help="Let people use the image who could not before.")] = False,
    store: options.StorePath = None,
    key: options.KeyPath = None,
    trust: options.TrustPath = None,
    form: options.Output = Format.TEXT,
) -> None:
    """Give an image to these users and groups alone, or to everybody."""
    from certify.store.grant import How

    _change(How.SET, image, _asked(user, group, public=public), store, key, trust, form, widen=widen)


def plain(realm: Realm) -> dict[str, object]:
    """A realm as the results of ``--format json`` show it."""
    users, groups = ([{"id": one.id, "name": one.name} for one in listed] for listed in (realm.users, realm.groups))
    return {"public": realm.public, "users": users, "groups": groups}


def _change(how: How, image: str, asked: Access, store: Path | None, key: Path | None, trust: Path | None, form: Format, *,
            widen: bool = False) -> None:
    from certify.reference import Reference
    from certify.store import grant

    wanted, opened = Reference.parse(image), options.need_store(store)
    done = grant.change(opened, wanted, how, asked, signer=options.need_signer(key), trust=options.need_trust(trust),
                        now=datetime.now(UTC), widen=widen)
    if form is Format.JSON:
        output.as_json(map(_plain, done))
    for one in done:
        if form is Format.TEXT:
            _say(f"{_title(one.image)}  {one.after.full}  number {one.number}{'' if one.changed else '  unchanged'}")
        for line in one.unlisted:
            output.note(f"{line} was not listed for {_title(one.image)}")
        if one.hidden:
            output.note(f"{_title(one.image)} stays out of the runtime's sight: {one.hidden}")


def _asked(users: list[str] | None, groups: list[str] | None, *, public: bool = False) -> Access:
    from builder.recipe.model import Access

    if public == bool(users or groups):
        raise UsageError("everybody, or some: not both" if public else "nobody is named",
                         hint="--user U and --group G, by name or number")
    return Access(public=public, users=tuple(map(_number, users or ())), groups=tuple(map(_number, groups or ())))


def _number(named: str) -> str | int:
    if not named or not named.isprintable():
        raise UsageError(f"not a name or number: {named!r}")
    return int(named) if named.isascii() and named.isdigit() and len(named) <= 19 else named


def _plain(one: Granted) -> dict[str, object]:
    return {**_named(one.image), "number": one.number, "changed": one.changed, "before": plain(one.before),
            "access": plain(one.after), "not_listed": list(one.unlisted), "hidden": one.hidden}


def _named(one: Entry) -> dict[str, object]:
    return {"name": one.name, "tag": one.tag, "platform": one.platform, "digest": f"sha256:{one.digest}"}


def _title(one: Entry) -> str:
    return f"{one.name}:{one.tag}  {one.platform}"


def _say(text: str) -> None:
    from certify.report.safe import escaped

    print(escaped(text))

"""certify site: the profile of the site that images are judged for."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from builder.errors import Error, UsageError
from certify.cli import options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.host_libraries.model import HostLibrary
    from certify.site_import.conf import Left
    from certify.site_import.profile import Imported

app = typer.Typer(no_args_is_help=True, help="Look at sites' profiles, make them and judge them.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="What recipes call it in host_libraries: mpich.")]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder with the site's real libraries.")]
Write = Annotated[bool, typer.Option("--write", help="Put it into the profile's file (--site) instead of printing it.")]
Replaces = Annotated[list[str], typer.Option(metavar="SONAME", help="What must be the site's [default: an MPI's, or all].")]
Search = Annotated[list[str], typer.Option(metavar="FOLDER", help="Sub-folders that runtimes tell the loader, in order "
                                                                 "[default: those that the libraries need].")]
Summary = Annotated[str, typer.Option(help="What it is, in a line.")]
Shown = Annotated[str | None, typer.Argument(metavar="NAME", help="A built-in profile, or the file of one [default: --site].")]
Profiles = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Profiles: JSON files.")]
Configuration = Annotated[Path, typer.Argument(metavar="FILE", help="The site's udiRoot.conf.")]
Called = Annotated[str | None, typer.Option("--name", help="What the profile is called [default: the configuration's system].")]
MoreFiles = Annotated[list[Path], typer.Option("--module-file", metavar="FILE",
                                               help="A file with further keys, such as those of modules; repeatable.")]
NewFile = Annotated[Path | None, typer.Option("--write", metavar="FILE", help="Write the profile into a new file.")]


@app.callback()
def _group() -> None:
    """Look at sites' profiles, make them and judge them."""


@app.command()
def show(name: Shown = None, site: options.SiteName = "shifter") -> None:
    """Print a profile: what the runtime owns, replaces and mounts. A copy of it, changed, is a profile of one's own."""
    print(json.dumps(asdict(options.load_site(name or site)), indent=2))


@app.command("list")
def list_profiles(form: options.Output = options.Format.TEXT) -> None:
    """List the built-in profiles: which runtime each is of, and what kind of site it describes."""
    from certify import site as sites
    from certify.cli import output

    found = [sites.load(name) for name in sites.names()]
    if form is options.Format.JSON:
        output.as_json({"name": one.name, "runtime": one.runtime, "summary": one.summary} for one in found)
        return
    wide, runtime = (max(len(text) for text in texts) for texts in zip(*((one.name, one.runtime) for one in found), strict=True))
    for one in found:
        print(f"{one.name:<{wide}}  {one.runtime:<{runtime}}  {one.summary}")


@app.command("import")
def import_configuration(
    configuration: Configuration,
    name: Called = None,
    more: MoreFiles = [],  # noqa: B006
    write: NewFile = None,
    form: options.Output = options.Format.TEXT,
) -> None:
    """Turn a site's own Shifter configuration into a profile; what cannot be turned is named on standard error.

    Reads siteFs, etcPath (and the folder that it names, where it is), siteEnv and its like, the modules and defaultModules.
    """
    from certify.cli import output
    from certify.site_import import profile

    if name is not None and not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,99}", name):
        raise UsageError(f"{name}: no name of a profile", hint="small letters, digits, dots and hyphens: perlmutter")
    made = profile.read(configuration, more, name=name)
    text = json.dumps(asdict(made.site), indent=2)
    if write is not None:
        _write(write, text + "\n")
    if form is options.Format.JSON:
        output.as_json([{"profile": asdict(made.site), "left": [one.as_json() for one in made.left], "hints": list(made.hints)}])
        return
    if write is None:
        print(text)
    for line in _told(made):
        _say(line)


@app.command()
def validate(files: Profiles, form: options.Output = options.Format.TEXT) -> None:
    """Judge profiles as a whole: their form, whether their parts fit each other, and whether what they name is here."""
    from certify.cli import output
    from certify.report.safe import escaped
    from certify.site_import import validate as judging
    from certify.site_import.fault import Weight

    found = [one for file in files for one in judging.file(file)]
    errors = sum(one.weight is Weight.ERROR for one in found)
    if form is options.Format.JSON:
        output.as_json(one.as_json() for one in found)
    else:
        for one in found:
            print(escaped(str(one)) + (f"\n  help: {escaped(one.help)}" if one.help else ""))
        print(f"{_counted(errors, 'error')}, {_counted(len(found) - errors, 'warning')}" if found else "no faults")
    if errors:
        raise typer.Exit(1)


@app.command("add-library")
def add_library(
    name: Name,
    folder: Folder,
    site: options.SiteName = "shifter",
    replaces: Replaces = [],  # noqa: B006  typer copies it
    search: Search = [],  # noqa: B006
    summary: Summary = "",
    write: Write = False,
) -> None:
    """Describe one of the site's own libraries: what it replaces in images, and what it needs of them.

    Reads the real libraries in DIR. What only people know is kept from the profile where it describes the library already:
    how each runtime brings it in.
    """
    from certify.host_libraries import profile
    from certify.host_libraries.decode import plain
    from certify.host_libraries.describe import describe

    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", name):
        raise UsageError(f"{name}: no name that a recipe can write", hint="small letters, digits, dots and hyphens: mpich")
    library, notes = describe(name, folder, replaces=replaces, search=search, summary=summary)
    library = profile.merged(library, site, summary=summary)
    for note in notes:
        _say(f"note: {note}")
    if write:
        profile.write(library, site)
    else:
        print(json.dumps({"host_libraries": {name: plain(library)}}, indent=2))
    _needs(library)


def _told(made: Imported) -> Iterator[str]:
    """What is not in the profile, and what to do next: a line for each that images may notice, the others by their reason."""
    quiet: dict[tuple[str, str], list[Left]] = {}
    for one in made.left:
        if one.matters:
            yield f"note: {one}"
        else:
            quiet.setdefault((one.file, one.why), []).append(one)
    for (file, why), several in quiet.items():
        yield f"left out: {file}: {', '.join(f'{one.key} ({one.line})' for one in several)}: {why}"
    yield from (f"next: {hint}" for hint in made.hints)


def _write(file: Path, text: str) -> None:
    try:
        with file.open("x", encoding="utf-8") as new:
            new.write(text)
    except FileExistsError as error:
        raise UsageError(f"{file} is there already", hint="give the name of a new file, and compare the two") from error
    except OSError as error:
        raise Error(f"{file}: {error.strerror}", hint="may you write there?") from error


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _needs(library: HostLibrary) -> None:
    """What it asks of every image, in short, for whoever ran the command."""
    _say(f"{library.name} replaces {', '.join(library.replaces)}; {len(library.files)} files, in {', '.join(library.search)}")
    if library.missing:
        _say(f"  needs of the image: {', '.join(library.missing)}")
    for needed, versions in library.versions.items():
        _say(f"  of {needed} at least {', '.join(versions)}")


def _say(text: str) -> None:
    from certify.report.safe import escaped

    print(escaped(text), file=sys.stderr)

"""certify init: a recipe to start from."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final, TextIO

import typer

RECIPE: Final = """\
# A recipe for certify: what the image is, what goes into it, and how it is tested.
#   certify lint         judges this file, without root          certify explain CODE   tells more about a finding
#   certify ship         builds, checks, signs and publishes     certify schema         every key of this file
schema: 1
name: {name}
version: "1.0"              # in quotes: unquoted, 1.10 would be the number 1.1
summary: Say in one line what the image is for
license: MIT                # of what is in the image, as an SPDX expression
access: public              # or {{users: [20001], groups: [astro]}}; publishing never widens it unasked

base: {{debian: bookworm}}

packages:
  apt: [python3]
  # Wheels only, every line with its hash, as pip-compile --generate-hashes or uv export write it:
  # pip: {{requirements: requirements.txt, venv: /opt/{name}}}

# What comes from the network is fetched by its hash before anything of this file runs:
# sources:
#   - {{url: https://example.org/tool-1.0.tar.gz, sha256: ..., unpack: /src/tool}}

# Files beside this one; absolute paths of the image on the right:
# files:
#   - {{from: etc/tool.conf, to: /opt/{name}/etc/tool.conf}}

# What is only needed to build stays out of the image: a stage is made first, and files are copied from it:
# stages:
#   compile:
#     packages: {{apt: [gcc, make]}}
#     steps: [{{run: make -C /src/tool install PREFIX=/opt/{name}}}]
# copy:
#   - {{from: compile, path: /opt/{name}}}

# Several images of one recipe, one for each value; every text may say {{{{ mpi }}}}, and the version has to:
# matrix: {{mpi: ["4.1", "4.2"]}}

# Shell text that runs as root while the image is made, without network. Install below /opt: the site mounts its own
# file systems over /home and others. Leave LD_LIBRARY_PATH alone: the site's MPI and GPU libraries come in by it.
steps:
  - name: install
    run: |
      mkdir -p /opt/{name}/bin
      printf '#!/bin/sh\\nexec python3 -c "print(42)"\\n' > /opt/{name}/bin/answer
      chmod 0755 /opt/{name}/bin/answer

env:
  PATH: /opt/{name}/bin:/usr/bin:/bin

# Run on the finished image, as an ordinary user, without network, with everything read-only. All must succeed.
tests:
  - name: it answers
    run: test "$(answer)" = 42
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("init")(init)


def init(folder: Annotated[Path, typer.Argument(metavar="[FOLDER]", show_default=False,
                                                help="Where to write it [default: this folder].")] = Path()) -> None:
    """Write a recipe to start from: valid, commented, and without findings."""
    import shlex

    from builder.errors import Error, UsageError
    from certify.report.safe import escaped

    path = folder / "recipe.yaml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as stream:
            _fill(stream, path, RECIPE.format(name=name_of(folder)))
    except FileExistsError as error:
        raise UsageError(f"{error.filename or path}: it is there already", hint="certify init overwrites nothing") from error
    except OSError as error:
        raise Error(f"{path}: {error.strerror}", hint="name a folder that you can write in") from error
    named = f"./{folder}" if str(folder).startswith("-") else str(folder)
    print(f"{escaped(str(path))}\n  next: change it, then: certify lint {escaped(shlex.quote(named))}")


def _fill(stream: TextIO, path: Path, text: str) -> None:
    """Write the text, or leave no file: the next try would find it there already."""
    try:
        stream.write(text)
        stream.flush()
    except OSError:
        path.unlink()
        raise


def name_of(folder: Path) -> str:
    """A name for the image, made from the folder's."""
    name = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")
    return name[:40].strip("-") or "example"

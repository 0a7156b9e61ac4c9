"""Variables and files that change what the loader does for every program of the image.

LD_PRELOAD and /etc/ld.so.preload load a library into every program, also into the helpers that the site's
runtime puts into the image, and runtimes use LD_PRELOAD themselves (podman-hpc does for CUDA-aware MPI).
LD_AUDIT, LD_ORIGIN_PATH and GLIBC_TUNABLES are as far-reaching and depend on the very version of glibc. Set
for one command of a step, or in a stage that does not become the image, they are the build's business (fakeroot,
a check for leaks).

Bad::

    env:
      LD_PRELOAD: /usr/lib/x86_64-linux-gnu/libtcmalloc.so.4

Good::

    steps:
      - name: link
        run: make -C /src/tool install LIBS=-ltcmalloc
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from certify.finding import Severity
from certify.patterns import pattern
from certify.rules.env1_texts import LOADER, MAX_HITS, texts
from certify.rules.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.rules.env1_texts import Text
    from certify.rules.subject import Subject
    from certify.site import Site

CODE = "ENV110"
NAME = "loader-vars"
SEVERITY = Severity.ERROR

PRELOAD = "/etc/ld.so.preload"
HELP = "link the library to the programs that want it; what a user wants to trace or tune is set when the program runs"

_TRACE = pattern(r"LD_PRELOAD|LD_AUDIT|LD_ORIGIN_PATH|GLIBC_TUNABLES|ld\.so\.preload")


def check(subject: Subject, site: Site) -> Iterator[Hit]:  # noqa: ARG001
    """Look at the lasting environment, and at the files that the recipe makes."""
    for variable in subject.variables:
        if variable.stays and variable.name in LOADER and variable.value:
            yield Hit(route=variable.route, message=f"{variable.name} is set in {variable.where}", help=HELP)
    for put in subject.puts:
        if put.path == PRELOAD:
            yield Hit(route=put.route, message=f"{put.what}: {PRELOAD} is for every program", help=HELP, shipped=put.shipped)
    for text in texts(subject, _TRACE):
        yield from _in_text(text)


def _in_text(text: Text) -> Iterator[Hit]:
    from certify.shell.settings import Setting

    if text.path == PRELOAD:
        if text.text.strip() and not text.whole:
            start = Setting(name=PRELOAD, value=text.text, start=0, end=len(text.text.rstrip()), how=text.how)
            yield text.hit(start, "a library for every program is named in", HELP)
        return
    settings = (found for found in text.settings() if found.name in LOADER)
    for found in itertools.islice(settings, MAX_HITS):
        yield text.hit(found, f"{found.name} is set in", HELP)

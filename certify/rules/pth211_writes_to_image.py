"""The software is told to write inside the image.

The image is a read-only squashfs at the site, whatever its modes say: VOLUME is not honoured, a folder that
``chmod 777`` opens stays shut, and a cache, log or pid file below the prefix cannot be made. Let it go to
$TMPDIR or below the user's home. A VOLUME at a mount point of the site is fine, as the site fills it.

Bad::

    steps:
      - run: mkdir -p /opt/tool/cache && chmod 777 /opt/tool/cache

Good::

    steps:
      - run: |
          mkdir -p /opt/tool/share
          chmod -R a+rX /opt/tool
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.finding import Severity
from certify.patterns import pattern
from certify.rules.commands import commands
from certify.rules.hit import Hit
from certify.rules.scratch import is_scratch, removes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.rules.commands import Simple
    from certify.rules.subject import Script, Subject
    from certify.site import Site

CODE = "PTH211"
NAME = "writes-to-image"
SEVERITY = Severity.WARNING

HELP = "let it write to $TMPDIR or below the user's $HOME: the image is read-only at run time"

_TRACE = pattern(r"\bchmod\b|--(?:with-|http-|error-)?(?:pid|log|lock)")
_OPENED = pattern(r"[0-7]{0,2}[0-7][2367]|(?:[ugo]*[oa][ugo]*)?\+[rxXst]*w[rxXst]*")
_OPTION = pattern(r"(--(?:with-|http-|error-)?(?:pid|log|lock)-?(?:file|path|dir)?)=(/.*)")
_VARIABLE = pattern(r"(?:\w+_)?(?:XDG_CACHE_HOME|XDG_RUNTIME_DIR|XDG_STATE_HOME|MPLCONFIGDIR|NUMBA_CACHE_DIR|CUDA_CACHE_PATH"
                       r"|TRITON_CACHE_DIR|JUPYTER_RUNTIME_DIR|PIDFILE|PID_FILE|PID_DIR|LOGFILE|LOG_FILE|LOG_DIR|LOGDIR)")


def check(subject: Subject, site: Site) -> Iterator[Hit]:
    """Look at volumes, at variables that name a place for writing, and at what steps open for all."""
    for put in subject.puts:
        if put.what == "VOLUME" and not _is_given(put.path, site):
            yield Hit(route=put.route, message=f"VOLUME {put.path} is not honoured: the image is read-only at run time",
                      help=HELP, shipped=put.shipped)
    for variable in subject.variables:
        if variable.lasting and _VARIABLE.fullmatch(variable.name) and _is_inside(variable.value, site):
            yield Hit(route=variable.route, help=HELP, shipped=variable.shipped,
                      message=f"{variable.name} names {variable.value} in the image, which is read-only at run time")
    for script in subject.scripts:
        if script.kind == "step":
            for command in commands(script, _TRACE):
                yield from _in_command(command, script, site)


def _in_command(command: Simple, script: Script, site: Site) -> Iterator[Hit]:
    if command.name == "chmod":
        mode, *paths = [word for word in command.words if not word.startswith("-")] or [""]
        inside = [path for path in paths if _is_inside(path, site) and not removes(script, path)]
        if _OPENED.fullmatch(mode) and inside:
            yield command.hit(f"chmod {mode}: {inside[0]} stays read-only at run time", HELP)
    elif command.name not in ("echo", "printf", "grep", "sed"):
        for number, word in enumerate(command.words):
            found = _OPTION.fullmatch(word)
            if found and _is_inside(found[2], site):
                yield command.hit(f"{found[1]}: {found[2]} is read-only at run time", HELP, word=number)


def _is_inside(path: str, site: Site) -> bool:
    return path.startswith("/") and "\0" not in path and not is_scratch(path) and not _is_given(path, site)


def _is_given(path: str, site: Site) -> bool:
    """Whether the runtime or the site puts its own there."""
    return site.owner_of(path) is not None or site.mount_over(path) is not None

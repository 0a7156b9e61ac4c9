"""The part of an examination or a run that has a mount namespace of its own; what it mounts goes with it.

``python -m certify.sandbox.inside REQUEST`` mounts the image, then checks and tests it, telling every result as a
JSON line, or runs one program on the caller's terminal; or it mounts two images and tells how they differ.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from builder import process
from builder.errors import Error, Fault
from builder.image import PATH as IMAGE_JSON
from builder.image import ImageConfig
from builder.rootfs import Root
from certify import site as sites
from certify.report.safe import escaped
from certify.sandbox import bubblewrap, copies, levels, look, machine, module, mount, plan, shown, terminal, view
from certify.sandbox.channel import held, tell
from certify.sandbox.identity import ORDINARY, Identity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from certify.site import Site

_WORK: Final = Path("/mnt")         # exists everywhere; covered only in this mount namespace
_IMAGE: Final = _WORK / "image"
_TEXTS: Final = _WORK / "texts"

# What the ordinary user's own environment brings in a test; the runtime passes it on.
_HOST: Final[Mapping[str, str]] = {"PATH": "/usr/bin:/bin", "SHELL": "/bin/sh", "TERM": "dumb", "LANG": "C.UTF-8"}


def main(argv: list[str]) -> int:
    """Do what the request says; the exit code is the program's, or 125 if it could not be started."""
    os.umask(0o022)         # as the runtime's own; what is made here must be open to the ordinary user
    request: Any = json.loads(Path(argv[1]).read_text(encoding="utf-8") if argv[1] != "-" else sys.stdin.read())
    try:
        mount.tmpfs(_WORK)
        if request["kind"] in ("compare", "files"):
            return _compare(request["kind"], request["images"])
        for folder in (_IMAGE, _TEXTS):
            folder.mkdir(mode=0o755)
        with mount.shown(request["image"], _IMAGE):
            return _serve(request)
    except (OSError, Error) as failed:
        unread = f"the image holds what cannot be read: {failed.strerror}" if isinstance(failed, OSError) else ""
        error = failed if isinstance(failed, Error) else Fault(unread)
        if request["kind"] == "run":
            help_line = f"  help: {escaped(error.hint)}\n" if error.hint else ""
            sys.stderr.write(f"certify run: {escaped(error.message)}\n{help_line}")
        else:
            tell(event="error", message=error.message, hint=error.hint, code=error.exit_code)
        return 125


def _compare(kind: str, images: Sequence[int]) -> int:
    from certify.difference import files
    from certify.sandbox import comparing

    events = files.events if kind == "files" else comparing.events
    first, second = _WORK / "first", _WORK / "second"
    for folder in (first, second):
        folder.mkdir(mode=0o755)
    with mount.shown(images[0], first), mount.shown(images[1], second):
        for event in events(Root(first), Root(second)):
            tell(**event)
    return 0


def _serve(request: Any) -> int:  # noqa: ANN401
    site = sites.from_plain(request["site"])
    root = Root(_IMAGE)
    config = ImageConfig.from_json(request["config"]) if request.get("config") else _config(root)
    if request["kind"] in ("run", "plan"):
        return _run(request, site, root, config)
    tell(event="config", text=config.to_json())
    if request["look"] is not None:
        look.look(_IMAGE, {**request["look"], "config": config.to_json(), "site": request["site"]}, os.environ)
    _test(request["tests"], site, root, config)
    tell(event="end")
    return 0


def _test(tests: Sequence[Mapping[str, Any]], site: Site, root: Root, config: ImageConfig) -> None:
    if not tests:
        return
    from certify.sandbox import testing

    made = plan.make(site, levels.read(root), config, ORDINARY, (), machine=machine.read(site, _HOST, isolated=True))
    for result in testing.run(tests, made, _TEXTS, _bwrap, _drop):
        tell(event="test", **result)


def _run(request: Any, site: Site, root: Root, config: ImageConfig) -> int:  # noqa: ANN401
    made = _planned(request, site, root, config)
    if request["kind"] == "plan":
        tell(event="plan", **shown.as_json(made, root, request["why"]))
        return 0
    if (code := view.unusable(made, root)):
        said = "no such program in the image" if code == view.NOT_FOUND else "not executable by an ordinary user"
        sys.stderr.write(f"certify run: {escaped(made.command[0])}: {said}\n")
        return code
    # As process 1 of its own, bubblewrap does not hear the Ctrl-C that is meant for the program.
    alone = ("unshare", "--pid", "--fork", "--kill-child", "--")
    with _bwrap(made) as (argv, handles):
        return process.attached((*alone, *_drop(made.identity), *argv), env=process.CLEAN, pass_fds=handles)


def _planned(request: Any, site: Site, root: Root, config: ImageConfig) -> plan.Plan:  # noqa: ANN401
    entry: tuple[str, ...] = ()
    if request["entrypoint"]:
        entry = config.entrypoint
        if not entry:
            raise Fault("the image has no entrypoint", hint="name the program: certify run REF -- CMD")
    made = plan.make(site, levels.read(root), config, Identity.from_plain(request["identity"]),
                     (*entry, *request["command"]) or ("/bin/sh",), terminal=True,
                     machine=machine.read(site, request["environment"], isolated=request["isolated"]),
                     modules=module.active(site))
    return replace(made, workdir=view.workdir(made, root, request["workdir"]))


@contextmanager
def _bwrap(made: plan.Plan, texts: Path | None = None) -> Iterator[tuple[tuple[str, ...], tuple[int, ...]]]:
    """The sandbox's command, and the descriptors that it reads from: its options, and what it keeps from a terminal.

    ``texts`` is the folder for what is shown and not the image's; one for each of several at once.
    """
    texts = texts or _TEXTS
    _write(made, texts)
    guard = terminal.guard(os.uname().machine) if made.terminal else None
    made = replace(made, terminal=guard is not None)
    options = "\0".join(bubblewrap.options(made, _IMAGE, texts)).encode("utf-8", "surrogateescape")
    with ExitStack() as stack:
        handles = [stack.enter_context(held(data)) for data in (options, guard) if data is not None]
        names = [part for name, handle in zip(("--args", "--seccomp"), handles, strict=False) for part in (name, str(handle))]
        yield ("bwrap", *names, "--", *made.command), tuple(handles)


def _write(made: plan.Plan, texts: Path) -> None:
    """Make the files that the sandbox shows and the image does not have."""
    for place in made.places:
        target = texts / place.path.lstrip("/")
        if place.kind == "text":
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(place.content, encoding="utf-8", errors="surrogateescape")
            target.chmod(0o644)
        elif place.kind == "copy":
            copies.copy(_IMAGE / place.content.lstrip("/"), target)


def _drop(identity: Identity) -> tuple[str, ...]:
    if os.getuid() != 0:
        return mount.UNPRIVILEGED
    groups = ("--groups", ",".join(str(one.gid) for one in identity.groups)) if identity.groups else ("--clear-groups",)
    return ("setpriv", "--reuid", str(identity.uid), "--regid", str(identity.gid), *groups, "--no-new-privs",
            "--inh-caps=-all", "--bounding-set=-all", "--")


def _config(root: Root) -> ImageConfig:
    """What the image says of itself; one made elsewhere says nothing."""
    place = root.at(IMAGE_JSON)
    if place is None or not place.is_file() or place.is_symlink():
        return ImageConfig(name="unknown", version="0", revision=1, platform="unknown", environment={})
    with place.open(encoding="utf-8", errors="replace") as file:
        return ImageConfig.from_json(file.read(1 << 20))


if __name__ == "__main__":
    sys.exit(main(sys.argv))

"""The part of an examination or a run that has a mount namespace of its own; what it mounts goes with it.

``python -m certify.sandbox.inside REQUEST`` mounts the image, then checks and tests it, telling every result as a
JSON line, or runs one program on the caller's terminal; or it mounts two images and tells how they differ, or has one
written as a tar.
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
from certify.sandbox import (
    bubblewrap,
    copies,
    layered,
    look,
    machine,
    module,
    mount,
    owned,
    plan,
    shown,
    terminal,
    view,
)
from certify.sandbox.channel import held, tell
from certify.sandbox.identity import ORDINARY, Identity, caller

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from certify.sandbox.injecting import Injector
    from certify.sandbox.module import Module
    from certify.site import Site

_WORK: Final = Path("/mnt")         # exists everywhere; covered only in this mount namespace
_IMAGE: Final = _WORK / "image"
_TEXTS: Final = _WORK / "texts"

# What the ordinary user's own environment brings in a test; the runtime passes it on.
_HOST: Final[Mapping[str, str]] = {"PATH": "/usr/bin:/bin", "SHELL": "/bin/sh", "TERM": "dumb", "LANG": "C.UTF-8"}


def main(argv: list[str]) -> int:
    """Do what the request says; the exit code is the program's, or 125 if it could not be started."""
    umask = os.umask(0o022)     # as Shifter's own; what is made here must be open to the ordinary user
    request: Any = json.loads(Path(argv[1]).read_text(encoding="utf-8") if argv[1] != "-" else sys.stdin.read())
    try:
        mount.tmpfs(_WORK)
        if request["kind"] in ("compare", "files"):
            return _compare(request["kind"], request["images"])
        if request["kind"] == "layer":
            return _layer(request)
        for folder in (_IMAGE, _TEXTS):
            folder.mkdir(mode=0o755)
        return _serve(request, umask)
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


def _layer(request: Any) -> int:  # noqa: ANN401
    from certify.sharing import layer

    _IMAGE.mkdir(mode=0o755)
    with mount.mounted(request["image"], _IMAGE):
        layer.start(_IMAGE, request["image"], request["target"], os.environ)
    tell(event="end")
    return 0


def _serve(request: Any, umask: int) -> int:  # noqa: ANN401
    site = sites.from_plain(request["site"])
    root, image, asked = Root(_IMAGE), request["image"], None
    if request["kind"] in ("run", "plan"):
        with _shown(image, site, Identity.from_plain(request["identity"])):
            return _run(request, site, root, _config(root), umask)
    # Once this process is the ordinary user it cannot look any more; and a real runtime enters its namespaces itself.
    again = request["real"] is None and _is_callers(image, site)
    with mount.shown(image, _IMAGE):
        config = ImageConfig.from_json(request["config"]) if request.get("config") else _config(root)
        tell(event="config", text=config.to_json())
        if request["look"] is not None:
            asked = look.look(_IMAGE, {**request["look"], "config": config.to_json(), "site": request["site"]}, os.environ)
        if not again:
            _try(request, asked, site, root, config)
    if again:
        with _shown(image, site, ORDINARY):
            _try(request, asked, site, root, config)
    tell(event="end")
    return 0


def _is_callers(image: int, site: Site) -> bool:
    return site.owner == "caller" and owned.possible(image)


def _shown(image: int, site: Site, identity: Identity) -> AbstractContextManager[None]:
    """The image at its place, with the owners that the site's runtime shows."""
    return owned.mounted(image, _IMAGE, identity, (_WORK, _TEXTS)) if _is_callers(image, site) else mount.shown(image, _IMAGE)


def _try(request: Any, asked: object, site: Site, root: Root, config: ImageConfig) -> None:  # noqa: ANN401
    if request["look"] is not None and not request["look"]["libraries"]:
        _prove(request["look"]["host_libraries"], asked, site, root, config)
    if request["real"] is None:
        _test(request["tests"], site, root, config)
    else:
        _really(request["real"], request["tests"], request["image"], config)
    _start(request["start"], request["image"], site, root, config)


def _test(tests: Sequence[Mapping[str, Any]], site: Site, root: Root, config: ImageConfig) -> None:
    if not tests:
        return
    from certify.sandbox import testing

    injector = _injector(site, root, config)
    for result in testing.run(tests, injector.without, _TEXTS, _bwrap, _drop, injector):
        tell(event="test", **result)


def _really(name: str, tests: Sequence[Mapping[str, Any]], image: int, config: ImageConfig) -> None:
    from certify.real import known, running

    user = ORDINARY if os.getuid() == 0 else caller()
    place = running.place(image, _IMAGE, _WORK / "image.squashfs")
    tell(event="runtime", mounts=place != _IMAGE)
    ground = running.Ground(runtime=known.need(name), image=place, variables=config.environment, dropped=_drop(user),
                            environment={**_HOST, **user.variables})
    for result in running.run(tests, ground) if tests else ():
        tell(event="test", **result)


def _prove(names: Sequence[str], asked: object, site: Site, root: Root, config: ImageConfig) -> None:
    """Show that the recipe's host libraries are loaded; each is told, also one that is not here."""
    if not names:
        return
    from certify.sandbox import proving

    files = proving.programs(asked)
    prover = proving.Prover(_injector(site, root, config), _TEXTS, _bwrap, _drop(ORDINARY))
    for name in names:
        told = prover.prove(name, files.get(name, ()))
        for finding in proving.findings(told):
            tell(event="finding", **finding.as_json())
        tell(event="proven", **told)


def _injector(site: Site, root: Root, config: ImageConfig) -> Injector:
    from certify.sandbox import injecting

    def planned(modules: Sequence[Module], brought: frozenset[str]) -> plan.Plan:
        seen = machine.read(site, _HOST, isolated=True, brought=brought)
        return plan.of(root, site, config, ORDINARY, (), machine=seen, modules=modules)

    return injecting.Injector(site, planned)


def _start(asked: Mapping[str, Any] | None, image: int, site: Site, root: Root, config: ImageConfig) -> None:
    if asked is None:
        return
    from certify.sandbox import budget

    made = plan.of(root, site, config, ORDINARY, (), machine=machine.read(site, _HOST, isolated=True))
    tell(event="start", **budget.measure(asked, image, made, _WORK / "starts", _bwrap, _drop(ORDINARY)))


def _run(request: Any, site: Site, root: Root, config: ImageConfig, umask: int) -> int:  # noqa: ANN401
    made = _planned(request, site, root, config)
    if request["kind"] == "plan":
        tell(event="plan", **shown.as_json(made, root, request["why"]))
        return 0
    if (code := view.unusable(made, root)):
        said = "no such program in the image" if code == view.NOT_FOUND else "not executable by an ordinary user"
        sys.stderr.write(f"certify run: {escaped(made.command[0])}: {said}\n")
        return code
    # As process 1 of its own, bubblewrap does not hear the Ctrl-C that is meant for the program.
    own = owned.NAMESPACE if _is_callers(request["image"], site) else ()
    alone = ("unshare", *own, "--pid", "--fork", "--kill-child", "--")
    with _bwrap(made) as (argv, handles):
        os.umask(umask if site.umask_kept else 0o022)
        return process.attached((*alone, *_drop(made.identity), *argv), env=process.CLEAN, pass_fds=handles)


def _planned(request: Any, site: Site, root: Root, config: ImageConfig) -> plan.Plan:  # noqa: ANN401
    entry: tuple[str, ...] = ()
    if request["entrypoint"] or site.entrypoint:
        entry = config.entrypoint
        if not entry and request["entrypoint"]:
            raise Fault("the image has no entrypoint", hint="name the program: certify run REF -- CMD")
    made = plan.of(root, site, config, Identity.from_plain(request["identity"]),
                   (*entry, *request["command"]) or ("/bin/sh",), terminal=True,
                   machine=machine.read(site, request["environment"], isolated=request["isolated"]),
                   modules=module.active(site))
    start = (config.workdir or "/") if site.start == "image" else "/"       # where the caller is is asked for
    return replace(made, workdir=view.workdir(made, root, request["workdir"] or start))


@contextmanager
def _bwrap(made: plan.Plan, texts: Path | None = None, image: Path = _IMAGE) -> Iterator[tuple[tuple[str, ...], tuple[int, ...]]]:
    """The sandbox's command, and the descriptors that it reads from: its options, and what it keeps from a terminal.

    ``texts`` is the folder for what is shown and not the image's; one for each of several at once. ``image`` is another mount
    of the image, if one is to be shown.
    """
    texts = texts or _TEXTS
    _write(made, texts)
    guard = terminal.guard(os.uname().machine) if made.terminal else None
    made = replace(made, terminal=guard is not None)
    options = "\0".join(bubblewrap.options(made, image, texts)).encode("utf-8", "surrogateescape")
    with ExitStack() as stack:
        stack.enter_context(layered.prepared(made, image, texts))
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

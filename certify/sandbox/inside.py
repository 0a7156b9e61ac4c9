"""The part of an examination or a run that has a mount namespace of its own; what it mounts goes with it.

``python -m certify.sandbox.inside REQUEST`` mounts the image, then checks and tests it, telling every result as a
JSON line, or runs one program on the caller's terminal; or it mounts two images and tells how they differ.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import deque
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from builder import process
from builder.errors import Error
from builder.image import PATH as IMAGE_JSON
from builder.image import ImageConfig
from builder.rootfs import Root
from builder.script import shell
from certify import site as sites
from certify.sandbox import bubblewrap, levels, mount, plan
from certify.sandbox.identity import ORDINARY, Identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from certify.site import Site

_WORK: Final = Path("/mnt")         # exists everywhere; covered only in this mount namespace
_IMAGE: Final = _WORK / "image"
_TEXTS: Final = _WORK / "texts"
_TIMEOUT: Final = 600               # seconds for one test
_NOT_EXECUTABLE, _NOT_FOUND = 126, 127
_OUTPUT: Final = 65_536             # characters of it
_LINES: Final = 200                 # of a test's output, the last ones are kept

# What the ordinary user's own environment brings in a test; the runtime passes it on.
_HOST: Final[Mapping[str, str]] = {"PATH": "/usr/bin:/bin", "SHELL": "/bin/sh", "TERM": "dumb", "LANG": "C.UTF-8"}


def main(argv: list[str]) -> int:
    """Do what the request says; the exit code is the program's, or 125 if it could not be started."""
    request: Any = json.loads(Path(argv[1]).read_text(encoding="utf-8") if argv[1] != "-" else sys.stdin.read())
    try:
        mount.tmpfs(_WORK)
        if request["kind"] == "compare":
            return _compare(request["images"])
        for folder in (_IMAGE, _TEXTS):
            folder.mkdir(mode=0o755)
        with mount.mounted(request["image"], _IMAGE):
            return _serve(request)
    except OSError as error:
        _tell(event="error", message=f"the image holds what cannot be read: {error.strerror}", hint=None, code=1)
        return 125
    except Error as error:
        if request["kind"] == "run":
            sys.stderr.write(f"certify run: {error.message}\n" + (f"  help: {error.hint}\n" if error.hint else ""))
        else:
            _tell(event="error", message=error.message, hint=error.hint, code=error.exit_code)
        return 125


def _compare(images: Sequence[int]) -> int:
    from certify.sandbox import comparing

    first, second = _WORK / "first", _WORK / "second"
    for folder in (first, second):
        folder.mkdir(mode=0o755)
    with mount.mounted(images[0], first), mount.mounted(images[1], second):
        for event in comparing.events(Root(first), Root(second)):
            _tell(**event)
    return 0


def _serve(request: Any) -> int:  # noqa: ANN401
    site = sites.from_plain(request["site"])
    root = Root(_IMAGE)
    config = _config(root)
    if request["kind"] == "run":
        return _run(request, site, root, config)
    _tell(event="config", text=config.to_json())
    if request["checks"]:
        _check(root, config, site)
    for test in request["tests"]:
        _test(test, site, root, config)
    _tell(event="end")
    return 0


def _check(root: Root, config: ImageConfig, site: Site) -> None:
    from certify.checks import registry
    from certify.checks.tree import ImageTree

    begin = time.monotonic()
    for finding in registry.run(ImageTree(root, config), site):
        _tell(event="finding", **finding.as_json())
    _tell(event="checked", seconds=time.monotonic() - begin)


def _test(test: Mapping[str, str], site: Site, root: Root, config: ImageConfig) -> None:
    made = plan.make(site, levels.read(root), config, ORDINARY, shell(test["run"]), host=_HOST)
    output: deque[str] = deque(maxlen=_LINES)
    begin = time.monotonic()
    limit = ("timeout", "--signal=KILL", str(_TIMEOUT))
    with _bwrap(made) as (argv, handle):
        code = process.stream((*_drop(ORDINARY), *limit, *argv), output.append, check=False, pass_fds=(handle,))
    _tell(event="test", name=test["name"], run=test["run"], code=code, seconds=round(time.monotonic() - begin, 2),
          output="\n".join(output)[-_OUTPUT:])


def _run(request: Any, site: Site, root: Root, config: ImageConfig) -> int:  # noqa: ANN401
    identity = Identity(**request["identity"])
    mounts = [] if request["isolated"] else [path for path in site.site_mounts if Path(path).is_dir()]
    made = plan.make(site, levels.read(root), config, identity, request["command"] or config.entrypoint or ("/bin/sh",),
                     host=request["environment"], host_mounts=mounts, network=not request["isolated"],
                     workdir=_workdir(request["workdir"], mounts))
    if (code := _unusable(root, made, mounts)):
        said = "no such program in the image" if code == _NOT_FOUND else "not executable by an ordinary user"
        sys.stderr.write(f"certify run: {made.command[0]}: {said}\n")
        return code
    with _bwrap(made) as (argv, handle):
        return process.attached((*_drop(identity), *argv), env=process.CLEAN, pass_fds=(handle,))


def _unusable(root: Root, made: plan.Plan, mounts: Iterable[str]) -> int:
    """127 for a program that is not there and 126 for one that cannot be executed, as a shell and podman tell it."""
    name = made.command[0]
    if any(name.startswith(path + "/") for path in mounts):
        return 0
    folders = [""] if "/" in name else [path + "/" for path in made.environment.get("PATH", "").split(":")]
    found = [place for folder in folders if (place := root.resolve(folder + name))]
    if not found:
        return _NOT_FOUND
    return 0 if any((root.folder / place.lstrip("/")).stat().st_mode & 0o001 for place in found) else _NOT_EXECUTABLE


def _workdir(wanted: str, mounts: Iterable[str]) -> str:
    """The caller's folder where the site's mounts show it; one that is missing becomes /, as under the runtime."""
    return wanted if any(wanted == path or wanted.startswith(path + "/") for path in mounts) else "/"


@contextmanager
def _bwrap(made: plan.Plan) -> Iterator[tuple[tuple[str, ...], int]]:
    """The sandbox's command, and the descriptor that it reads its options from."""
    for place in made.places:
        if place.kind == "text":
            target = _TEXTS / place.path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(place.content, encoding="utf-8")
            target.chmod(0o644)
    handle = os.memfd_create("options", 0)
    try:
        os.write(handle, "\0".join(bubblewrap.options(made, _IMAGE, _TEXTS)).encode("utf-8", "surrogateescape"))
        os.lseek(handle, 0, os.SEEK_SET)
        yield ("bwrap", "--args", str(handle), "--", *made.command), handle
    finally:
        os.close(handle)


def _drop(identity: Identity) -> tuple[str, ...]:
    if os.getuid() != 0:
        return mount.UNPRIVILEGED
    return ("setpriv", "--reuid", str(identity.uid), "--regid", str(identity.gid), "--clear-groups", "--no-new-privs",
            "--inh-caps=-all", "--bounding-set=-all", "--")


def _config(root: Root) -> ImageConfig:
    """What the image says of itself; one made elsewhere says nothing."""
    place = root.at(IMAGE_JSON)
    if place is None or not place.is_file() or place.is_symlink():
        return ImageConfig(name="unknown", version="0", revision=1, platform="unknown", environment={})
    with place.open(encoding="utf-8", errors="replace") as file:
        return ImageConfig.from_json(file.read(1 << 20))


def _tell(**event: object) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv))

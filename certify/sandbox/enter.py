"""Enter a mount namespace with an image in it: as root, or as anybody through a user namespace."""

from __future__ import annotations

import json
import os
import sys
from collections import deque
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import builder
from builder import process
from builder.errors import Error, Fault
from certify.sandbox import testing
from certify.sandbox.channel import held

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from certify.sandbox.identity import Identity
    from certify.site import Site


_FAILED: Final = "the image could not be examined"
_HINT: Final = "certify doctor shows what is missing"
_TROUBLES: Final = 5        # lines of what was not expected


def opened(path: Path) -> int:
    """Open an image for good: what is verified through this handle is what is mounted. Raises Error."""
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError as error:
        raise Error(f"{path}: {error.strerror}", hint="is it there, and may you read it?") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is looked for in an image: the findings of all checks; or, with ``libraries``, what the loader would load for it.

    With ``contents``, nothing is looked for but what it is made of.

    ``labels`` are those of an image made elsewhere, ``steps`` tells the step that brought a path, ``host_libraries`` are
    those that the recipe wants replaced.
    """

    labels: Mapping[str, str] | None = None
    steps: Mapping[str, str] = field(default_factory=dict)
    host_libraries: tuple[str, ...] = ()
    libraries: str | None = None
    contents: bool = False


def examine(image: int, site: Site, *, look: Look | None, tests: Sequence[Mapping[str, Any]],
            on_event: Callable[[dict[str, Any]], None], config: str | None = None,
            start: Mapping[str, Any] | None = None, real: str | None = None) -> None:
    """Look into the image behind an open handle, and test it; every result is an event. Raises Fault or Error.

    ``start`` is a test whose start is measured as well, see certify.sandbox.budget. ``real`` is the runtime that runs the
    tests, which are else run in the simulated site. ``config`` is what an image made elsewhere says of itself, in the form
    of image.json.
    Fails closed: unless every result that was asked for arrived, and nothing else, the examination counts for nothing.
    """
    request = {"kind": "examine", "image": image, "site": _plain(site), "look": None if look is None else asdict(look),
               "tests": list(tests), "config": config, "start": start, "real": real}
    seen: list[tuple[object, ...]] = []

    def heard(event: dict[str, Any]) -> None:
        kind = event["event"]
        if kind != "finding":
            seen.append((kind, *(testing.asked(event) if kind == "test" else (event["library"],) if kind == "proven" else ())))
        if kind != "end":
            on_event(event)

    listen(request, (image,), heard, _FAILED)
    named = [("test", *testing.asked(test)) for test in tests]
    told: tuple[str, ...] = () if look is None else ("libraries",) if look.libraries else ("checked", "contents")
    told = ("contents",) if look is not None and look.contents else told
    proven = [("proven", name) for name in look.host_libraries] if look is not None and not look.libraries else []
    measured = [] if start is None else [("start",)]
    really = [] if real is None else [("runtime",)]
    wanted = [("config",), *((kind,) for kind in told), *proven, *really, *named, *measured, ("end",)]
    if seen != wanted:
        raise Error(_FAILED, hint=_HINT)


def listen(request: Mapping[str, object], images: Sequence[int], on_event: Callable[[dict[str, Any]], None], failed: str) -> None:
    """Have a request done on images behind open handles, and hear every event of it.

    Raises the Fault or Error that it tells, and Error with the message ``failed`` if it says or does anything else.
    """
    troubles: deque[str] = deque(maxlen=_TROUBLES)

    def heard(line: str) -> None:
        try:
            event: Any = json.loads(line)
            known = isinstance(event, dict) and "event" in event
        except (ValueError, RecursionError):
            known = False
        if not known:
            troubles.append(line)
        elif event["event"] == "error":
            raise (Fault if event["code"] == 1 else Error)(event["message"], hint=event["hint"])
        else:
            on_event(event)

    with _request(request) as handle:
        code = process.stream(_argv(_name(handle), *_alone(request)), heard, env=_environment(), check=False,
                              pass_fds=(*images, handle), limit=-1)
    if code or troubles:
        raise Error(f"{failed}: " + " | ".join(troubles), hint=_HINT)


def run(image: int, site: Site, identity: Identity, command: Sequence[str], *, isolated: bool, workdir: str,
        environment: Mapping[str, str], entrypoint: bool = False) -> int:
    """Run a program of the image on the caller's terminal, and give back its exit code.

    ``entrypoint`` puts the image's own before the command; without either a shell is run.
    """
    request = {"kind": "run", "image": image, "site": _plain(site), "identity": asdict(identity), "command": list(command),
               "isolated": isolated, "workdir": workdir, "environment": dict(environment), "entrypoint": entrypoint}
    with _request(request) as handle:
        return process.attached(_argv(_name(handle)), env=_environment(), pass_fds=(image, handle))


def planned(image: int, site: Site, identity: Identity, command: Sequence[str], *, isolated: bool, workdir: str,
            environment: Mapping[str, str], entrypoint: bool = False, why: str | None = None) -> dict[str, Any]:
    """The plan that ``run`` would follow, as plain data; with ``why``, what stands at that path. Raises Fault or Error."""
    request = {"kind": "plan", "image": image, "site": _plain(site), "identity": asdict(identity), "command": list(command),
               "isolated": isolated, "workdir": workdir, "environment": dict(environment), "entrypoint": entrypoint, "why": why}
    told: list[dict[str, Any]] = []
    listen(request, (image,), told.append, _FAILED)
    if len(told) != 1:
        raise Error(_FAILED, hint=_HINT)
    return {key: value for key, value in told[0].items() if key != "event"}


def _alone(request: Mapping[str, object]) -> tuple[str, ...]:
    """A real runtime gives a program the network that it is in itself; the simulated site's have one of their own."""
    return ("--net",) if request.get("real") else ()


def _argv(request: str, *more: str) -> tuple[str, ...]:
    # Root's programs change their user on the way, and a change of user unties them from their parent: so a PID
    # namespace, with which all of them end. An ordinary user's stay tied.
    kind = ("--pid", "--mount-proc") if os.geteuid() == 0 else ("--user", "--map-current-user", "--keep-caps")
    return ("unshare", *kind, *more, "--mount", "--fork", "--kill-child", "--",
            sys.executable, "-sP", "-m", "certify.sandbox.inside", request)


def _environment() -> dict[str, str]:
    return {**process.CLEAN, "PYTHONPATH": str(Path(builder.__file__).parents[1]), "PYTHONDONTWRITEBYTECODE": "1"}


@contextmanager
def _request(data: Mapping[str, object]) -> Iterator[int]:
    process.require("unshare", "setpriv", "bwrap", "squashfuse_ll")
    with held(json.dumps(data).encode()) as handle:
        yield handle


def _name(handle: int) -> str:
    """The path by which a program that inherits a descriptor opens it anew, from its beginning."""
    return f"/proc/self/fd/{handle}"


def _plain(site: Site) -> dict[str, Any]:
    return asdict(site)

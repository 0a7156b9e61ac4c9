"""The part of an examination that reads the image: a process that may read everything and can do nothing else.

``python -m certify.sandbox.look`` gets what is asked for on standard input, and tells every result as a JSON line. What
it reads was made by anybody, so it runs without the network, as nobody, and of root's powers it has only that to read.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from builder import process
from builder.errors import Error
from builder.image import ImageConfig
from builder.rootfs import Root
from certify import site as sites
from certify.sandbox import mount
from certify.sandbox.channel import held, tell

if TYPE_CHECKING:
    from collections.abc import Mapping

_ANSWER: Final = 1 << 20                # bytes
_READS: Final = "+dac_read_search"      # past permissions, to read and to enter folders; see capabilities(7)


def look(folder: Path, request: Mapping[str, Any], environment: Mapping[str, str]) -> object:
    """Have the image that is mounted at a folder looked at; the results go to our own standard output. Raises Error.

    Gives back, as that process says it, by which files the recipe's host libraries can be proven: see proving.programs.
    """
    with held(json.dumps({**request, "folder": str(folder)}).encode()) as handle, held(b"") as answer:
        argv = (*reader(), sys.executable, "-sP", "-m", "certify.sandbox.look", str(handle), str(answer))
        code = process.attached(argv, env=environment, pass_fds=(handle, answer))
        said = os.pread(answer, _ANSWER, 0)
    if code:
        raise Error(f"the image could not be looked at (exit code {code})", hint="certify doctor shows what is missing")
    try:
        return json.loads(said or b"{}")
    except (ValueError, RecursionError):
        return None


def reader() -> tuple[str, ...]:
    """The argv prefix of a program that may read everything that is mounted, and can do nothing else."""
    if os.getuid() != 0:
        return mount.UNPRIVILEGED
    return ("unshare", "--net", "--", "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--no-new-privs",
            f"--inh-caps=-all,{_READS}", f"--ambient-caps=-all,{_READS}", f"--bounding-set=-all,{_READS}", "--")


def main(argv: list[str]) -> int:
    """Do what the request says."""
    with os.fdopen(int(argv[1]), encoding="utf-8") as file:
        request: Any = json.load(file)
    try:
        _look(request, int(argv[2]))
    except Error as error:
        tell(event="error", message=error.message, hint=error.hint, code=error.exit_code)
    except OSError as error:
        tell(event="error", message=f"the image holds what cannot be read: {error.strerror}", hint=None, code=1)
    return 0


def _look(request: Any, answer: int) -> None:  # noqa: ANN401
    from certify.checks import registry
    from certify.checks.tree import ImageTree

    image = ImageTree(Root(Path(request["folder"])), ImageConfig.from_json(request["config"]), labels=request["labels"],
                      steps=request["steps"], host_libraries=tuple(request["host_libraries"]))
    if request["libraries"] is not None:
        from certify.linking.answer import explain

        tell(event="libraries", lines=explain(image, request["libraries"]))
        return
    if request["contents"]:
        _inventory(image)
        return
    begin = time.monotonic()
    site = sites.from_plain(request["site"])
    for finding in registry.run(image, site):
        tell(event="finding", **finding.as_json())
    tell(event="checked", seconds=time.monotonic() - begin)
    _inventory(image)
    if image.host_libraries:
        from certify.host_libraries.programs import programs

        os.write(answer, json.dumps(programs(image, site)).encode())


def _inventory(image: Any) -> None:  # noqa: ANN401
    from certify.packages import inventory
    from certify.survey import survey

    tell(event="contents", inventory=inventory(image).as_json(), survey=survey(image).as_json())


if __name__ == "__main__":
    sys.exit(main(sys.argv))

"""Prove on a compute node that an image is certified and untouched: ``python -m certify.verifier IMAGE.squashfs --trust FILE``.

The same steps as ``certify verify``, by the same code, but for what only a whole store can tell: where a tag points, and who
may use an image. Beside the standard library it imports ``cryptography`` alone. ``--pack FILE`` writes all of it as a single
file that runs on a machine where certify is not installed: ``python3 FILE IMAGE.squashfs --trust FILE``.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from builder.errors import Error, UsageError
from certify.proof import VerificationFailed, store_of, verify_file
from certify.seen import Seen
from certify.trust import Trust

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from certify.proof import Step

_TRUST: Final = "/etc/certify/trust"


def main(words: Sequence[str]) -> int:
    """Run it and give back the exit code, as those of certify: 0 proven, 1 not, 2 usage, 3 the machine is at fault."""
    asked = _parser().parse_args(words)
    try:
        if asked.pack:
            from certify.verifier.pack import pack

            pack(asked.pack)
            return 0
        return _verify(asked)
    except Error as error:
        _say(sys.stderr, f"error: {_escaped(error.message)}" + (f"\n  help: {_escaped(error.hint)}" if error.hint else ""))
        return error.exit_code


def _verify(asked: Namespace) -> int:
    if asked.image is None:
        raise UsageError("no image is named", hint="python -m certify.verifier IMAGE.squashfs --trust FILE")
    image, store = asked.image, store_of(asked.image)
    trust = Trust.load(asked.trust or Path(os.environ.get("CERTIFY_TRUST") or _TRUST))
    seen = Seen.load(store or image.parent, asked.seen) if asked.seen or store else None
    steps: list[Step] = []
    result: dict[str, Any] = {"image": str(image), "proven": False}
    try:
        proven = verify_file(
            image, trust, now=datetime.now(UTC), fd=asked.fd, seen=seen, digest=image.stem if store else None,
            certs=asked.certs or (store / "certs" / image.stem if store else None),
            revoked=asked.revoked or (store / "revoked.dsse.json" if store else None),
            on_step=steps.append if asked.json else _show)
        result |= {"proven": True, **proven.as_json()}
    except VerificationFailed as error:
        result |= {"error": error.message, "hint": error.hint}
        raise
    finally:
        if seen is not None:
            seen.save()
        if asked.json:
            _say(sys.stdout, json.dumps({"version": 1, "results": [{**result, "steps": [one.as_json() for one in steps]}]}))
    return 0


def _show(step: Step) -> None:
    _say(sys.stdout, f"{step.number:3}. {'ok    ' if step.ok else 'FAILED'}  {step.title}: {_escaped(step.detail)}")


def _escaped(text: str) -> str:
    """What others wrote must not steer the terminal."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def _say(stream: Any, line: str) -> None:  # noqa: ANN401
    stream.write(line + "\n")
    stream.flush()


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="certify.verifier", description="Prove that an image is certified by somebody trusted, in "
                                                                 "force, and untouched.")
    parser.add_argument("image", type=Path, nargs="?", metavar="IMAGE.squashfs", help="in a store's images/, or beside certs/")
    parser.add_argument("--trust", type=Path, help="a public key, a folder of them, or a trust file [CERTIFY_TRUST]")
    parser.add_argument("--certs", type=Path, help="the folder with its certificate")
    parser.add_argument("--revoked", type=Path, help="the signed list of what was revoked")
    parser.add_argument("--seen", type=Path, help="a file that remembers the number of that list, so that no older one counts")
    parser.add_argument("--fd", type=int, metavar="N", help="read the image through this open descriptor, which is then mounted")
    parser.add_argument("--json", action="store_true", help="the result as JSON")
    parser.add_argument("--pack", type=Path, metavar="FILE", help="write this verifier as a single file, and end")
    return parser


if __name__ == "__main__":
    gc.disable()        # a process of a tenth of a second makes no garbage to speak of
    sys.exit(main(sys.argv[1:]))

"""The process that reads layers: who it is while it does, and that it ends with whoever started it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from oci_images import entry, tar

pytestmark = [pytest.mark.integration, pytest.mark.skipif(os.geteuid() != 0, reason="only root's processes become others")]

OPEN = """
import sys
from pathlib import Path
from certify.foreign.opening import opened
with opened(sys.argv[1], Path(sys.argv[2])):
    pass
"""


def processes(*words):
    """The processes that have all these words in their command lines."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            line = (folder / "cmdline").read_bytes()
            if all(word.encode() in line for word in words):
                found.append(folder)
    return found


def until(found, seconds=20):
    deadline = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return value


def status(folder):
    return dict(line.split(":\t", 1) for line in (folder / "status").read_text().splitlines())


def nobodys(folder):
    with contextlib.suppress(OSError):
        return status(folder)["Uid"].startswith("65534")
    return False


def test_it_is_nobody_without_powers_and_ends_with_its_starter(image, layout, tmp_path):
    sparse = {"GNU.sparse.size": str(3 << 30), "GNU.sparse.map": "0,0", "GNU.sparse.numblocks": "1"}
    word = image(tar(entry("zeros", pax_headers=sparse)))       # takes some seconds to write
    starter = subprocess.Popen([sys.executable, "-c", OPEN, word, str(tmp_path)], cwd=Path(__file__).parents[2],
                               stderr=subprocess.DEVNULL)
    index = json.loads((layout.path / "index.json").read_text())
    name = json.loads(layout.file(index["manifests"][0]["digest"]).read_text())["layers"][0]["digest"]
    try:
        merge = until(lambda: [one for one in processes("certify.foreign.merge", name) if nobodys(one)])[0]
        until(lambda: processes("sqfstar\0-quiet"))
        seen = status(merge)
        assert (seen["Uid"].split(), seen["CapEff"], seen["NoNewPrivs"]) == (["65534"] * 4, "0" * 16, "1")
        assert seen["Groups"].split() == []
    finally:
        starter.kill()
        starter.wait()
    until(lambda: not processes("certify.foreign.merge", name))

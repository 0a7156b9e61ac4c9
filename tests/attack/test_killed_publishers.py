"""A publisher that may write no large file, and publishers at the same time; kill -9 is in test_stopped_at_every_call."""

from __future__ import annotations

import hashlib
import os
import resource
import signal

import pytest

from builder.errors import Error, Fault
from certify.reference import Reference
from certify.verify import verify_reference

pytestmark = pytest.mark.integration      # several processes at a time


def forked(function):
    """Run a function in a child.

    Its exit code is 0 if it came back, 1 if it raised a Fault, -9 if it was killed.
    """
    child = os.fork()
    if child == 0:
        code = 3
        try:
            function()
            code = 0
        except Fault:
            code = 1
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def verify(world, text):
    return verify_reference(
        world.store, Reference.parse(text), world.trust, now=world.now, platform="linux/amd64"
    )


def test_a_disk_that_is_full_leaves_nothing_behind(world):
    def publish():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
        with pytest.raises(Error, match="File too large") as caught:
            world.publish(b"x" * 3000 + b"y" * 4000, envelopes=envelopes)
        assert "disk full" in caught.value.hint

    config, content = world.config(), b"x" * 3000 + b"y" * 4000
    path, envelopes = world.squashfs(content), world.envelopes(config, hashlib.sha256(content).hexdigest())
    world.squashfs = lambda _: path
    assert forked(publish) == 0
    assert sorted(one.name for one in world.store.tmp.iterdir()) == ["changing", "lock"]
    assert not any((world.store.root / "blobs/sha256").iterdir())
    world.publish(content)
    assert [one.name for one in world.store.tmp.iterdir()] == ["lock"]


def test_of_publishers_of_one_tag_one_wins(world):
    children = []
    for number in range(6):
        child = os.fork()
        if child == 0:
            code = 3
            try:
                world.publish(f"image {number}".encode())
                code = 0
            except Fault:
                code = 1
            finally:
                os._exit(code)
        children.append(child)
    codes = sorted(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children)
    assert codes == [0, 1, 1, 1, 1, 1]
    verify(world, "tool")
    assert [one.name for one in world.store.tmp.iterdir()] == ["lock"]

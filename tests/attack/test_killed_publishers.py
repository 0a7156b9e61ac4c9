"""kill -9 at every step of a publish, and publishers that run at the same time."""

from __future__ import annotations

import hashlib
import os
import resource
import signal

import pytest

from builder.errors import Error, Fault
from builder.recipe.model import Access
from certify import strictjson
from certify.reference import Reference
from certify.verify import verify_reference

pytestmark = pytest.mark.integration      # a process for every system call of a publish

PRIVATE = Access(users=(20001,))
STEPS = ("link", "rename", "fsync", "fchmod", "write", "mkdir", "unlink")


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


def killed_at(number, function):
    """Run a function in a child that is killed before its system call of that number, counted among STEPS."""
    def run():
        left = number

        def counted(real):
            def call(*args, **kwargs):
                nonlocal left
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*args, **kwargs)
            return call

        for name in STEPS:
            setattr(os, name, counted(getattr(os, name)))
        function()
    return forked(run)


def require_whole(store):
    for blob in (store.root / "blobs/sha256").iterdir():
        assert hashlib.sha256(blob.read_bytes()).hexdigest() == blob.name
    for image in store.root.glob("images/*.squashfs"):
        assert image.with_suffix(".meta").exists()
    for record in [*store.root.glob("*/*/*.json"), *store.root.glob("tags/*/*"), store.index_json]:
        strictjson.loads(record.read_bytes())


def verify(world, text):
    return verify_reference(
        world.store, Reference.parse(text), world.trust, now=world.now, platform="linux/amd64"
    )


def test_a_publisher_killed_anywhere_leaves_a_store_that_the_next_one_mends(world):
    world.publish(access=PRIVATE)
    number = 0
    while True:
        number += 1
        content, config = f"image {number}".encode(), world.config("1.1", revision=number)
        code = killed_at(number, lambda c=content, f=config: world.publish(c, f, access=PRIVATE))
        require_whole(world.store)
        assert verify(world, "tool:1.0").entry.tag == "1.0-1"
        if code == 0:
            break
        assert code == -signal.SIGKILL
        done = world.publish(content, config, access=PRIVATE)
        assert [one.name for one in world.store.tmp.iterdir()] == ["lock"]
        for text in ("tool", "tool:1.1", str(done.reference)):
            assert verify(world, text).digest == done.digest
    assert number > 40


def test_a_change_of_access_killed_anywhere_is_mended(world):
    number, digest = 0, world.publish().digest
    while True:
        number += 2             # every second step is enough: the first test takes them all
        world.publish(widen=True)
        code = killed_at(number, lambda: world.publish(access=PRIVATE))
        require_whole(world.store)
        if code == 0:
            break
        world.publish(access=PRIVATE)
        assert str(verify(world, "tool").access.realm) == "users 20001"
        assert world.store.blob(digest).stat().st_mode & 0o007 == 0


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
    assert [one.name for one in world.store.tmp.iterdir()] == ["lock"]
    assert not any((world.store.root / "blobs/sha256").iterdir())
    world.publish(content)


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

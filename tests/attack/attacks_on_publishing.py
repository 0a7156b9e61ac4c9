"""Attacks, and bad luck, while something is published, collected or swept."""

from __future__ import annotations

import errno
import os
import shutil
import signal
from datetime import UTC, datetime
from unittest import mock

import naive
from attack_table import Try, attack, elsewhere
from ours import ONE, TWO, checked, proven, two, verify

from certify.store import Store, collect

THEME = "publishing and keeping house"


@attack(THEME, fools=naive.Shelf.publish, harmless="the old state stands, whole")
def a_publisher_that_is_killed(world):
    """Kills the publisher in the middle of its work."""
    world.publish()
    shelf = _shelf(world)

    def naively():
        _killed(lambda: shelf.publish("latest", b"image two"))
        return (shelf.root / "latest").exists() and _get(shelf) != b"image two"

    def ours():
        _killed(lambda: two(world))
        checked(world)
        return verify(world).digest != ONE

    return Try(naively, ours)


@attack(THEME, fools=naive.Shelf.publish, refused="No space left on device")
def a_disk_that_is_full(world):
    """Fills the disk while an image is written."""
    world.publish()
    ours, shelf = proven(world), _shelf(world)

    def naively():
        with _full(after=1):
            shelf.publish("latest", b"image two")

    def publish():
        path, envelopes = world.squashfs(b"image two"), world.envelopes(world.config("1.1"), TWO)
        world.squashfs = lambda _: path
        try:
            with _full(after=0):
                two(world, envelopes=envelopes)
        finally:
            assert ours().digest == ONE

    return Try(lambda: _half(naively, shelf), publish)


@attack(THEME, fools=naive.Shelf.publish, refused="is published with other bytes and cannot change")
def two_publishers_of_one_tag(world):
    """Publishes other bytes under a tag that somebody else publishes at the same time."""
    shelf = _shelf(world)

    def naively():
        shelf.publish("1.0", b"image one", pause=lambda: shelf.publish("1.0", b"image two"))
        return True             # both were told that the tag is theirs

    world.publish()
    return Try(naively, lambda: world.publish(b"image two"))


@attack(THEME, fools=naive.collect, harmless="what is young stays, for longer than any publish takes")
def an_image_collected_while_it_is_published(world):
    """Starts the garbage collector when the bytes are there, and the tag is not yet."""
    world.publish()
    shutil.rmtree(world.store.tags("tool"))
    copy = Store(root=world.folder / "copy")
    shutil.copytree(world.store.root, copy.root)

    def naively():
        naive.collect(copy)
        return not copy.blob(ONE).exists()

    def ours():
        collect.collect(world.store, world.trust, now=datetime.now(UTC))       # the times of files are real
        return not world.store.blob(ONE).exists()

    return Try(naively, ours)


@attack(THEME, fools=naive.empty, harmless="removes the link, and nothing behind it")
def a_link_planted_among_what_is_swept(world):
    """Plants a link among the left-overs, for the sweeper to delete what it leads to."""
    precious = [world.folder / name for name in ("naive", "ours")]
    for one in precious:
        one.mkdir()
        (one / "file").write_bytes(b"keep")
    shelf = world.folder / "left-overs"
    shelf.mkdir()
    (shelf / "link").symlink_to(precious[0])
    (world.store.tmp / "link").symlink_to(precious[1])

    def ours():
        world.publish()         # sweeps first
        return not (precious[1] / "file").exists() or (world.store.tmp / "link").is_symlink()

    return Try(lambda: (naive.empty(shelf), not precious[0].exists())[1], ours)


elsewhere(THEME, "many publishers of one tag", "Starts six at once.", "one wins",
          "tests/attack/test_killed_publishers.py::test_of_publishers_of_one_tag_one_wins")
elsewhere(THEME, "a publisher killed at any moment", "Kills it before each of its calls to the file system.",
          "the old state or the new; the next publish goes on",
          "tests/attack/test_stopped_at_every_call.py::test_stopped_at_every_call")
elsewhere(THEME, "a disk that really is full", "Leaves no room, at any moment of a publish.", "what was published stays, whole",
          "tests/attack/test_full_disk.py::test_a_disk_that_really_is_full")
elsewhere(THEME, "a link among garbage", "Plants links where the collector moves and deletes.", "is moved, and never followed",
          "tests/store/test_collect.py::test_links_in_garbage_are_moved_and_never_followed")
elsewhere(THEME, "a tag that cannot be read", "Damages a tag, so that its images seem to be garbage.", "nothing is collected",
          "tests/store/test_collect.py::test_nothing_is_collected_while_it_is_not_known_what_leads_where")
elsewhere(THEME, "a log and a store both put back", "Cuts the log to what the older store says.",
          "whoever knows its length is told",
          "tests/store/test_log.py::test_a_log_and_a_store_that_are_both_put_back_are_found_out_by_who_remembers")


SHARING = "registries"
for _name, _does, _result, _shown in (
    ("a registry that lies", "Answers with other bytes, sizes, types, or none at all.", "refused, and nothing is left",
     "tests/store/test_pulling.py::test_a_registry_that_lies_is_refused_and_leaves_nothing"),
    ("a manifest exchanged between two questions", "Answers otherwise when asked again.", "refused",
     "tests/store/test_pulling.py::test_a_manifest_that_is_another_one_when_asked_again_is_refused"),
    ("statements that do not hold", "Sends a certificate that is edited, incomplete, or about another image.",
     "refused, before the image is fetched",
     "tests/store/test_pull_terms.py::test_statements_that_do_not_hold_are_refused_before_the_image_is_fetched"),
    ("an access record by somebody else", "Says who may use the image here.", "counts only if this site lets its signer say so",
     "tests/store/test_pull_terms.py::test_an_access_record_counts_only_if_this_site_lets_its_signer_say_so"),
    ("an endless image", "Sends more than the disk holds.", "not fetched",
     "tests/store/test_pull_terms.py::test_an_image_larger_than_the_site_allows_is_not_fetched"),
):
    elsewhere(SHARING, _name, _does, _result, _shown)


def _shelf(world):
    root = world.folder / "shelf"
    root.mkdir()
    return naive.Shelf(root)


def _get(shelf):
    try:
        return shelf.get("latest")
    except FileNotFoundError:
        return None


def _half(publish, shelf):
    try:
        publish()
    except OSError:
        return _get(shelf) != b"image two"
    return False


def _killed(function):
    """Run it in a child that is killed when it has written once."""
    child = os.fork()
    if child == 0:
        try:
            with _after(1, lambda: os.kill(os.getpid(), signal.SIGKILL)):
                function()
        finally:
            os._exit(3)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def _full(after):
    def fail():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return _after(after, fail)


def _after(count, do):
    """Let a number of writes pass, and then do something before each."""
    real, left = os.write, count

    def write(fd, data):
        nonlocal left
        left -= 1
        if left < 0:
            do()
        return real(fd, data)

    return mock.patch.object(os, "write", write)

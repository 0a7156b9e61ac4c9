"""Attacks by names, paths, links and files that change under the reader's eyes."""

from __future__ import annotations

import contextlib
import io
import os
import tarfile
from dataclasses import replace
from pathlib import Path
from unittest import mock

import naive
import pytest
from attack_table import Try, attack, elsewhere
from ours import HOST, ONE, overwrite, proven, same_time, verify

from certify.reference import Reference
from certify.seen import Seen, default_path
from certify.signing import Signer, generate
from certify.store import exporting, resolve
from certify.store.access import PAYLOAD_TYPE, Principal, Realm
from certify.store.entering import read_access
from certify.trust import Trust
from certify.verify import open_image

THEME = "names, paths and links"
ESCAPE = "\x1b[2Jeverything is fine"


@attack(THEME, fools=naive.join, refused="not a name of an image")
def a_path_in_a_name(world):
    """Asks for an image whose name climbs out of the store."""
    name = "../../secret"
    return Try(lambda: _outside(world, naive.join(world.store.root, "tags", name, "latest")),
               lambda: resolve(world.store, Reference.parse(name), HOST))


@attack(THEME, fools=naive.join, refused="not a tag")
def a_path_in_a_tag(world):
    """Asks for a tag that climbs out of the store."""
    return Try(lambda: _outside(world, naive.join(world.store.root, "tags", "tool", "../../../secret")),
               lambda: resolve(world.store, Reference.parse("tool:../../../secret"), HOST))


@attack(THEME, fools=naive.join, refused="not a sha256 digest")
def a_path_in_a_digest(world):
    """Asks for a digest that is a path."""
    return Try(lambda: _outside(world, naive.join(world.store.root, "images", "/etc/passwd")),
               lambda: resolve(world.store, Reference.parse("tool@sha256:/etc/passwd"), HOST))


@attack(THEME, fools=naive.join, refused="'name' is not what it should be")
def a_path_in_an_images_own_description(world):
    """Builds an image that calls itself by a path."""
    config = world.config(name="../../secret")
    return Try(lambda: _outside(world, naive.join(world.store.root, "tags", config.name)), lambda: world.publish(config=config))


@attack(THEME, fools=naive.looks_like_a_name, refused="'name' is not what it should be")
def a_name_that_looks_like_another(world):
    """Publishes a ``tool`` with two Cyrillic letters beside ours."""
    name = "t\u043e\u043el"
    return Try(lambda: naive.looks_like_a_name(name), lambda: world.publish(config=world.config(name=name)))


@attack(THEME, fools=naive.write, refused="is a link")
def a_link_planted_at_a_blobs_name(world):
    """Plants a link where the next publish writes the image."""
    return _planted(world, world.store.blob(ONE))


@attack(THEME, fools=naive.write, refused="is a link")
def a_link_planted_at_a_tags_name(world):
    """Plants a link where the next publish writes a tag."""
    world.store.tags("tool").mkdir()
    return _planted(world, world.store.tag("tool", "1.0-1"))


@attack(THEME, fools=naive.write, refused="is a link")
def a_link_planted_at_a_metas_name(world):
    """Plants a link where the next publish writes the .meta."""
    return _planted(world, world.store.meta(ONE))


@attack(THEME, fools=naive.write, refused="is a link or no folder")
def a_link_in_the_place_of_a_folder(world):
    """Plants a link to another folder where that of the certificates belongs."""
    place = world.folder / "place"
    place.mkdir()
    (world.folder / "shelf").symlink_to(place)
    world.store.certs(ONE).symlink_to(place)

    def naively():
        naive.write(world.folder / "shelf" / "certificate", b"x")
        return (place / "certificate").exists()

    return Try(naively, world.publish)


@attack(THEME, fools=naive.read, refused="is a link, and links are not followed here")
def a_link_in_the_place_of_an_image(world):
    """Replaces an image by a link to its bytes elsewhere, where they change later."""
    world.publish()
    ours, image = proven(world, f"sha256:{ONE}"), world.store.image(ONE)
    (world.folder / "bytes").write_bytes(b"image one")
    image.unlink()
    image.symlink_to(world.folder / "bytes")
    return Try(lambda: naive.read(image) == b"image one", ours)


@attack(THEME, fools=naive.verify_then_open, harmless="mounts the very file that was verified")
def an_image_replaced_between_verify_and_mount(world):
    """Renames other bytes over the image, right after it was verified."""
    world.publish()
    copy = world.squashfs(b"image one")

    def ours():
        fd = open_image(world.store.image(ONE))
        try:
            verify(world, fd=fd)
            naive.write(world.folder / "evil", b"evil one!")
            (world.folder / "evil").rename(world.store.image(ONE))
            return os.pread(fd, 9, 0) != b"image one"
        finally:
            os.close(fd)

    return Try(lambda: naive.verify_then_open(copy, ONE, lambda: naive.write(copy, b"evil one!")) == b"evil one!", ours)


@attack(THEME, fools=naive.Cache, refused="certified is sha256")
def a_forged_cache_entry(world):
    """Changes the image and sets its time back, so that a cache takes it for the one that was verified."""
    world.publish()
    ours, cache, image = proven(world), naive.Cache(), world.store.image(ONE)
    assert cache.verified(image, ONE)
    same_time(world.store.blob(ONE), b"evil one!")
    return Try(lambda: cache.verified(image, ONE), ours)


@attack(THEME, fools=naive.unpack, refused="holds what no export writes")
def a_path_in_an_archive(world):
    """Sends an exported image with a member that climbs out."""
    return _archive(world, tarfile.GNU_FORMAT)


@attack(THEME, fools=naive.unpack, refused="holds what no export writes")
def a_path_in_an_extended_header(world):
    """Hides the path in a PAX header: the plain one has a harmless name."""
    return _archive(world, tarfile.PAX_FORMAT)


@attack(THEME, fools=naive.load_key, refused="the private key is open to others")
def a_private_key_that_others_read(world):
    """Finds a private key that everybody may read."""
    path = world.folder / "key"
    generate(path)
    path.chmod(0o644)
    return Try(lambda: naive.load_key(path).startswith(b"-----BEGIN"), lambda: Signer.load(path))


@attack(THEME, fools=naive.load_key, refused="everyone may write here")
def a_trust_file_that_others_write(world):
    """Adds a key to a trust file that everybody may write."""
    path = world.folder / "trust.pub"
    path.write_bytes(world.stranger.public_pem)
    path.chmod(0o666)
    return Try(lambda: naive.load_key(path) == world.stranger.public_pem, lambda: Trust.load(path))


@attack(THEME, fools=naive.write, harmless="root keeps nothing in a home that is not root's")
def a_link_in_a_home_that_root_works_in(world):
    """Has root run certify by sudo in a home with a link in it, so that root writes what was seen elsewhere."""
    if os.geteuid() != 0:
        pytest.skip("only root has others to fear here")
    home, victim = world.folder / "home", world.folder / "victim"
    for folder in (home / ".local/state", victim):
        folder.mkdir(parents=True)
    (home / ".local/state/certify").symlink_to(victim)
    for folder in (home, home / ".local", home / ".local/state"):
        os.chown(folder, 20001, 20001)

    def naively():
        naive.write(home / ".local/state/certify/naive.json", b"{}")
        return (victim / "naive.json").exists()

    def ours():
        with Seen.load(world.store.root, default_path({"HOME": str(home)}), None) as seen:
            seen.accept("a", 1, "a")
        return any(one.name != "naive.json" for one in victim.iterdir())

    return Try(naively, ours)


@attack(THEME, fools=naive.line, harmless="shows it as text")
def a_name_that_steers_the_terminal(world):
    """Writes control characters into a name that ``certify store ls`` shows."""
    world.publish()
    record = replace(read_access(world.store, ONE, None), realm=Realm(users=(Principal(id=20001, name=ESCAPE),)))
    overwrite(world.store.access(ONE), world.signer.sign(PAYLOAD_TYPE, record.to_payload()).to_json())
    return Try(lambda: "\x1b" in naive.line(str(record.realm)), lambda: "\x1b" in _listed(world))


elsewhere(THEME, "a fifo in the place of a file", "Makes readers wait for ever.", "is not a regular file",
          "tests/verifier/test_node_verifier.py::test_both_say_no_to_the_same")
elsewhere(THEME, "other tar files that no export wrote", "Sparse files, sizes of terabytes, links, devices, names twice.",
          "refused, and nothing is left", "tests/store/test_export.py::test_tar_files_that_no_export_wrote")
elsewhere(THEME, "a forged memory of store ls", "Changes an image's records, and hopes for a listing of before.",
          "read anew", "tests/store/test_house_commands.py::test_a_memory_gives_what_reading_gives_and_notices_every_change")


def _outside(world, path):
    return not Path(os.path.normpath(path)).is_relative_to(world.store.root / "tags")


def _planted(world, path):
    precious, other = world.folder / "precious", world.folder / "shelf"
    for one in (precious, world.folder / "precious2"):
        one.write_bytes(b"keep")
    other.symlink_to(precious)
    path.symlink_to(world.folder / "precious2")

    def naively():
        naive.write(other, b"image one")
        return precious.read_bytes() != b"keep"

    return Try(naively, world.publish)


def _archive(world, form):
    path, folder = world.folder / "parcel.tar", world.folder / "unpacked" / "here"
    folder.mkdir(parents=True)
    with tarfile.open(path, "w", format=form) as tar:
        member = tarfile.TarInfo("image.json" if form == tarfile.PAX_FORMAT else "../evil")
        member.size = 4
        member.pax_headers = {"path": "../evil"} if form == tarfile.PAX_FORMAT else {}
        tar.addfile(member, io.BytesIO(b"evil"))

    def naively():
        naive.unpack(path, folder)
        return (world.folder / "unpacked" / "evil").exists()

    def ours():
        with exporting.opened(world.store, path) as parcel:
            return parcel

    return Try(naively, ours)


def _listed(world):
    from certify.cli import options, store

    cache = {"CERTIFY_CACHE": str(world.folder / "cache")}
    with mock.patch.dict(os.environ, cache), contextlib.redirect_stdout(io.StringIO()) as out:
        store.ls(store=world.store.root, trust=None, form=options.Format.TEXT)
    assert "everything is fine" in out.getvalue()
    return out.getvalue()

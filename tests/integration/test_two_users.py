"""Ordinary users try everything on a store with images that are theirs, another's, and everybody's: a table of who gets in."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import types
from collections import Counter
from pathlib import Path

import pytest
import user_actions as ways
from small_images import Images, tree
from user_actions import User, files_of

from builder.recipe.model import Access
from certify import site as sites
from certify.certificate import issue
from certify.statement import FINDINGS, PROVENANCE, SBOM, TEST_RESULT, Statement, Subject
from certify.store.layout import FOLDERS

ANN, BEN, EVE, ROOT = User("ann", 61001), User("ben", 61002, (61030,)), User("eve", 61003), User("root", 0)
USERS = (ANN, BEN, EVE)
# Ann is named by both, Ben is in the group of one, Eve is in none.
ACCESS = {"open": Access(public=True), "team": Access(users=(ANN.uid,), groups=(61030,)), "anns": Access(users=(ANN.uid,))}
THEIRS = {"open": USERS, "team": (ANN, BEN), "anns": (ANN,)}
NEVER = "gone"          # as long as the others: the answer for it must be that for what is another's
TRIED: Counter[str] = Counter()


@pytest.fixture(scope="module")
def images():
    """The store, with a key that everybody has: what keeps people out are the rights on files alone."""
    with tempfile.TemporaryDirectory(prefix="certify-users-") as top:
        Path(top).chmod(0o755)
        made = Images(Path(top))
        made.world.statements = types.MethodType(_statements, made.world)
        root = tree(made.folder / "tree")
        for name, access in ACCESS.items():
            (root / "which").write_text(name)
            made.publish(root, name, access=access)
        shutil.rmtree(root)
        for user in USERS:
            (made.folder / user.name).mkdir()
            os.chown(made.folder / user.name, user.uid, user.uid)
            shutil.copy(made.folder / "key", made.folder / user.name / "key")
            os.chown(made.folder / user.name / "key", user.uid, user.uid)
        yield made


def _statements(world, config, digest, **_):
    """As the small site's, with a bill of materials."""
    subject = (Subject(name="image.squashfs", sha256=digest),)
    parts = [{"type": "library", "name": "toolbox", "version": "1.0", "purl": "pkg:deb/debian/toolbox@1.0"}]
    kinds = {PROVENANCE: {"buildDefinition": {}}, FINDINGS: {"findings": []}, TEST_RESULT: {"result": "PASSED"},
             SBOM: {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": parts}}
    evidence = [Statement(subject=subject, predicate_type=kind, predicate=said) for kind, said in kinds.items()]
    return [issue(config=config, digest=digest, evidence=evidence, errors=0, warnings=0, tests=1, now=world.now,
                  site=sites.load()), *evidence]


@pytest.fixture(scope="module", autouse=True)
def count(request):
    yield
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print(f"\ntried by users: {TRIED.total()}, of which they got in {TRIED['in']}, were refused {TRIED['out']}")


def require(user, got, expected, what):
    TRIED["in" if got else "out"] += 1
    assert got == expected, f"{user.name} {'got in' if got else 'was refused'}: {what}"


def _is_for(user, name, path):
    return user in THEIRS[name] and (name == "open" or path.suffix != ".meta")


@pytest.mark.parametrize("way", [ways.opened, ways.opened_at, ways.opened_again, ways.through_a_link,
                                 ways.through_a_second_name, ways.as_root_of_a_namespace], ids=lambda way: way.__name__)
def test_files_are_read_by_those_whose_image_it_is(images, way):
    store = images.world.store
    for name in THEIRS:
        digest, files = files_of(store, name)
        files = files[:1] if way is ways.as_root_of_a_namespace else files
        for user in USERS:
            # A kernel may keep even those who can read a file from giving it names.
            tried = [path for path in (*files, store.meta(digest)) if not (
                way is ways.through_a_second_name and _is_for(user, name, path))]
            for path, got in zip(tried, user.tries_each(way, [(path, images.folder / user.name) for path in tried]), strict=True):
                require(user, got, _is_for(user, name, path), f"{way.__name__} {path}")
        if way is not ways.as_root_of_a_namespace:      # the way is one
            assert all(ROOT.tries(way, path, images.folder) for path in files[:1])


def _listed(folder):
    return bool(list(folder.iterdir()))


def test_folders_are_listed_by_their_owner(images):
    store = images.world.store
    closed = ["blobs/sha256", "images", "certs", "access", "lists", "tags", "tags/open", "tags/team", "tags/anns", "tmp",
              "quarantine", "log"]
    for name in closed:
        assert name == "quarantine" or ROOT.tries(_listed, store.root / name)
    for user in USERS:
        for name, got in zip(closed, user.tries_each(_listed, [(store.root / name,) for name in closed]), strict=True):
            require(user, got, False, f"list {name}")
    for name, theirs in THEIRS.items():
        certs = store.certs(files_of(store, name)[0])
        for user in USERS:
            require(user, user.tries(_listed, certs), user in theirs, f"list the certificate of {name}")


# Whoever may list one of the lists, as the access above says.
LISTS = {"public": USERS, "u61001": (ANN,), "g61030": (BEN,)}


def test_lists_are_listed_by_those_whose_they_are(images):
    store = images.world.store
    assert sorted(path.name for path in store.lists.iterdir()) == sorted(LISTS)
    for name, theirs in LISTS.items():
        for user in USERS:
            require(user, user.tries(_listed, store.lists / name), user in theirs, f"list lists/{name}")


def _found(store, digest):
    """Whether a walk finds a digest, from every folder of the store whose name can be guessed; what is closed is passed over."""
    tops = [store.root, *(store.root / name for name in FOLDERS), *(store.lists / name for name in LISTS)]
    return any(digest in name for top in tops for _, folders, files in os.walk(top) for name in (*folders, *files))


def test_a_walk_through_the_store_finds_only_digests_of_what_is_theirs(images):
    store = images.world.store
    for name, theirs in THEIRS.items():
        digest, _ = files_of(store, name)
        assert ROOT.tries(_found, store, digest)
        for user in USERS:
            require(user, user.tries(_found, store, digest), user in theirs, f"find the digest of {name}")


CHANGES = [ways.written, ways.cut, ways.removed, ways.renamed, ways.opened_to_all, ways.acl_dropped, ways.dated]
MAKINGS = [ways.made, ways.link_made, ways.folder_made]


@pytest.mark.parametrize("way", [*CHANGES, *MAKINGS], ids=lambda way: way.__name__)
def test_nobody_changes_anything(images, way, tmp_path_factory):
    store = images.world.store
    digest, files = files_of(store, "team")
    paths = [files[0], files[2], files[-4], store.meta(digest), store.index_json, store.root / "format"]
    if way in MAKINGS:
        paths = [store.root / name for name in (".", "blobs/sha256", "images", "tags", "tags/team", "certs", f"certs/{digest}",
                                                "access", "lists", "lists/public", "lists/u61001", "tmp", "quarantine", "log")]
    for user in USERS:
        for path, got in zip(paths, user.tries_each(way, [(path,) for path in paths]), strict=True):
            require(user, got, False, f"{way.__name__} {path}")
        if way is ways.made:
            require(user, user.tries(ways.locked, store.root), False, "hold the lock")
    other = images.folder / "naive"                     # a store whose files are everybody's: there each of it works
    shutil.copytree(store.root, other)
    try:
        path = other / paths[0].relative_to(store.root)
        for each in (path, path.parent):
            os.chown(each, EVE.uid, EVE.uid)
            each.chmod(0o755)
        if way is ways.acl_dropped:
            subprocess.run(["setfacl", "-m", "u:5:r", path], check=True)
        assert EVE.tries(way, path)
    finally:
        shutil.rmtree(other)


def _says(home, environment, words, wanted):
    code, said = ways.command(home, environment, *words)
    assert "Traceback" not in said, said
    return code == 0 and wanted in said


def _tells(home, environment, words, name):
    """Whether somebody is told that an image of this name is there: told anything else than of one that never was."""
    told = [(code, text.replace(one, "*")) for one in (name, NEVER)
            for code, text in [ways.command(home, environment, *(word.replace("NAME", one) for word in words))]]
    assert "Traceback" not in told[0][1], told
    return told[0] != told[1] or told[0][0] == 0


def environment(images, user):
    home = images.folder / user.name
    return {**images.environment(), "HOME": str(home), "CERTIFY_KEY": str(home / "key"), "CERTIFY_CACHE": str(home / "cache"),
            "CERTIFY_SEEN": str(home / "seen.json"), "USER": user.name}


READING = {"show": ("store", "show", "NAME"), "show JSON": ("store", "show", "NAME", "--format", "json"),
           "access": ("store", "access", "show", "NAME"), "verify": ("verify", "NAME:1.0"), "sbom": ("sbom", "NAME:1.0-1")}


@pytest.mark.parametrize("words", READING.values(), ids=READING.keys())
def test_commands_tell_of_what_is_theirs_and_are_silent_of_the_rest(images, words):
    for user in USERS:
        given = [(images.folder / user.name, environment(images, user), words, name) for name in THEIRS]
        for name, told in zip(THEIRS, user.tries_each(_tells, given), strict=True):
            require(user, told, user in THEIRS[name], f"{words} {name}")


def test_what_is_anothers_is_compared_with_nothing(images):
    for user in USERS:
        others = [name for name in THEIRS if user not in THEIRS[name]]
        given = [(images.folder / user.name, environment(images, user), words, name) for name in others
                 for words in (("diff", "NAME", "open"), ("diff", "open", "NAME"), ("run", "NAME"))]
        for (_, _, words, name), told in zip(given, user.tries_each(_tells, given), strict=True):
            require(user, told, False, f"{words} {name}")


def test_lists_hold_what_is_theirs(images):
    for user in USERS:
        given = [(images.folder / user.name, environment(images, user), words, name) for name in THEIRS
                 for words in (("store", "ls"), ("store", "ls", "--format", "json"), ("store", "find", "toolbox"))]
        for (_, _, words, name), said in zip(given, user.tries_each(_says, given), strict=True):
            require(user, said, user in THEIRS[name], f"{words} tell of {name}")


def test_a_digest_that_is_known_opens_nothing(images):
    """A digest is not secret: it stands in logs, and in the certificates of those who shared theirs."""
    for name, theirs in THEIRS.items():
        digest, (squashfs, *_) = files_of(images.world.store, name)
        for user in USERS:
            home, known = images.folder / user.name, f"sha256:{digest}"
            given = [(home, environment(images, user), words, "") for words in (
                ("store", "show", known), ("verify", known), ("verify", squashfs),
                ("store", "export", known, home / f"out-{name}"))]
            for (*_, words, _), said in zip(given, user.tries_each(_says, given), strict=True):
                require(user, said, user in theirs, f"{words}")


WRITING = {
    "access": ("store", "access", "set", "team", "--public", "--widen"),
    "add": ("store", "access", "add", "team", "--user", "61003"),
    "pin": ("store", "pin", "open"), "untag": ("store", "untag", "open:1.0-1"), "gc": ("store", "gc", "--apply"),
    "fsck": ("store", "fsck", "--repair"), "log": ("store", "log"), "expire": ("store", "expire"),
    "revoke": ("revoke", "image", "open", "--reason", "x"), "import": ("store", "import", "EXPORTED"), "pins": ("store", "pins")}


def test_keeping_the_store_is_for_its_owner_although_they_have_the_key(images):
    for user in USERS:
        home = images.folder / user.name
        given = [(home, environment(images, user), [home / "out-open" if word == "EXPORTED" else word for word in words], "")
                 for words in WRITING.values()]
        for name, said in zip(WRITING, user.tries_each(_says, given), strict=True):
            require(user, said, name == "pins", name)       # there are none yet, and that is all that they are told


def test_what_is_told_to_everybody(images):
    """Known limits, kept here so that nobody forgets them: whoever has a digest from elsewhere, or guesses a name, is told by
    the kernel that it is there, how large it is, and the numbers of those who may use it; and whoever knows a user's number,
    whether some private image is theirs, and when that changed. No digest is listed."""
    store = images.world.store
    _, (squashfs, *_) = files_of(store, "anns")
    for look in (lambda: squashfs.stat().st_size > 0, lambda: bool(os.getxattr(squashfs, "system.posix_acl_access")),
                 lambda: store.tags("anns").exists(), (store.lists / "u61001").exists):
        require(EVE, EVE.tries(look), True, "told to everybody")


def test_programs_run_for_those_whose_image_it_is(images):
    runs = [(user, name, subprocess.Popen(images.argv(name, "--", "cat", "/which", user=user.uid, groups=user.groups), cwd="/",
                                          env=images.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
            for user in USERS for name in THEIRS]
    for user, name, process in runs:
        out, err = process.communicate()
        assert (process.returncode, out) in ((0, name), (125, "")), (out, err)
        assert process.returncode == 0 or "or it is not for you" in err
        require(user, process.returncode == 0, user in THEIRS[name], f"run {name}")


INTO = [ways.files_listed, ways.file_opened, ways.file_taken, ways.root_entered, ways.memory_read, ways.environment_read,
        ways.traced, ways.stopped]


def test_a_program_that_another_runs_lets_nobody_in(images):
    running = subprocess.Popen(images.argv("anns", "--", "sh", "-c", "echo started; sleep 9753", user=ANN.uid), cwd="/",
                               env=images.environment(), stdout=subprocess.PIPE, text=True)
    try:
        assert running.stdout.readline() == "started\n"
        held = [(int(path.parts[2]), int(path.name)) for path in _open_files(running.pid)]
        [image] = {target for target in map(_target, held) if target.endswith(".squashfs")} or {""}
        assert image, "nobody has the image open"
        pids = {pid for pid, _ in held}
        for pid, fd in [one for one in held if _target(one) == image] + [(pid, 1) for pid in pids]:
            for user in (BEN, EVE):
                for way, got in zip(INTO, user.tries_each(_into, [(way, pid, fd) for way in INTO]), strict=True):
                    require(user, got, False, f"{way.__name__} {pid} {fd}")
        pid, fd = next(one for one in held if _target(one) == image)
        for way in INTO:
            assert way is ways.traced or ROOT.tries(way, pid, fd), way.__name__
    finally:
        running.terminate()
        running.wait()
        running.stdout.close()


def _into(way, pid, fd):
    return way(pid, fd)


def _open_files(top):
    pids = [str(top)]
    for pid in pids:
        pids += Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [path for pid in pids for path in Path(f"/proc/{pid}/fd").iterdir()]


def _target(held):
    try:
        return os.readlink(f"/proc/{held[0]}/fd/{held[1]}")     # noqa: PTH115
    except OSError:
        return ""


def test_the_store_is_as_it_was(images):
    """Last of all: after everything that was tried."""
    done = subprocess.run([*images.argv()[:-1], "store", "fsck", "--deep", "--format", "json"], env=images.environment(), cwd="/",
                          capture_output=True, text=True)
    assert (done.returncode, json.loads(done.stdout)["results"]) == (0, []), done.stdout + done.stderr

"""Images through a real registry, to another store or as ordinary container images, and into the hands of other tools."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from oci_images import Server
from small_images import COMMAND, Images

from builder.recipe.model import Access
from builder.rootfs import Root, tree_digest

sys.path.append(str(Path(__file__).parents[1] / "store"))
from lying_registry import Registry

USER, STRANGER = 20001, 20002
# The password is "word"; made once as htpasswd -nbB makes it, which is not installed everywhere.
HTPASSWD = "certify:$2b$05$tAq/rt1ym4OZS5L8r116Pu1aLtDsEtyg7kcbVmXcd7FIOsHeLn2Fi\n"


def text(*argv):
    return subprocess.run([str(word) for word in argv], check=True, capture_output=True, text=True).stdout


class Place:
    """Two stores, a registry, and the command line."""

    def __init__(self, folder):
        self.folder, self.images = folder, Images(folder)
        self.server = Server(folder)
        self.site = self.images.site(plain_http=[self.server.host])

    def command(self, *words, store="store", user=0, **environment):
        argv = ("/usr/bin/setpriv", "--reuid", str(user), "--regid", str(user), "--clear-groups", *COMMAND, "store",
                *map(str, words))
        env = self.images.environment(HOME=str(self.folder), CERTIFY_SITE=str(self.site), CERTIFY_KEY=str(self.folder / "key"),
                                      TMPDIR=tempfile.gettempdir(), **environment)
        return argv, env | {"CERTIFY_STORE": str(self.folder / store)}

    def __call__(self, *words, check=None, **more):
        argv, env = self.command(*words, **more)
        done = subprocess.run(argv, env=env, cwd="/", capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert "Traceback" not in done.stderr
        if check is not None:
            assert done.returncode == check, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def at(self, name):
        return f"docker://{self.server.host}/team/{name}"


@pytest.fixture(scope="module")
def shared():
    with tempfile.TemporaryDirectory(prefix="certify-test-", ignore_cleanup_errors=True) as top:
        folder = Path(top)
        folder.chmod(0o755)
        made = Place(folder)
        root = tree(folder / "root")
        made.images.publish(root, "tool", entrypoint=("/bin/tool", "a b"), workdir="/opt/x",
                            environment={"PATH": "/bin", "A": "b c"})
        (root / "opt/x/more").write_text("more")
        made.images.publish(root, "private", access=Access(users=(USER,)))
        yield made
        made.server.stop()


def tree(root):
    for name in ("bin", "etc", "opt/x", "tmp"):
        (root / name).mkdir(parents=True)
    (root / "bin/tool").write_bytes(os.urandom(300_000))
    (root / "bin/tool").chmod(0o755)
    os.link(root / "bin/tool", root / "opt/x/same")
    (root / "etc/private").write_text("x")
    (root / "etc/private").chmod(0o600)
    (root / "tmp").chmod(0o1777)
    (root / "opt/x/link").symlink_to("../../../../etc/passwd")
    (root / "opt/x" / os.fsdecode(b"bad \xff\nname")).write_text("y")
    (root / "opt/x" / ("n" * 150)).write_text("z")
    os.utime(root / "etc/private", (1_600_000_000, 1_600_000_000))
    return root


@pytest.fixture(scope="module")
def carried(shared):
    """The image in the registry, as docker://.../carried:1; what push told of it."""
    return json.loads(shared("push", "tool", shared.at("carried:1"), "--format", "json", check=0).stdout)["results"][0]


def test_a_pushed_image_arrives_in_another_store_whole_and_for_the_same_people(shared, carried):
    assert carried["status"] == "pushed"
    assert "  unchanged  " in shared("push", "tool", shared.at("carried:1"), check=0).stdout
    done = shared("pull", shared.at("carried:1"), "--format", "json", store="other", check=0)
    result = json.loads(done.stdout)["results"][0]
    assert result["reference"].startswith("tool:1.0-1@sha256:")
    assert result["status"] == "published"
    assert "  unchanged" in shared("pull", shared.at("carried:1"), store="other", check=0).stdout
    assert "all is well" in shared("fsck", "--deep", store="other", check=0).stdout
    assert [path.read_bytes() for path in (shared.folder / "store/images").glob(f"{result['digest'][7:]}*")] == [
        path.read_bytes() for path in (shared.folder / "other/images").glob(f"{result['digest'][7:]}*")]


def test_a_private_image_goes_only_with_a_word_and_stays_private(shared):
    for more in ((), ("--as", "image")):
        done = shared("push", "private", shared.at("secret:1"), *more, check=1)
        assert "the image is private (users 20001)" in done.stderr
        assert "--widen" in done.stderr
    shared("push", "private", shared.at("secret:1"), "--widen", check=0)
    shared("pull", shared.at("secret:1"), store="guarded", check=0)
    assert shared("ls", store="guarded", user=STRANGER, check=0).stdout == ""


def test_a_tag_that_is_something_else_is_not_replaced_without_a_word(shared, carried):
    for more in ((), ("--as", "image")):
        assert "is something else already" in shared("push", "private", "--widen", shared.at("carried:1"), *more, check=1).stderr
    text("skopeo", "copy", "--src-tls-verify=false", "--dest-tls-verify=false", shared.at("carried:1"), shared.at("moved:1"))
    shared("push", "private", "--widen", "--replace", shared.at("moved:1"), check=0)
    assert "  unchanged  " in shared("push", "private", "--widen", shared.at("moved:1"), check=0).stdout


def test_an_image_that_was_changed_in_the_registry_is_refused(shared, carried):
    blob = shared.server.blob(carried["digest"])
    good = blob.read_bytes()
    try:
        blob.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
        done = shared("pull", shared.at("carried:1"), store="clean", check=1)
    finally:
        blob.write_bytes(good)
    assert "the registry serves other bytes than it says" in done.stderr
    assert not any((shared.folder / "clean/blobs/sha256").iterdir())


def test_an_ordinary_user_pushes_what_is_for_all_and_cannot_push_what_is_not_for_him(shared):
    shared("push", "tool", shared.at("users:1"), user=STRANGER, check=0)
    assert "not for you" in shared("push", "private", shared.at("users:2"), "--widen", user=STRANGER, check=1).stderr
    shared("push", "private", shared.at("users:2"), "--widen", user=USER, check=0)


def test_a_pull_that_is_killed_leaves_nothing_believed_and_the_next_one_succeeds(shared, carried):
    registry = stalling(shared)
    try:
        argv, env = shared.command("pull", f"docker://{registry.host}/team/tool:1", "--site",
                                   shared.images.site(plain_http=[registry.host]), store="killed")
        process = subprocess.Popen(argv, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not registry.lies["stalled"]:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
    finally:
        registry.stop()
    store = shared.folder / "killed"
    assert [path.name[:7] for path in (store / "quarantine").iterdir()] == ["making-"]
    assert not any((store / "blobs/sha256").iterdir())
    assert not any((store / "tags").iterdir())
    shared("pull", shared.at("carried:1"), store="killed", check=0)
    shared("gc", "--apply", "--grace", "0d", "--keep", "0d", store="killed", check=0)
    assert not any((store / "quarantine").iterdir())


def stalling(shared):
    """A registry with the image of the real one, that stops in the middle of the squashfs and waits."""
    registry, data = Registry(), shared.server.data / "docker/registry/v2"
    for link in (data / "repositories/team/carried/_manifests/tags").glob("*/current/link"):
        manifest = shared.server.blob(link.read_text()).read_bytes()
        named = json.loads(manifest)
        registry.put(link.parts[-3], manifest, *(
            shared.server.blob(one["digest"]).read_bytes() for one in (named["config"], *named["layers"])))
    squashfs = json.loads(registry.manifests["1"])["layers"][0]["digest"]

    def stall(handler):
        content = registry.blobs[squashfs]
        handler.say(content[:1000], length=len(content))
        registry.lies["stalled"] = True
        handler.rfile.read(1)

    registry.lies |= {f"/blobs/{squashfs}": stall, "stalled": False}
    return registry


@pytest.fixture(scope="module")
def layout(shared):
    """The image as an ordinary one, in an OCI layout."""
    path = shared.folder / "layout"
    shared("push", "--as", "image", "tool", f"oci:{path}:v1", check=0)
    return path


def test_the_container_image_has_the_tree_and_the_settings_of_the_certified_one(shared, layout):
    bundle, original = shared.folder / "bundle", shared.folder / "original"
    text("umoci", "unpack", "--image", f"{layout}:v1", bundle)
    digest = json.loads(text("skopeo", "inspect", f"oci:{layout}:v1"))["Labels"]["org.certify.squashfs"]
    text("unsquashfs", "-quiet", "-no-progress", "-dest", original, shared.folder / f"store/images/{digest[7:]}.squashfs")
    assert tree_digest(Root(bundle / "rootfs")) == tree_digest(Root(original))
    same = {(path.lstat().st_ino, path.lstat().st_uid) for path in (bundle / "rootfs/bin/tool", bundle / "rootfs/opt/x/same")}
    assert len(same) == 1
    assert (bundle / "rootfs/etc/private").lstat().st_mtime == 1_600_000_000
    settings = json.loads((bundle / "config.json").read_text())["process"]
    assert settings["args"] == ["/bin/tool", "a b"]
    assert settings["cwd"] == "/opt/x"
    assert "A=b c" in settings["env"]


def test_the_same_image_gives_the_same_bytes_in_every_form(shared, layout):
    again = shared.folder / "again"
    shared("push", "--as", "image", "tool", f"oci:{again}:v1", check=0)
    assert contents(layout) == contents(again)
    for name in ("a.tar", "b.tar"):
        shared("push", "--as", "image", "tool", f"docker-archive:{shared.folder / name}", check=0)
    assert (shared.folder / "a.tar").read_bytes() == (shared.folder / "b.tar").read_bytes()
    found = json.loads(text("skopeo", "inspect", "--config", f"docker-archive:{shared.folder / 'a.tar'}"))
    assert found == json.loads(text("skopeo", "inspect", "--config", f"oci:{layout}:v1"))
    assert "is there already" in shared("push", "--as", "image", "tool", f"oci:{again}:v2", check=3).stderr


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_buildah_takes_the_image_from_a_registry(shared):
    shared("push", "--as", "image", "tool", shared.at("ordinary:1"), check=0)
    assert "  unchanged  " in shared("push", "--as", "image", "tool", shared.at("ordinary:1"), check=0).stdout
    tool = ("buildah", "--root", shared.folder / "storage", "--runroot", shared.folder / "run", "--storage-driver", "vfs")
    name = text(*tool, "from", "--tls-verify=false", shared.at("ordinary:1")).strip()
    told = json.loads(text(*tool, "inspect", name))["OCIv1"]
    assert (told["config"]["Entrypoint"], told["config"]["WorkingDir"]) == (["/bin/tool", "a b"], "/opt/x")
    mounted = Path(text(*tool, "mount", name).strip())
    assert (mounted / "opt/x/link").readlink() == Path("../../../../etc/passwd")
    assert (mounted / "tmp").stat().st_mode & 0o7777 == 0o1777
    text(*tool, "rm", name)


def test_a_private_container_image_is_the_callers_alone(shared):
    for target in ("oci:{}/private-layout", "docker-archive:{}/private.tar"):
        place = target.format(shared.folder)
        shared("push", "--as", "image", "private", place, check=0)
        assert Path(place.partition(":")[2]).stat().st_mode & 0o077 == 0


def test_who_may_not_read_all_of_an_image_gets_no_container_image_of_a_part(shared):
    folder = shared.folder / "mine"
    folder.mkdir()
    os.chown(folder, USER, USER)
    done = shared("push", "--as", "image", "tool", f"oci:{folder / 'layout'}", user=USER, check=3)
    assert "etc/private: Permission denied" in done.stderr
    assert not any(folder.iterdir())


def test_a_registry_that_wants_a_password_gets_it_from_the_usual_file_and_nobody_else_sees_it(shared):
    folder = shared.folder / "locked"
    folder.mkdir()
    server = Server(folder, htpasswd=HTPASSWD)
    try:
        site = shared.images.site(plain_http=[server.host])
        words = ("push", "tool", f"docker://{server.host}/team/tool:1", "--site", site)
        assert "skopeo login" in shared(*words, check=3).stderr
        for path in (".docker/config.json", "auth.json"):
            (shared.folder / path).parent.mkdir(exist_ok=True)
            (shared.folder / path).write_text(json.dumps({"auths": {server.host: {"auth": "Y2VydGlmeTp3b3Jk"}}}))
        shared(*words, check=0)
        shared("pull", *words[2:], store="locked-store", REGISTRY_AUTH_FILE=str(shared.folder / "auth.json"), check=0)
        (shared.folder / "auth.json").write_text(json.dumps({"auths": {server.host: {"auth": "Y2VydGlmeTp3b3J0"}}}))
        done = shared("pull", *words[2:], store="locked-store", REGISTRY_AUTH_FILE=str(shared.folder / "auth.json"), check=3)
        assert "wort" not in done.stderr + done.stdout
        assert "Y2Vy" not in done.stderr + done.stdout
    finally:
        (shared.folder / ".docker/config.json").unlink(missing_ok=True)
        server.stop()


def test_a_registry_without_tls_has_to_be_named_by_the_site(shared):
    done = shared("push", "tool", shared.at("plain:1"), "--site", "shifter", check=3)
    assert "plain HTTP" in done.stderr

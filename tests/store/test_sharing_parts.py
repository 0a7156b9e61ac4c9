"""The parts of sharing: places, credentials, the tar of an image, and the configuration of a container image."""

from __future__ import annotations

import io
import json
import os
import stat
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.bases.reference import place
from builder.errors import Fault, UsageError
from builder.image import ImageConfig
from certify.foreign.limits import Budget
from certify.sharing import container, credentials, documents, layer
from certify.store import oci

CONFIG = ImageConfig(name="tool", version="1.0", revision=2, platform="linux/arm64/v8", environment={"B": "2", "A": "1 x"},
                     entrypoint=("/bin/tool", "-v"), workdir="/srv")

HOSTS = st.from_regex(r"\A[a-z0-9]{1,10}(\.[a-z0-9]{1,10}){1,2}(:[0-9]{1,5})?\Z")
NAMES = st.lists(st.from_regex(r"\A[a-z0-9]{1,8}([._-][a-z0-9]{1,8})?\Z"), min_size=1, max_size=3).map("/".join)
ENDS = st.one_of(st.from_regex(r"\A:[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}\Z"), st.from_regex(r"\A@sha256:[0-9a-f]{64}\Z"), st.just(""))


@given(HOSTS, NAMES, ENDS)
def test_a_place_is_read_as_it_is_written(host, name, end):
    assert str(place(f"docker://{host}/{name}{end}")) == f"{host}/{name}{end}"


@pytest.mark.parametrize("text", [
    "docker://somebody:secret@host.example/tool:1", "somebody:secret@host.example/tool", "docker://secret@host.example/tool"])
def test_a_password_in_a_place_is_not_repeated(text):
    with pytest.raises(Fault, match="password") as caught:
        place(text)
    assert "secret" not in caught.value.message


@pytest.mark.parametrize("text", [
    "", "tool", "docker://", "docker://host.example/", "docker:///tool", "docker://host.example/Tool:1", "http://host.example/tool",
    "docker://host.example/tool:", "docker://host.example/tool:1@sha256:" + "a" * 64, "docker://host.example/tool@sha256:12",
    "docker://host.example/../tool:1", "docker://host.example/tool:1\n",
    "docker://host.example/tool:-x", "docker://host.example/tool --authfile=/x", "file:///etc/passwd", "docker://" + "a/" * 600])
def test_what_is_no_place_is_told_so(text):
    with pytest.raises(Fault, match="not a place in a registry"):
        place(text)


def test_docker_hub_is_what_others_mean_by_no_host():
    assert str(place("docker://tool:1")) == "docker.io/library/tool:1"
    assert str(place("docker://team/tool:1")) == "docker.io/team/tool:1"


KEYS = st.sampled_from(["schemaVersion", "mediaType", "artifactType", "config", "layers", "digest", "size", "subject"])
VALUES = st.sampled_from([2, -1, 1 << 60, None, oci.MANIFEST, oci.CONFIG, oci.LAYER, "sha256:" + "a" * 64, documents.ENVELOPE])
ANYTHING = st.recursive(VALUES, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=6)))
SMALL = documents.Blob(digest="a" * 64, size=5)
IMAGE = documents.read_image(documents.image(CONFIG, SMALL), "test")


@given(ANYTHING)
def test_a_manifest_that_is_anything_at_all_is_read_or_refused(value):
    data = json.dumps(value).encode()
    for read in (documents.read_image, lambda data, where: documents.read_artifact(data, documents.ACCESS, IMAGE, where)):
        with pytest.raises(Fault) as caught:
            read(data, "here")
        assert caught.value.message
        assert caught.value.hint


@given(st.dictionaries(st.from_regex(r"\A[a-z]{1,9}\Z"), st.binary(max_size=50), min_size=1, max_size=5))
def test_an_artifact_is_read_as_it_is_made_and_only_about_its_own_image(files):
    data = documents.artifact(documents.CERTIFICATE, IMAGE, files)
    found = documents.read_artifact(data, documents.CERTIFICATE, IMAGE, "here")
    assert [one.size for one in found] == [*map(len, files.values())]
    another = documents.read_image(documents.image(CONFIG, documents.Blob(digest="b" * 64, size=5)), "test")
    with pytest.raises(Fault, match="is about sha256"):
        documents.read_artifact(data, documents.CERTIFICATE, another, "here")


@pytest.mark.parametrize(("count", "size"), [(201, 1), (1, 33 << 20), (5, 30 << 20)], ids=["many", "large", "large together"])
def test_more_statements_than_any_certificate_has_are_not_fetched(count, size):
    value = json.loads(documents.artifact(documents.CERTIFICATE, IMAGE, {"a": b""}))
    value["layers"] = [{**value["layers"][0], "size": size}] * count
    with pytest.raises(Fault, match=r"statements|list of at most"):
        documents.read_artifact(json.dumps(value).encode(), documents.CERTIFICATE, IMAGE, "here")


def auth(path, *hosts, key="auths"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({key: {host: {} if key == "auths" else "helper" for host in hosts}}))
    return path


def test_credentials_are_looked_for_where_podman_and_docker_keep_them(tmp_path):
    environ = {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path / "run")}

    def found(host, **more):
        return credentials.file_for(host, {**environ, **more}, 20001)

    assert found("a.example") is None
    docker = auth(tmp_path / ".docker/config.json", "a.example", "https://index.docker.io/v1/")
    helped = auth(tmp_path / "elsewhere/config.json", "b.example", key="credHelpers")
    assert found("a.example") == found("docker.io") == docker
    assert found("b.example") is None
    assert found("b.example", DOCKER_CONFIG=str(helped.parent)) == helped
    podman = auth(tmp_path / "run/containers/auth.json", "a.example/team")
    assert found("a.example") == podman
    assert found("a.example", REGISTRY_AUTH_FILE=str(helped)) == helped
    assert credentials.file_for("a.example", {}, 20001) is None


@pytest.mark.parametrize("content", ["", "[]", "{", "[" * 100_000, '{"auths": 1}', '{"auths": ["x"]}', '{"auths": null}'])
def test_a_file_that_holds_no_credentials_has_none(tmp_path, content):
    (tmp_path / "config.json").write_text(content)
    assert credentials.file_for("a.example", {"DOCKER_CONFIG": str(tmp_path)}, 20001) is None


@pytest.fixture
def tree(tmp_path):
    top = tmp_path / "tree"
    for name in ("b/inner", "a", "b-c"):
        (top / name).mkdir(parents=True)
    (top / "a/file").write_bytes(b"x" * 1000)
    (top / "a/file").chmod(0o4750)
    os.link(top / "a/file", top / "b/inner/same")
    (top / "b/link").symlink_to("../../../../etc/passwd")
    (top / "b" / os.fsdecode(b"bad \xff\n")).write_text("y")
    (top / ("n" * 150)).write_text("z")
    os.mkfifo(top / "fifo", 0o600)
    os.utime(top / "a/file", (1_600_000_000, 1_600_000_000))
    return top


def written(top):
    file = io.BytesIO()
    layer.write(os.fsencode(top), file, Budget(0))
    return file.getvalue()


def test_the_tar_of_a_tree_has_all_of_it_and_all_of_it_is_roots(tree):
    data = written(tree)
    with tarfile.open(fileobj=io.BytesIO(data), encoding="utf-8", errors="surrogateescape") as tar:
        found = {one.name: one for one in tar}
    wanted = {str(path.relative_to(tree)) for path in tree.rglob("*")} | {"."}
    assert set(found) == wanted
    for name, one in found.items():
        status = (tree / name).lstat()
        assert (one.uid, one.gid, one.uname, one.pax_headers) == (0, 0, "", {})
        assert (one.mode, one.mtime) == (stat.S_IMODE(status.st_mode), int(status.st_mtime))
    assert (found["b/inner/same"].type, found["b/inner/same"].linkname) == (tarfile.LNKTYPE, "a/file")
    assert found["b/link"].linkname == "../../../../etc/passwd"
    assert (found["a/file"].size, found["fifo"].type) == (1000, tarfile.FIFOTYPE)


def test_the_same_tree_gives_the_same_bytes(tree, tmp_path):
    first = written(tree)
    (tree / "a/later").write_text("")
    (tree / "a/later").unlink()
    os.utime(tree / "a", (1, 1))
    second = written(tree)
    assert first != second
    assert second == written(tree)


def test_a_name_that_means_a_deletion_and_a_file_that_cannot_be_read_are_errors(tree):
    (tree / "b/.wh.gone").write_text("")
    with pytest.raises(Fault, match=r"b/\.wh\.gone: container tools take this name for a deletion"):
        written(tree)


def test_more_than_any_image_has_is_not_written(tree):
    with (tree / "large").open("wb") as file:
        file.truncate(65 << 30)
    with pytest.raises(Fault, match="when unpacked"):
        written(tree)


def test_the_configuration_is_what_the_image_says_of_itself():
    found = json.loads(container.config_of(CONFIG, "a" * 64, "b" * 64))
    assert (found["os"], found["architecture"], found["variant"]) == ("linux", "arm64", "v8")
    assert found["config"]["Env"] == ["A=1 x", "B=2"]
    assert (found["config"]["Entrypoint"], found["config"]["WorkingDir"]) == (["/bin/tool", "-v"], "/srv")
    assert found["config"]["Labels"][container.DIGEST] == f"sha256:{'b' * 64}"
    assert found["rootfs"] == {"type": "layers", "diff_ids": [f"sha256:{'a' * 64}"]}
    assert "Cmd" not in found["config"]
    bare = ImageConfig(name="tool", version="1", revision=1, platform="linux/amd64", environment={})
    assert json.loads(container.config_of(bare, "a" * 64, "b" * 64))["config"]["Cmd"] == ["/bin/sh"]


@pytest.mark.parametrize(("word", "told"), [
    ("oci:x", "oci:{here}/x:1.0-2"), ("oci:/a/b:v1", "oci:/a/b:v1"),
    ("docker-archive:x.tar", "docker-archive:{here}/x.tar:tool:1.0-2"),
    ("docker-archive:/x.tar:other:3", "docker-archive:/x.tar:other:3")])
def test_a_file_for_a_container_image(word, told):
    assert str(container.file(word, CONFIG)) == told.format(here=Path.cwd())


@pytest.mark.parametrize("word", [
    "x", "oci:", "oci::v1", "oci:x:-v", "oci:x:a:b", "docker-archive:", "docker-archive:x:name", "dir:x", "oci:x:a\n",
    "docker-archive:x:Name:1", "docker-archive:x:a:b:c"])
def test_what_is_no_place_for_a_container_image(word):
    with pytest.raises(UsageError, match="not a place for a container image"):
        container.file(word, CONFIG)

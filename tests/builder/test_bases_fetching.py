"""How skopeo and tar are asked, what their answers mean, and that no blob is kept that is another."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from pathlib import Path

import pytest

from builder import crew, process, running
from builder.bases import image, registry, settle, tree, unpack
from builder.bases.blobs import Blob, Blobs
from builder.bases.reference import Remote
from builder.errors import Error, Fault, ToolFailed
from builder.outside import Outside
from builder.recipe.model import ImageBase

HEX = "0123456789abcdef" * 4
BASE = Remote(host="registry.example.org:5000", name="lab/base", digest=HEX)


def blob(data):
    return Blob(digest=hashlib.sha256(data).hexdigest(), size=len(data))


def test_a_manifest_is_asked_for_over_tls_unless_the_site_says_otherwise():
    assert registry.inspect(BASE, HEX, Outside()) == (
        "skopeo", "--command-timeout=120s", "inspect", "--raw", "--retry-times=2", "--tls-verify=true",
        f"docker://registry.example.org:5000/lab/base@sha256:{HEX}")
    plain = registry.inspect(BASE, HEX, Outside(plain_http=("registry.example.org:5000",)), config=True)
    assert plain[3:6] == ("--config", "--raw", "--retry-times=2")
    assert "--tls-verify=false" in plain
    assert "--tls-verify=true" in registry.inspect(BASE, HEX, Outside(plain_http=("registry.example.org",)))


def test_layers_are_asked_for_as_they_are_and_none_larger_than_the_manifest_says():
    assert registry.copy(BASE, HEX, Outside(), 1000) == (
        "prlimit", f"--fsize={1000 + (64 << 20)}", "--", "skopeo", "copy", "--retry-times=2", "--remove-signatures",
        "--src-tls-verify=true", "--dest-oci-accept-uncompressed-layers", "--dest-shared-blob-dir=blobs",
        f"docker://registry.example.org:5000/lab/base@sha256:{HEX}", "oci:layout")


def test_proxy_and_certificates_are_the_sites(tmp_path):
    assert set(registry.environment(Outside(), tmp_path)) == {"LC_ALL", "TZ", "HOME", "PATH", "TMPDIR"}
    given = registry.environment(Outside(proxy="http://proxy:3128", certificates=Path("/etc/ca.pem")), tmp_path)
    assert given["HTTPS_PROXY"] == given["HTTP_PROXY"] == "http://proxy:3128"
    assert given["SSL_CERT_FILE"] == "/etc/ca.pem"


@pytest.mark.parametrize(("said", "kind", "hint"), [
    ("manifest unknown: manifest unknown", Fault, "still got it"),
    ("unauthorized: authentication required", Error, "skopeo login"),
    ("requested access to the resource is denied", Error, "skopeo login registry.example.org:5000"),
    ("http: server gave HTTP response to HTTPS client", Error, "plain HTTP"),
    ("x509: certificate signed by unknown authority", Error, "CA"),
    ("Digest did not match, expected x, got y", Fault, "other bytes"), ("connection refused", Error, "network"),
    ("no such host", Error, "network")])
def test_what_went_wrong_is_told_with_what_to_do(tmp_path, program, said, kind, hint):
    program("skopeo", f"""echo 'time="x" level=warning msg="unauthorized, retrying"' >&2
        echo 'time="x" level=fatal msg="Error parsing image name \\"docker://x\\": {said}"' >&2; exit 1""")
    source = registry.Registry(BASE, Outside(), tmp_path, lambda line: None)
    with pytest.raises(Error) as caught:
        source.manifest(HEX)
    assert type(caught.value) is kind
    assert caught.value.message.endswith(said)
    assert hint in caught.value.hint


def test_a_document_is_taken_only_with_the_right_bytes(tmp_path, program):
    program("skopeo", "echo '{}'")
    source = registry.Registry(BASE, Outside(), tmp_path, lambda line: None)
    assert source.manifest(hashlib.sha256(b"{}").hexdigest()) == b"{}"
    assert source.manifest(hashlib.sha256(b"{}\n").hexdigest()) == b"{}\n"
    with pytest.raises(Fault, match="others"):
        source.manifest(HEX)


def test_a_layer_that_skopeo_lets_pass_is_still_verified(tmp_path, program):
    wanted = blob(b"right")
    program("prlimit", f"printf wrong > blobs/sha256/{wanted.digest}")
    blobs = Blobs(tmp_path / "images")
    with pytest.raises(Fault, match="others"):
        registry.Registry(BASE, Outside(), tmp_path, lambda line: None).fetch(HEX, [wanted], [], blobs)
    assert not blobs.holds(wanted)


def test_blobs_go_in_and_come_out_only_verified(tmp_path):
    blobs, data = Blobs(tmp_path / "images"), b"data"
    assert blobs.document(blob(data).digest) is None
    assert blobs.keep_document(blob(data).digest, data, "here") == blobs.document(blob(data).digest) == data
    assert blobs.holds(blob(data))
    assert not blobs.holds(Blob(digest=blob(data).digest, size=5))
    for wrong in (b"datA", b"dat", b"data "):
        with pytest.raises(Fault, match="here"):
            blobs.keep_document(blob(data).digest, wrong, "here")
        (tmp_path / "part").write_bytes(wrong)
        with pytest.raises(Fault, match="here"):
            blobs.keep(blob(data), tmp_path / "part", "here")
        handle = os.open(tmp_path / "part", os.O_RDONLY)
        with pytest.raises(Fault, match="here"):
            blobs.keep_copy(blob(data), handle, "here")
        os.close(handle)
    assert list(blobs.folder.iterdir()) == []


def test_a_blob_that_went_bad_or_became_a_link_is_not_there(tmp_path):
    blobs = Blobs(tmp_path / "images")
    blobs.keep_document(blob(b"data").digest, b"data", "here")
    path = blobs.path(blob(b"data").digest)
    path.write_bytes(b"DATA")
    assert blobs.document(path.name) is None
    assert not blobs.holds(blob(b"data"))
    assert not path.exists()
    (tmp_path / "elsewhere").write_bytes(b"data")
    path.symlink_to(tmp_path / "elsewhere")
    assert blobs.document(path.name) is None
    assert not blobs.holds(blob(b"data"))


def test_tar_runs_in_a_root_of_its_own_without_network(tmp_path):
    argv = unpack.enclosed_tar(tmp_path / "blob", tmp_path / "tree", "zstd")
    assert argv[:argv.index("--")] == (
        "bwrap", "--die-with-parent", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--cap-drop", "ALL",
        "--cap-add", "CAP_CHOWN", "--cap-add", "CAP_DAC_OVERRIDE", "--cap-add", "CAP_FOWNER", "--cap-add", "CAP_FSETID",
        "--cap-add", "CAP_MKNOD", "--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib",
        "--symlink", "usr/lib64", "/lib64", "--dev", "/dev", "--ro-bind", f"{tmp_path}/blob", "/archive",
        "--bind", f"{tmp_path}/tree", "/tree")
    assert argv[argv.index("--") + 1:] == (
        "sh", "-c", 'umask 022 && exec "$@"', "sh", "prlimit", f"--fsize={64 << 30}", f"--as={4 << 30}", "--",
        *unpack.tar_argv("zstd"))


def test_tar_brings_no_attributes_and_keeps_numbers():
    assert unpack.tar_argv("pigz") == (
        "tar", "--extract", "--file=/archive", "--directory=/tree", "--use-compress-program=pigz", "--numeric-owner",
        "--same-owner", "--preserve-permissions", "--delay-directory-restore", "--no-xattrs", "--no-acls", "--no-selinux",
        "--checkpoint=3200", "--checkpoint-action=echo=certify-read %u")
    assert not [word for word in unpack.tar_argv(None) if "compress" in word]


@pytest.mark.parametrize(("head", "tools"), [
    (b"\x1f\x8b\x08\0", ("igzip", "pigz", "gzip")), (b"\x28\xb5\x2f\xfd", ("zstd",)), (b"\xfd7zXZ\0", ("xz",)),
    (b"etc/\0", (None,)), (b"", (None,))])
def test_a_tar_is_known_by_its_first_bytes(tmp_path, head, tools):
    (tmp_path / "tar").write_bytes(head)
    assert unpack.decompressor(tmp_path / "tar") in tools


@pytest.mark.parametrize("line", ["certify-read 99999999999", "tar: x: certify-read 99999999999", "tar: certify-read x",
                                  "tar: a/b: hm"])
def test_a_name_in_the_archive_is_no_mark(tmp_path, line):
    heard = []
    unpack._Watch(tmp_path, "here", heard.append)(line)
    assert heard in ([line], [])
    with pytest.raises(Fault, match="more than 64 GiB"):
        unpack._Watch(tmp_path, "here", heard.append)(f"tar: certify-read {(64 << 30) // 10_240 + 1}")


def test_a_folder_is_copied_without_attributes_and_without_mounts(tmp_path):
    assert tree.copy(Path("/a"), Path("/b")) == (
        "cp", "--recursive", "--no-dereference", "--preserve=mode,ownership,timestamps,links", "--reflink=auto",
        "--one-file-system", "--no-target-directory", "--", "/a", "/b")


@pytest.mark.parametrize("name", [".wh.", ".wh..", ".wh..."])
def test_a_whiteout_of_nothing_is_refused(tmp_path, name):
    (tmp_path / name).touch()
    with pytest.raises(Fault, match="here: the whiteout"):
        settle.settle(tmp_path, "here", whiteouts=True)
    settle.settle(tmp_path, "here", whiteouts=False)
    assert (tmp_path / name).exists()


def test_a_base_has_the_key_of_its_digest_alone():
    one = ImageBase(reference=f"a.example.org/x:1@sha256:{HEX}")
    assert image.key(one) == image.key(ImageBase(reference=f"oci:y@sha256:{HEX}"))
    assert image.key(one) != image.key(ImageBase(reference=f"a.example.org/x:1@sha256:{HEX[::-1]}"))
    assert image.layer_key(HEX) != image.layer_key(HEX[::-1])


def test_the_first_failure_ends_the_others(program):
    program("sleeper", "exec sleep 60")
    ended = []

    def work(name):
        try:
            if name == "fails":
                raise Fault(name)
            process.run(("sleeper",))
        finally:
            ended.append(name)

    begin = time.monotonic()
    with pytest.raises(Fault, match="fails"):
        crew.each(work, ["sleeps", "fails", "never"])
    assert time.monotonic() - begin < 30
    assert {"fails", "sleeps"} <= set(ended)


def test_who_is_interrupted_while_waiting_interrupts_the_others(program):
    program("sleeper", "exec sleep 60")
    threads, seen = [], []

    def wait():
        threads.append(threading.get_ident())
        try:
            crew.each(lambda name: process.run(("sleeper",)), ["one", "two", "three"])
        except KeyboardInterrupt:
            seen.append("interrupted")

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.3)
    running.interrupt(threads)
    thread.join(20)
    assert (seen, thread.is_alive()) == (["interrupted"], False)


def test_a_tool_that_fails_in_its_own_way_is_no_fault_of_the_image():
    for tail, kind in (("bwrap: No permissions to create namespace", ToolFailed), ("tar: x: No space left on device", Error),
                       ("tar: certify-read 3200\ntar: x", Fault)):
        assert type(unpack._explained(ToolFailed(("bwrap",), 1, tail), "here")) is kind

"""Images that were made elsewhere: what is wrong in one is found whatever form it comes in, by a process that can only read."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest

BAD = {"opt/udiImage/lib/libx.so": 0o644, "opt/tool/private": 0o600, "home/app/program": 0o755, "opt/tool/bin/suid": 0o4755}


@pytest.fixture(scope="module")
def forms(make_certify):
    """One tree with faults, as a folder, a squashfs, an OCI layout and a docker archive."""
    certify = make_certify()
    tree = certify.folder / "tree"
    for path, mode in {**BAD, "bin/sh": 0o755, "etc/passwd": 0o644}.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text("x")
        (tree / path).chmod(mode)
    (tree / "opt/tool/out").symlink_to("../../../../../../etc/shadow")
    os.mkfifo(tree / "opt/tool/fifo")
    (tree / "opt/tool" / os.fsdecode(b"bad \xff\nname")).write_text("x")
    squashfs, archive = certify.folder / "image.squashfs", certify.folder / "image.tar"
    run("mksquashfs", tree, squashfs, "-all-root", "-quiet", "-no-progress")
    containers(certify.folder, tree)
    run("skopeo", "copy", f"oci:{certify.folder / 'layout'}:made", f"docker-archive:{archive}:made:1")
    return certify, {"tree": tree, "squashfs": squashfs, "oci": f"oci:{certify.folder / 'layout'}:made",
                     "docker-archive": f"docker-archive:{archive}"}


def run(*argv):
    subprocess.run([str(word) for word in argv], check=True, capture_output=True)


def containers(folder, tree):
    """An OCI layout whose first layer holds what its second one takes away again."""
    buildah = ("buildah", "--root", folder / "storage", "--runroot", folder / "run", "--storage-driver", "vfs")
    first = subprocess.run([*map(str, buildah), "from", "scratch"], check=True, capture_output=True, text=True).stdout.strip()
    mounted = subprocess.run([*map(str, buildah), "mount", first], check=True, capture_output=True, text=True).stdout.strip()
    shutil.copytree(tree, mounted, symlinks=True, dirs_exist_ok=True, ignore=shutil.ignore_patterns("fifo"))
    (folder.__class__(mounted) / "gone").write_text("x")
    run(*buildah, "commit", "--rm", first, "lower")
    second = subprocess.run([*map(str, buildah), "from", "lower"], check=True, capture_output=True, text=True).stdout.strip()
    mounted = subprocess.run([*map(str, buildah), "mount", second], check=True, capture_output=True, text=True).stdout.strip()
    (folder.__class__(mounted) / "gone").unlink()
    run(*buildah, "config", "--env", "LD_LIBRARY_PATH=/opt/x/lib", second)
    run(*buildah, "commit", "--rm", second, "made")
    run(*buildah, "push", "made", f"oci:{folder / 'layout'}:made")


def results(certify, word, code=1):
    done = certify("check", word, "--format", "json")
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)["results"]


@pytest.mark.parametrize("form", ["tree", "squashfs", "oci", "docker-archive"])
def test_the_same_faults_are_found_in_every_form(forms, form):
    certify, words = forms
    found = {(one["code"], one["path"]) for one in results(certify, words[form])}
    assert {("PTH201", "/opt/udiImage/lib/libx.so"), ("PRM301", "/opt/tool/private"), ("PTH202", "/home/app/program"),
            ("PRM304", "/opt/tool/bin/suid")} <= found
    assert not [one for one in found if "gone" in (one[1] or "")]


@pytest.mark.parametrize("form", ["oci", "docker-archive"])
def test_the_configuration_of_a_container_image_is_judged_too(forms, form):
    certify, words = forms
    messages = [one["message"] for one in results(certify, words[form]) if one["code"].startswith("ENV1")]
    assert any("LD_LIBRARY_PATH" in message and "/opt/x/lib" in message for message in messages), messages


def test_reports_for_machines_and_people_are_written_beside_the_text(forms):
    certify, words = forms
    files = ("html=page.html", "sarif=found.sarif", "junit=found.xml")
    certify("check", words["squashfs"], *(word for file in files for word in ("--output", file)), check=1)
    page = (certify.folder / "page.html").read_text()
    assert "PTH201" in page
    assert "http://" not in page.replace("http://www.w3.org/", "")
    sarif = json.loads((certify.folder / "found.sarif").read_text())
    assert {one["ruleId"] for one in sarif["runs"][0]["results"]} >= {"PTH201", "PRM301"}
    assert "<testsuite" in (certify.folder / "found.xml").read_text()


def test_an_ordinary_user_judges_an_image_too(forms):
    certify, words = forms
    done = certify("check", words["squashfs"], "--format", "json", user=20001)
    assert done.returncode == 1, done.stderr
    assert "you are not root" in done.stderr
    assert "PTH201" in {one["code"] for one in json.loads(done.stdout)["results"]}


@pytest.mark.parametrize(("make", "told"), [
    (lambda path: path.write_bytes(b""), "not a squashfs"), (lambda path: path.write_bytes(b"hsqs" + bytes(200)), "squashfs"),
    (lambda path: path.write_bytes(os.urandom(8192)), "not a squashfs"), (lambda path: path.mkdir(), "not the tree of an image"),
    (os.mkfifo, "neither a file nor a folder")], ids=["empty", "head only", "noise", "folder", "fifo"])
def test_what_is_no_image_is_told_so(certify, make, told):
    make(certify.folder / "thing")
    done = certify("check", certify.folder / "thing")
    assert done.returncode in (1, 2), done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_squashfs_is_an_error_and_never_a_hang(forms, certify, keep):
    data = forms[1]["squashfs"].read_bytes()
    (certify.folder / "cut").write_bytes(data[:int(len(data) * keep)])
    done = certify("check", certify.folder / "cut")
    assert done.returncode in (1, 3), done.stdout
    assert "Traceback" not in done.stderr


def test_nothing_is_left_mounted_or_running(forms, leftovers):
    assert leftovers() == {"mounts": [], "processes": []}


def test_a_stock_debian_with_its_python_has_no_error(certify):
    tree = certify.folder / "debian"
    run("mmdebstrap", "--variant=minbase", "--include=python3", "bookworm", tree)
    found = results(certify, tree, code=0)
    assert not [one for one in found if one["severity"] == "error"]

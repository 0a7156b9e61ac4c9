"""Made a second time from the published record: the same bytes, or what differs and why."""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from builder.errors import Fault
from certify.sandbox import comparing

CHANCE = """\
steps:
  - run: |
      mkdir -p /opt/x
      cd /opt/x
      date +%N > stamp
      date -Ins > when
      head -c 8 /dev/urandom > random
      nproc > processors
      mkdir "for-$(nproc)"
      cat /proc/sys/kernel/random/uuid > id
      ln -s "$(cat id)" link
      head -c 8 /dev/urandom > "$(printf 'bad\\nname\\033[31m\\377')"
      echo always > same
"""


@pytest.fixture(scope="module")
def chance(make_certify):
    """A command line whose store holds an image that comes out otherwise each time."""
    made = make_certify()
    made("ship", made.recipe("chance", CHANCE), check=0)
    return made


@pytest.fixture
def repository(request):
    return request.config.rootpath


def test_a_published_image_comes_out_as_the_same_bytes_and_nothing_is_left(hello, repository, leftovers, workspaces):
    before, had = leftovers(), workspaces()
    done = hello("rebuild", "hello", "--recipe", repository / "recipes" / "hello", check=0)
    [digest] = [one["digest"] for one in hello.json("store", "ls")]
    assert done.stdout == f"hello:1.0-1  rebuilt  the same bytes: {digest}\n"
    assert "from the cache" not in done.stderr      # everything is made anew
    assert leftovers() == before
    assert workspaces() == had


@pytest.mark.long
def test_json_says_the_same_and_a_build_that_is_not_published_is_rebuilt_too(hello, repository):
    [said] = hello.json("rebuild", hello.folder / "out" / "hello" / "1.0-1", "--recipe", repository / "recipes" / "hello")
    assert said.keys() == {"name", "reference", "published", "rebuilt", "equal", "tree_equal", "kinds", "differences", "tools"}
    assert (said["name"], said["equal"], said["tree_equal"], said["differences"]) == ("hello:1.0-1", True, True, [])
    assert said["published"] == said["rebuilt"]
    assert said["tools"]["mksquashfs"]["published"] == said["tools"]["mksquashfs"]["here"]


def test_what_a_recipe_leaves_to_chance_is_named_by_path_and_kind_with_the_reason(chance):
    done = chance("rebuild", "chance", "--format", "json", check=1)
    [said] = json.loads(done.stdout)["results"]
    found = {one["path"]: (one["kind"], one["why"]) for one in said["differences"]}
    assert not said["equal"]
    assert not said["tree_equal"]
    assert found["/opt/x/stamp"][0] == found["/opt/x/random"][0] == "content"
    assert "SOURCE_DATE_EPOCH" in found["/opt/x/when"][1]
    assert "UUID" in found["/opt/x/id"][1]
    assert found["/opt/x/link"][0] == "link"
    assert found["/opt/x/bad\nname\x1b[31m\udcff"][0] == "content"
    if len(os.sched_getaffinity(0)) > 1:        # a rebuild has one
        assert found["/opt/x/processors"][0] == "content"
        assert found["/opt/x/for-1"] == ("extra", "a folder and all below it")
    assert all(path.startswith("/opt/x/") for path in found)
    assert "/opt/x/same" not in found


@pytest.mark.long
def test_a_table_shows_it_to_people_and_the_second_image_is_kept_where_they_ask_for_it(chance):
    second = chance.folder / "second"
    done = chance("rebuild", "chance", "--out", second, check=1)
    assert done.stdout.startswith("chance:1-1  rebuilt  not the same: ")
    assert "\n  path " in done.stdout
    assert "/opt/x/when" in done.stdout
    assert "\x1b" not in done.stdout
    image = second / "chance" / "1-1" / "image.squashfs"
    assert subprocess.run(["unsquashfs", "-s", image], capture_output=True).returncode == 0
    again = chance("rebuild", "chance", "--out", second, check=2)
    assert "an image is there already" in again.stderr


def test_a_changed_recipe_or_file_is_refused_before_anything_is_built(hello, repository):
    folder = hello.folder / "changed" / "hello"
    shutil.copytree(repository / "recipes" / "hello", folder)
    (folder / "hello").write_text("#!/bin/sh\necho other\n")
    refused = hello("rebuild", "hello", "--recipe", folder, check=1)
    assert "  files: hello is not what it was\n" in refused.stderr
    text = (folder / "recipe.yaml").read_text()
    (folder / "recipe.yaml").write_text(text.replace("A greeting", "Another greeting"))
    refused = hello("rebuild", "hello", "--recipe", folder, check=1)
    assert "not the recipe that hello:1.0-1 was made from" in refused.stderr
    assert refused.stderr.count("sha256:") == 2
    assert "check out the commit" in refused.stderr
    assert " base " not in refused.stderr


@pytest.mark.long
def test_a_lock_that_was_written_since_is_no_other_image(certify):
    folder = certify.recipe("later", "tests: [{run: 'true'}]\n")
    certify("ship", folder, check=0)
    certify("lock", folder, check=0)
    done = certify("rebuild", "later", check=0)
    assert "note: recipe.lock was written since" in done.stderr


def test_an_image_that_was_only_examined_cannot_be_rebuilt(certify):
    folder = certify.recipe("examined", "tests: [{run: 'true'}]\n")
    certify("build", folder, check=0)
    out = certify.folder / "out" / "examined" / "1-1"
    certify("attest", out, "--recipe", folder, check=0)
    certify("publish", out, "--recipe", folder, check=0)
    refused = certify("rebuild", "examined", check=1)
    assert "nobody says what it was made of" in refused.stderr


@pytest.mark.long
def test_parents_and_stages_are_rebuilt_with_it(certify):
    certify.recipe("parent", "steps: [{run: 'mkdir -p /opt/parent && echo p > /opt/parent/file'}]\n")
    child = certify.recipe("child", "stages:\n  make:\n    base: {debian: bookworm}\n    steps: [{run: echo made > /opt/made}]\n"
                           "copy: [{from: make, path: /opt/made, to: /opt/made}]\n")
    path = child / "recipe.yaml"
    path.write_text(path.read_text().replace("{debian: bookworm}\nstages", "{recipe: parent}\nstages"))
    certify("ship", child, check=0)
    done = certify("rebuild", "child", check=0)
    assert "parent: base" in done.stderr
    parent = certify.folder / "recipes" / "parent" / "recipe.yaml"
    parent.write_text(parent.read_text().replace("echo p", "echo q"))
    refused = certify("rebuild", "child", check=1)
    assert "it may be: recipe parent or its files" in refused.stderr


@pytest.mark.long
def test_another_packer_is_told_and_so_is_that_only_the_packing_differs(hello, repository):
    """The packer of this test says that it is another one, and packs in smaller blocks."""
    real, fake = hello.folder / "mksquashfs.real", hello.folder / "mksquashfs.fake"
    shutil.copy2(str(shutil.which("mksquashfs")), real)
    fake.write_text(f'#!/bin/sh\n[ "$1" = -version ] && echo "mksquashfs version 99" && exit\nexec {real} "$@" -b 16384\n')
    fake.chmod(0o755)
    recipe = repository / "recipes" / "hello"
    command = f"mount --bind {fake} {shutil.which('mksquashfs')} && exec certify rebuild hello --recipe {recipe}"
    path = f"{repository}/.venv/bin:{hello.env['PATH']}"
    done = subprocess.run(["unshare", "--mount", "sh", "-c", command], env={**hello.env, "PATH": path}, cwd=hello.folder,
                          capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert "note: another mksquashfs may make other bytes; here: mksquashfs version 99; published: mksquashfs" in done.stderr
    assert "the same files in another squashfs" in done.stdout
    assert "here it is mksquashfs version 99" in done.stdout


def test_ctrl_c_ends_all(hello, repository, leftovers):
    before = leftovers()
    process = hello.start("rebuild", "hello", "--recipe", repository / "recipes" / "hello")
    while " resolve " not in process.stderr.readline():
        assert process.poll() is None
    time.sleep(2)       # the base is being made
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert "nothing is left running or mounted" in err
    assert leftovers() == before


def packed(folder, name, pseudo=(), fill=lambda tree: None):
    """A squashfs, with pseudo files by which nothing of this machine is touched."""
    tree, image = folder / f"{name}.tree", folder / f"{name}.squashfs"
    tree.mkdir()
    fill(tree)
    subprocess.run(["mksquashfs", tree, image, "-quiet", "-no-progress", *(word for one in pseudo for word in ("-p", one))],
                   check=True, capture_output=True)
    return image


def compared(first, second):
    with first.open("rb") as one, second.open("rb") as other:
        return comparing.compare(one.fileno(), other.fileno())


def test_hostile_images_are_compared_without_touching_this_machine(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("first")

    def links(tree):
        for name, target in (("out", secret), ("up", "../../../../../.." + str(secret)), ("loop", "loop"), ("folder", tmp_path)):
            (tree / name).symlink_to(target)
        (tree / "closed").write_text("a")
        (tree / "closed").chmod(0)

    def others(tree):
        links(tree)
        (tree / "out").unlink()
        (tree / "out").write_text("first")
        (tree / "closed").write_text("b")
        (tree / os.fsdecode(b"\xff\n\x1b[31m")).mkdir()

    first = packed(tmp_path, "first", ("disk b 666 0 0 1 0", "zero c 666 0 0 1 5"), links)
    second = packed(tmp_path, "second", ("disk b 666 0 0 1 1", "zero c 666 0 0 1 5"), others)
    found = compared(first, second)
    assert {(one.path, one.kind) for one in found.differences} == {
        ("/out", "type"), ("/closed", "content"), ("/disk", "device"), ("/\udcff\n\x1b[31m", "extra")}
    assert found.kinds == {"type": 1, "content": 1, "device": 1, "extra": 1}
    assert not compared(first, first).count


def test_an_image_that_cannot_be_read_is_a_fault_and_no_equality(tmp_path):
    whole = packed(tmp_path, "whole", fill=lambda tree: (tree / "file").write_bytes(os.urandom(1 << 20)))
    broken = tmp_path / "broken.squashfs"
    for data in (b"", b"no squashfs", whole.read_bytes()[:4096], whole.read_bytes()[:200] + bytes(8 << 10)):
        broken.write_bytes(data)
        with pytest.raises(Fault):
            compared(whole, broken)
    assert Path("/mnt").exists()

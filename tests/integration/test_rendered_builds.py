"""A rendered Containerfile, built by plain buildah, gives the tree of our own build: nobody is locked in."""

from __future__ import annotations

import hashlib
import http.server
import io
import json
import subprocess
import tarfile
import threading
from functools import partial
from pathlib import Path

import pytest

from builder import rootfs
from builder.rootfs import Root, tree_digest

HELLO = Path(__file__).parents[2] / "recipes" / "hello"

STAGES = """\
packages: {{apt: [python3-minimal, openssh-server]}}
env: {{OWN: "a $HOME 'b' \\"c\\"", PATH: "/opt/a b/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/bin"}}
entrypoint: [sh, -c, "echo $OWN"]
stages:
  scratch:
    sources: [{{url: "{url}", sha256: {sha256}, unpack: /src}}]
    steps:
      - run: |
          mkdir -p /made/lib; cp -r /src/d /made/lib; ln -s lib/d/data /made/link; ln /made/lib/d/data /made/hard
          chmod 4750 /made/lib/d/data; mkfifo /made/fifo; env | sort | grep -v ^_= > /made/env
          echo 1 > '/made/a[1]'; echo 2 > /made/a1
sources: [{{url: "{url}", sha256: {sha256}, to: "/opt/a b/$HOME 'x'.tar"}}]
files:
  - {{from: data, to: "/opt/a b/data"}}
  - {{from: data/tool, to: /opt/tool, mode: "0750"}}
copy:
  - {{from: scratch, path: /made, to: /opt/made}}
  - {{from: scratch, path: /made/link, to: /opt/linked}}
steps:
  - name: "all # that is \\\\"
    env: {{STEP: "1 $OWN \\"q\\" \\\\x"}}
    run: |
      # a comment first, and an empty line

        # indented
      env | sort | grep -v ^_= > /opt/env
      cat > /opt/here <<EOF
      # $OWN ${{STEP}} \\
      \ttab "q" 'q' $(echo x)
      EOF
      printf '%s\\n' "a\\\\b" >> /opt/here
      mkdir -p /usr/lib/python3/dist-packages /tmp/x /root/.cache
      echo 'x = 1' > /usr/lib/python3/dist-packages/mine.py
      date | tee /var/log/x /run/x /root/.cache/x /etc/machine-id
      ssh-keygen -A; useradd -m somebody
  - {{name: second, run: "python3 -c 'import mine'; cp -r /usr/lib/python3/dist-packages /opt/other; echo >> /usr/bin/perl"}}
"""


@pytest.fixture
def buildah(tmp_path):
    """Plain buildah with a storage of its own, taken away again."""
    storage = ("buildah", "--root", tmp_path / "root", "--runroot", tmp_path / "runroot", "--storage-driver", "vfs")

    def call(*words):
        done = subprocess.run([*map(str, storage), *map(str, words)], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
        return done.stdout

    yield call
    call("rm", "--all")
    call("rmi", "--all", "--force")


@pytest.fixture
def rebuilt(certify, buildah):
    """Build a recipe by its rendered context, without network; gives the tree, and the image's settings."""

    def make(recipe, tag, folder):
        certify("render", recipe, "--context", folder, check=0)
        buildah("build", "--network", "none", "--tag", tag, folder)
        buildah("from", "--name", "made", tag)
        settings = json.loads(buildah("inspect", "--type", "image", tag))["OCIv1"]["config"]
        return Path(buildah("mount", "made").strip()), settings

    return make


@pytest.fixture
def address(tmp_path):
    """A source on a server of this machine: its address and its sha256."""
    with tarfile.open(tmp_path / "source.tar.gz", "w:gz") as archive:
        info = tarfile.TarInfo("top-1.0/d/data")
        info.size = 4
        archive.addfile(info, io.BytesIO(b"data"))
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        digest = hashlib.sha256((tmp_path / "source.tar.gz").read_bytes()).hexdigest()
        yield {"url": f"http://127.0.0.1:{server.server_port}/source.tar.gz", "sha256": digest}
        server.shutdown()


def record_of(certify, recipe):
    [built] = [one for one in certify.json("build", recipe) if one["name"] == recipe.name]     # its parents are built first
    folder = certify.folder / built["folder"]
    return json.loads((folder / "build.json").read_text()), folder / "image.squashfs"


def differences(tree, image, work):
    """What differs between a tree and an image, to be told if something does."""
    subprocess.run(["unsquashfs", "-q", "-n", "-d", work, image], check=True, capture_output=True)
    one, other = ({path: rootfs._line(root, path, status) for path, status in root.walk()} for root in (Root(tree), Root(work)))
    return [f"{one.get(path)} <> {other.get(path)}" for path in sorted({*one, *other}) if one.get(path) != other.get(path)]


@pytest.mark.long
def test_hello_is_the_same_by_plain_buildah(certify, rebuilt, tmp_path):
    record, image = record_of(certify, HELLO)
    tree, settings = rebuilt(HELLO, "hello:1.0-1", tmp_path / "context")
    assert tree_digest(Root(tree)) == record["tree"], differences(tree, image, tmp_path / "unpacked")
    assert settings["Env"] == ["PATH=/opt/hello/bin:/usr/bin:/bin"]
    assert settings["Entrypoint"] == ["hello"]
    shown = certify("render", HELLO, check=0).stdout
    assert shown == (tmp_path / "context" / "Containerfile").read_text()


def test_stages_sources_parents_and_hostile_names_are_the_same(certify, rebuilt, address, tmp_path):
    below = certify.recipe("below", STAGES.format(**address), {"data/tool": "#!/bin/sh\n", "data/sub/m.py": "y = 2\n"})
    (below / "data/link").symlink_to("sub/m.py")
    above = certify.recipe("above", "packages: {apt: [less]}\nsteps: [{run: 'less -V > /opt/less; echo >> /opt/made/a1'}]\n"
                                    "stages: {scratch: {steps: [{run: echo 1 > /one}]}}\ncopy: [{from: scratch, path: /one}]\n")
    text = (above / "recipe.yaml").read_text().replace("base: {debian: bookworm}", "base: {recipe: below}")
    (above / "recipe.yaml").write_text(text)
    record, image = record_of(certify, above)
    tree, settings = rebuilt(above, "above:1-1", tmp_path / "context")
    assert tree_digest(Root(tree)) == record["tree"], differences(tree, image, tmp_path / "unpacked")
    assert "OWN=a $HOME 'b' \"c\"" in settings["Env"]
    assert "Entrypoint" not in settings


def test_a_context_is_the_same_every_time_and_never_written_over(certify, tmp_path):
    for name in ("one", "two"):
        certify("render", HELLO, "--context", tmp_path / name, check=0)
    done = subprocess.run(["diff", "--recursive", "--no-dereference", tmp_path / "one", tmp_path / "two"], capture_output=True)
    assert done.returncode == 0, done.stdout
    assert "not empty" in certify("render", HELLO, "--context", tmp_path / "one", check=2).stderr


def test_an_ordinary_user_sees_the_containerfile(certify):
    assert certify("render", HELLO, user=65534, check=0).stdout.startswith("# The recipe of hello:1.0-1")

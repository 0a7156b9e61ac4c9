"""Full disks, lost networks, lying mirrors, steps that fork for ever: a clear error, and nothing stays."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from luck import PYTHON, REPOSITORY, Place, place, shared

from builder import cgroup, mirrors

__all__ = ["place", "shared"]


# --- a full disk


@contextmanager
def small_disk(megabytes):
    """A file system of that size, with a cache in it that has the packages; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="unlucky-disk-") as folder:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "none", folder], check=True)
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)


def with_packages(cache, names=None):
    """Packages copied, as hard links do not reach another file system."""
    (cache / "debs").mkdir(parents=True, mode=0o700, exist_ok=True)
    cache.chmod(0o700)
    for deb in (REPOSITORY / "out" / "test-cache" / "debs").iterdir():
        if names is None or deb.name in names:
            (cache / "debs" / deb.name).write_bytes(deb.read_bytes())


def used(shared):
    """The packages of the plain base, by their hash."""
    record = json.loads((shared.out("warm") / "build.json").read_text())
    return {one["sha256"] for one in record["packages"]}


def test_room_for_the_base_is_asked_for_before_it_is_made(make_certify, shared):
    with small_disk(300) as disk:
        with_packages(disk / "cache", used(shared))
        other = Place(shared.certify, disk / "cache")
        done = other("build", other.certify.recipe("roomless", PYTHON), check=3)
        assert re.search(r"about \d+ MB are needed to unpack \d+ packages, \d+ MB are free", done.stderr), done.stderr
        assert str(disk) in done.stderr
        assert "CERTIFY_CACHE" in done.stderr
        assert other.left() == []
        assert other.clean() == []
        assert other.layers() == set()


@pytest.mark.long
@pytest.mark.parametrize("megabytes", [1, 30])
def test_a_disk_without_room_for_the_packages_is_named(make_certify, shared, megabytes):
    with small_disk(megabytes) as disk:
        other = Place(shared.certify, disk / "cache")
        done = other("build", other.certify.recipe("roomless", ""), check=3)
        assert str(disk) in done.stderr
        assert re.search("are needed for the package index|is full", done.stderr), done.stderr
        assert "Traceback" not in done.stderr
        assert "bug" not in done.stderr
        assert other.left() == []
        assert other.clean() == []
        for deb in (disk / "cache" / "debs").glob("*"):
            assert hashlib.sha256(deb.read_bytes()).hexdigest() == deb.name


FULL = {
    "a step": ("head -c 900000000 /dev/urandom > /opt/big", "step"),
    "many files": ("mkdir /opt/d; cd /opt/d; for i in $(seq 1 400000); do echo $i > $i; done", "step"),
    "packing": ("head -c 160000000 /dev/urandom > /opt/big", "squashfs"),
}


@pytest.mark.long
@pytest.mark.parametrize("name", FULL)
def test_a_disk_that_is_full_is_named_and_the_next_build_is_right(shared, name):
    step, where = FULL[name]
    image = f"filling-{where}-{len(step)}"
    with small_disk(480) as disk:
        with_packages(disk / "cache", ())
        subprocess.run(["cp", "-a", shared.cache / "layers", disk / "cache" / "layers"], check=True)
        other = Place(shared.certify, disk / "cache")
        recipe = other.certify.recipe(image, PYTHON + f"steps: [{{name: fill, run: '{step}'}}]\n")
        done = other("build", recipe, check=3)
        assert re.search(f"the disk of {disk}.* is full|{disk}\\S*: about .* are needed", done.stderr), done.stderr
        assert not (other.out(image) / "image.squashfs").exists()
        assert other.left() == []
        assert other.clean() == []
        if where == "step":
            recipe = other.certify.recipe(image, PYTHON + "steps: [{name: fill, run: echo little > /opt/little}]\n")
            other("build", recipe, check=0)


@pytest.mark.long
def test_a_full_disk_where_the_image_is_handed_over_is_named(place):
    recipe = place.certify.recipe("handed", PYTHON)
    with small_disk(20) as disk:
        done = place("build", recipe, "--out", disk / "out")
        assert done.returncode == 3, done.stderr
        assert str(disk) in done.stderr
        there = {path.name for path in (disk / "out" / "handed" / "1-1").iterdir()}
        assert there <= {"build.log", "steps.json", "Containerfile"}


def test_a_log_that_finds_no_room_is_named(place):
    recipe = place.certify.recipe("logging", PYTHON + "steps: [{run: head -c 9000000 /dev/urandom | od -An -v -tx1}]\n")
    with small_disk(1) as disk:
        done = place("build", recipe, "--out", disk / "out")
        assert done.returncode == 3, done.stderr
        assert str(disk) in done.stderr
        assert "Traceback" not in done.stderr


# --- a lost network, and mirrors that lie


class Mirror(BaseHTTPRequestHandler):
    """Debian's archive, fetched on from the real one, with one fault."""

    protocol_version = "HTTP/1.1"
    origin = ""
    fault, where = "", "$^"

    def do_GET(self):
        try:
            with urllib.request.urlopen(f"{self.origin}{self.path.removeprefix('/debian')}", timeout=60) as answer:
                data = answer.read()
        except urllib.error.HTTPError as error:
            self.send_error(error.code)
            return
        faulty = bool(re.search(self.where, self.path))
        if faulty and self.fault == "closes":
            self.close_connection = True
            return
        if faulty and self.fault == "lies":
            data = data[:-1] + bytes([data[-1] ^ 1])
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[:len(data) // 2] if faulty and self.fault == "truncates" else data)
        if faulty and self.fault == "truncates":
            self.close_connection = True

    def log_message(self, *args):
        pass


@contextmanager
def served(handler):
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.long
@pytest.mark.parametrize(("fault", "where", "word"), [
    ("lies", r"/hello_.*\.deb$", r"hello_.*deb"), ("truncates", r"/hello_.*\.deb$", r"hello_.*deb"),
    ("closes", r"/hello_.*\.deb$", r"hello_.*deb"), ("lies", "/by-hash/|/Packages", "Hash Sum|Packages"),
    ("closes", "InRelease", "InRelease")])
def test_a_mirror_that_lies_or_hangs_up_is_told_with_the_package(place, fault, where, word):
    origin = mirrors.machine_mirrors().get("debian") or mirrors.MIRROR
    handler = type("Faulty", (Mirror,), {"origin": origin, "fault": fault, "where": where})
    before = set((place.cache / "debs").iterdir())
    with served(handler) as address:
        recipe = place.certify.recipe("lied", "packages: {apt: [hello]}\n")
        text = (recipe / "recipe.yaml").read_text()
        (recipe / "recipe.yaml").write_text(text.replace(
            "base: {debian: bookworm}", f"base: {{debian: {{suite: bookworm, mirror: '{address}/debian'}}}}"))
        done = place("build", recipe)
        assert done.returncode == 3, done.stderr
        assert re.search(word, done.stderr), done.stderr
        assert "Traceback" not in done.stderr
        assert set((place.cache / "debs").iterdir()) - before == set()


def test_without_a_network_it_says_what_could_not_be_fetched(place):
    process = place.start("build", place.certify.recipe("alone", ""), prefix=("unshare", "--net"))
    _, said = process.communicate(timeout=120)
    assert process.returncode == 3, said
    assert "the package index of Debian bookworm cannot be fetched" in said
    assert "network" in said


class Source(BaseHTTPRequestHandler):
    """A file of which only half comes, or none, or another one."""

    def do_GET(self):
        if "closes" in self.path:
            return
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"x" * (500 if "truncates" in self.path else 1000))

    def log_message(self, *args):
        pass


@pytest.mark.parametrize(("fault", "code", "word"), [("closes", 3, "connection|closed"), ("truncates", 3, "too early|500"),
                                                     ("lies", 1, "its sha256 is")])
def test_a_source_that_does_not_come_whole_is_named(place, fault, code, word):
    with served(Source) as address:
        url = f"{address}/{fault}"
        recipe = place.certify.recipe("sourced", PYTHON + f"sources: [{{url: '{url}', sha256: '{'3' * 64}', to: /opt/x}}]\n")
        done = place("build", recipe)
        assert done.returncode == code, done.stderr
        assert url in done.stderr
        assert re.search(word, done.stderr)
        assert list((place.cache / "sources").iterdir()) == []


@pytest.mark.long
def test_an_index_of_wheels_that_lies_is_told_with_the_wheel(place):
    wheel = b"PK\x05\x06" + b"\0" * 18

    class Index(BaseHTTPRequestHandler):
        def do_GET(self):
            page = self.path.endswith("/unlucky/")
            data = b"<a href='unlucky-1.0-py3-none-any.whl'>unlucky-1.0-py3-none-any.whl</a>" if page else wheel
            self.send_response(200 if page or self.path.endswith(".whl") else 404)
            self.send_header("Content-Type", "text/html" if page else "application/octet-stream")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args):
            pass

    with served(Index) as address:
        text = "packages: {apt: [python3, python3-venv], pip: {requirements: r.txt, venv: /opt/v}}\n"
        recipe = place.certify.recipe("wheeled", text, {"r.txt": f"unlucky==1.0 --hash=sha256:{'4' * 64}\n"})
        done = place.with_env(PIP_EXTRA_INDEX_URL=f"{address}/simple")("build", recipe)
        assert done.returncode == 1, done.stderr
        assert "unlucky" in done.stderr
        assert not [path for path in (place.cache / "wheels").rglob("*") if "unlucky" in path.name]


# --- steps that fork for ever


BOMBS = {
    "shell": ":(){ :|:& };:; wait; sleep 30",
    "shell for ever": "bomb() { while true; do bomb & done; }; bomb",
    "python": "python3 -c 'import os\nwhile True:\n    try: os.fork()\n    except OSError: pass\n'",
    "sleepers": "python3 -c 'import os, time\nwhile True:\n    try:\n        if os.fork() == 0: time.sleep(9999)\n"
                "    except OSError: time.sleep(1)\n'",
}


@pytest.mark.parametrize("kind", [pytest.param(one, marks=[pytest.mark.long] * bool(nth)) for nth, one in enumerate(BOMBS)])
def test_a_step_that_forks_for_ever_ends(place, kind):
    run = "\n".join(f"      {line}" for line in BOMBS[kind].splitlines())
    text = f"steps:\n  - run: echo the limits are to last\n  - name: bomb\n    run: |\n{run}\n"
    recipe = place.certify.recipe("bomb", PYTHON + text)
    begin = time.monotonic()
    process = place.start("build", recipe)
    most = 0
    while process.poll() is None:
        most = max(most, *map(cgroup.number, (group / "pids.current" for group in place.groups())), 0)
        assert time.monotonic() - begin < 150
        time.sleep(0.2)
    _, said = process.communicate()
    assert most <= 4096
    assert process.returncode in (0, 1), said
    if process.returncode == 1:
        assert "step 'bomb' failed" in said
    if kind == "sleepers":
        assert "ended here: it had about" in said
    assert "Traceback" not in said.replace("Traceback (most recent call last):\n  |   File \"<string>\"", "")

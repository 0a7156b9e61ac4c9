"""What a recipe names on the network arrives by its hash or not at all, from a real server."""

from __future__ import annotations

import hashlib
import os
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from builder import fetch, process, wheels
from builder.errors import Error, Fault
from builder.recipe.model import Source, Wheels

DATA = b"x" * 100_000


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append(self.path)
        self.close_connection = True
        if self.path == "/missing":
            self.send_error(404)
            return
        self.send_response(200)
        if self.path == "/cut-chunk":
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(len(DATA)))
        self.end_headers()
        self.wfile.write({"/cut": DATA[:10], "/cut-chunk": b"ff\r\nshort"}.get(self.path, DATA))

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def running():
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def server(running, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    running.asked = []
    return running


@pytest.fixture
def store(tmp_path):
    for name in ("store", "work"):
        (tmp_path / name).mkdir()
    return tmp_path / "store"


@pytest.fixture
def fetched(server, store):
    def get(path, data=DATA):
        url = f"http://127.0.0.1:{server.server_port}{path}"
        wanted = Source(url=url, sha256=hashlib.sha256(data).hexdigest(), to="/x")
        return fetch.source(wanted, store, store.with_name("work"), lambda line: None)
    return get


def test_a_source_is_stored_by_its_hash(fetched, store):
    path = fetched("/file")
    assert path.read_bytes() == DATA
    assert list(store.iterdir()) == [store / hashlib.sha256(DATA).hexdigest()]
    assert list(store.with_name("work").iterdir()) == []


def test_what_is_in_the_store_is_not_fetched_again(fetched, server):
    assert fetched("/file") == fetched("/another-address")
    assert server.asked == ["/file"]


def test_other_bytes_are_a_fault_that_tells_both_hashes_and_never_enter_the_store(fetched, store):
    with pytest.raises(Fault) as caught:
        fetched("/file", data=b"something else")
    assert hashlib.sha256(DATA).hexdigest() in caught.value.message
    assert hashlib.sha256(b"something else").hexdigest() in caught.value.message
    assert list(store.iterdir()) == []


@pytest.mark.parametrize("path", ["/missing", "/cut", "/cut-chunk"])
def test_a_failing_server_is_no_fault_of_the_recipe_and_stores_nothing(fetched, store, path):
    with pytest.raises(Error, match=f"http://127.0.0.1:[0-9]+{path}: ") as caught:
        fetched(path)
    assert caught.value.exit_code == 3
    assert list(store.iterdir()) == []


def test_a_server_that_is_not_there_is_an_error_of_the_machine(store, server):
    wanted = Source(url="http://127.0.0.1:1/x", sha256="0" * 64, to="/x")
    with pytest.raises(Error) as caught:
        fetch.source(wanted, store, store.with_name("work"), lambda line: None)
    assert caught.value.exit_code == 3


def test_a_server_that_never_ends_is_stopped(fetched, store, monkeypatch):
    monkeypatch.setattr(fetch, "_MAX_BYTES", 1000)
    with pytest.raises(Error, match="more than"):
        fetched("/file")
    assert list(store.iterdir()) == []


@pytest.fixture
def wheels_of(recipe, store, monkeypatch):
    """Fetch the wheels of a recipe, where the download makes a file and then something happens."""
    (recipe.folder / "r.txt").write_text(f"a==1 --hash=sha256:{'0' * 64}\n")

    def get(meanwhile=lambda: None):
        def download(lines, folder, wanted, outside):
            (folder / "requirements.txt").write_text("".join(lines))
            meanwhile()

        monkeypatch.setattr(wheels, "_download", download)
        (store / "wheels").mkdir(exist_ok=True)
        work = store / f"work-{len(list(store.iterdir()))}"
        work.mkdir()
        wanted = wheels.Target(python="3.11", platforms=())
        return wheels.fetch(Wheels(requirements="r.txt", venv="/opt/v"), recipe.folder, wanted, store, work)
    return get


def test_wheels_are_fetched_once_for_the_same_requirements(wheels_of):
    first = wheels_of()
    assert [path.name for path in first.iterdir()] == ["requirements.txt"]
    assert wheels_of(meanwhile=lambda: pytest.fail("fetched again")) == first


def test_two_builds_that_fetch_the_same_wheels_at_once_both_get_them(wheels_of):
    raced = []
    found = wheels_of(meanwhile=lambda: raced or [raced.append(True), wheels_of()])
    assert [path.name for path in found.iterdir()] == ["requirements.txt"]


def test_a_failed_fetch_of_wheels_leaves_nothing_in_the_cache(wheels_of, store):
    with pytest.raises(ZeroDivisionError):
        wheels_of(meanwhile=lambda: 1 / 0)
    assert list((store / "wheels").iterdir()) == []


@pytest.fixture
def packed(tmp_path, monkeypatch):
    """A wheel in a folder that takes the place of the network, and the folder it is fetched into; gives its pinned line."""
    monkeypatch.setattr(os, "environ", {name: value for name, value in os.environ.items() if not name.startswith("PIP_")} | {
        "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path / "index"), "PIP_CONFIG_FILE": os.devnull})
    for name in ("index", "wheels"):
        (tmp_path / name).mkdir()
    path = tmp_path / "index/tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        archive.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("tiny-1.0.dist-info/RECORD", "")
    return f"tiny==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def test_nothing_beside_the_caller_is_run_or_taken_by_pip(packed, tmp_path, monkeypatch):
    """The caller's folder is the recipes' repository."""
    repository = tmp_path / "repository"
    (repository / "pip").mkdir(parents=True)
    planted = f"import pathlib\npathlib.Path({str(tmp_path / 'was-run')!r}).touch()\n"
    for name in ("pip.py", "pip/__init__.py", "pip/__main__.py", "zipfile.py", "sitecustomize.py", "usercustomize.py"):
        (repository / name).write_text(planted)
    for name in ("tiny==1.0", "requirements.txt", "pip.conf"):
        (repository / name).write_text("--index-url https://evil.invalid\n")
    monkeypatch.chdir(repository)
    for name in ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP"):
        monkeypatch.setitem(os.environ, name, str(repository))
    wheels._download([packed], tmp_path / "wheels", wheels.Target(python="3.11", platforms=()))
    assert sorted(path.name for path in (tmp_path / "wheels").iterdir()) == ["requirements.txt", "tiny-1.0-py3-none-any.whl"]
    assert not (tmp_path / "was-run").exists()


def test_a_wheel_with_another_hash_is_a_fault(packed, tmp_path):
    with pytest.raises(Fault, match=r"^packages\.pip: "):
        wheels._download([packed[:-1] + ("0" if packed[-1] != "0" else "1")], tmp_path / "wheels",
                         wheels.Target(python="3.11", platforms=()))


def test_pip_runs_in_the_folder_it_fills_and_may_leave_only_wheels_there(packed, tmp_path, monkeypatch):
    def run(argv, *, env, cwd):
        ran.append((argv[:2], cwd))
        (cwd / "tiny-1.0.zip").touch()

    ran = []
    monkeypatch.setattr(process, "run", run)
    with pytest.raises(Fault, match=r"tiny-1\.0\.zip is not a wheel"):
        wheels._download([packed], tmp_path / "wheels", wheels.Target(python="3.11", platforms=()))
    assert ran == [((sys.executable, "-I"), tmp_path / "wheels")]

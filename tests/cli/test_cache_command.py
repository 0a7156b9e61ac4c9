"""certify cache as people call it: what is kept, what would go, and that it goes."""

from __future__ import annotations

import fcntl
import json
import os
import time

import pytest


@pytest.fixture
def cache(tmp_path):
    """A cache with three packages of a MiB, each used a day before the last."""
    folder = tmp_path / "cache"
    for name in ("debs", "layers"):
        (folder / name).mkdir(parents=True, mode=0o700)
    folder.chmod(0o700)
    for days in range(3):
        path = folder / "debs" / f"{days:064}"
        path.write_bytes(os.urandom(1 << 20))
        os.utime(path, (time.time() - days * 86_400, 1))
    return folder


@pytest.fixture
def called(certify, cache):
    return lambda *words, **given: certify("cache", *words, CERTIFY_CACHE=str(cache), PATH=os.environ["PATH"], **given)


def results(done):
    document = json.loads(done.stdout)
    assert document["version"] == 1
    return document["results"]


def test_ls_shows_every_kind_with_its_size_and_limit(called, cache):
    rows = {row["kind"]: row for row in results(called("ls", "--format", "json"))}
    assert list(rows) == ["layers", "debs", "rpms", "images", "sources", "wheels", "records"]
    assert rows["debs"] == {"cache": str(cache), "kind": "debs", "count": 3, "size": 3 << 20,
                            "limit": 40_000_000_000, "shared": True}
    text = called("ls", CERTIFY_CACHE_LIMIT="7").stdout
    assert "layers" in text
    assert "of 7.0 GB" in text
    assert "of 40 GB together" in text


def test_prune_shows_what_would_go_and_does_it_only_when_told(called, cache):
    shown = called("prune", "--downloads", "0.0025")
    assert "would free 1.0 MB; --apply does it" in shown.stdout
    assert shown.stdout.startswith("debs ")
    assert len(list((cache / "debs").iterdir())) == 3
    assert "freed 1.0 MB" in called("prune", "--downloads", "0.0025", "--apply").stdout
    assert sorted(path.name for path in (cache / "debs").iterdir()) == [f"{0:064}", f"{1:064}"]


def test_prune_in_json_tells_what_was_done(called):
    planned = results(called("prune", "--downloads", "0", "--format", "json"))
    done = results(called("prune", "--downloads", "0", "--apply", "--format", "json"))
    assert [one["what"] for one in done] == [f"{days:064}" for days in (2, 1, 0)]
    assert [{**one, "done": False} for one in done] == planned
    assert {one["kind"] for one in done} == {"debs"}


def test_what_was_used_in_the_grace_stays(called):
    assert len(results(called("prune", "--downloads", "0", "--grace", "36h", "--format", "json"))) == 1


def test_a_cache_in_use_is_not_pruned_and_says_so(called, cache):
    with (cache / "layers/.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        assert "a build uses it now" in called("prune", "--downloads", "0", "--apply", check=3).stderr
        assert len(results(called("prune", "--downloads", "0", "--format", "json"))) == 3


@pytest.mark.parametrize("words", [("prune", "--downloads", "much"), ("prune", "--layers", "-1"), ("prune", "--grace", "long"),
                                   ("clean",)])
def test_what_makes_no_sense_is_a_usage_error(called, words):
    called(*words, check=2)


def test_a_limit_that_is_no_number_is_named(called):
    assert "CERTIFY_CACHE_DOWNLOADS is 'x'" in called("ls", check=2, CERTIFY_CACHE_DOWNLOADS="x").stderr


def test_a_machine_without_a_cache_has_nothing_and_gets_none(certify, tmp_path):
    env = {"CERTIFY_CACHE": str(tmp_path / "none"), "PATH": os.environ["PATH"]}
    assert {row["size"] for row in results(certify("cache", "ls", "--format", "json", **env))} == {0}
    assert certify("cache", "prune", "--apply", **env).stdout == "freed 0 B\n"
    assert not (tmp_path / "none").exists()


def test_a_folder_that_is_no_cache_is_refused_and_stays_as_it_is(certify, tmp_path):
    (tmp_path / "sources").mkdir()
    for words in (("ls",), ("prune", "--downloads", "0", "--apply")):
        said = certify("cache", *words, check=3, CERTIFY_CACHE=str(tmp_path), PATH=os.environ["PATH"]).stderr
        assert "no build has made this folder" in said
    assert [path.name for path in tmp_path.iterdir()] == ["sources"]


def test_a_cache_that_others_may_write_is_not_believed(called, cache):
    cache.chmod(0o777)
    assert "writable by others" in called("prune", "--downloads", "0", "--apply", check=3).stderr
    assert len(list((cache / "debs").iterdir())) == 3

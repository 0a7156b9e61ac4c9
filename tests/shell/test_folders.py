"""Where the commands of a shell text run, and what their options leave for operands."""

from __future__ import annotations

import pytest

from certify.shell.destinations import destinations
from certify.shell.items import Command, Word
from certify.shell.options import arguments
from certify.shell.reader import read


def folders(text: str) -> list[str]:
    """Where each command ``here`` runs; ? where that is not told."""
    return ["|".join(item.folders).replace("\0", "?") for item in read(text) if isinstance(item, Command) and item.name == "here"]


@pytest.mark.parametrize(("text", "where"), [
    ("here", ["?"]),
    ("cd /a && here", ["/a"]),
    ("cd /a/../b/; cd c\nhere", ["/b/c"]),
    ("cd c && here", ["?"]),
    ("cd /a; (cd /b; here); here", ["/b", "/a"]),
    ("cd /a; x=$(cd /b && here); here", ["/b", "/a"]),
    ("cd /a; bash -c 'cd /b; here'; here", ["/b", "/a"]),
    ("cd /a; eval 'cd /b'; here", ["/b"]),
    ("cd /a; bash <<E\ncd /b\nhere\nE\nhere", ["/b", "/a"]),
    ("cd /a; { cd /b; here; }; here", ["/b", "/b"]),
    ("cd /a; cd /b | here; here", ["/b", "/a"]),
    ("cd /a; f() { here; cd /b; here; }; here", ["?", "/b", "/a"]),
    ("cd /a; if x; then cd /b; here; fi; here", ["/b", "?"]),
    ("cd /a; if x; then cd /b; else here; fi; here", ["/a", "?"]),
    ("cd /a; if x; then cd /b; elif y; then here; fi; here", ["/a", "?"]),
    ("cd /a; if x; then y; fi; here", ["/a"]),
    ("cd /a; case x in b) cd /b;; c) here;; esac; here", ["/a", "?"]),
    ("cd /a; for i in b c; do cd $i; here; cd ..; done; here", ["/a/b|/a/c", "/a"]),
    ("cd /a; while x; do cd b; here; done; here", ["/a/b", "?"]),
    ("cd /a || exit 1; here", ["/a"]),
    ("cd /a || cd /b; here", ["?"]),
    ("cd /a || { cd /b; }; here", ["?"]),
    ("cd /a && x || y; here", ["/a"]),
    ("pushd /a; pushd /b; here; popd; here", ["/b", "/a"]),
    ("cd /a; cd /b; cd -; here", ["/a"]),
    ("cd -P /a; here", ["/a"]),
    ("cd -- /a; here", ["/a"]),
    ("cd $(mktemp -d); here", ["?"]),
    ("cd /a/$x; here", ["/a/??"]),
    ("HOME=/h; cd; here", ["/h"]),
])
def test_where_a_command_runs(text, where):
    assert folders(text) == where


@pytest.mark.parametrize("text", ["cd /home/a && cp x $PWD/y", 'cd /home/a; cp x "$(pwd)/y"', "cd /home/a; cp x `pwd`/y",
                                  "cd /home; cp x a/y", "B=/home/a/; cp x ${B%/}/y", "cd /home/a; wget -q https://a.example/y",
                                  "put() { cp x $1; }; put /home/a/y", "cp x ~/y", "ln -s /home/a /opt/a; cp x /opt/a/y"])
def test_a_path_as_it_is_from_the_root(text):
    assert [found.path for found in destinations(text, {"HOME": "/home/a"})][-1] == "/home/a/y"


@pytest.mark.parametrize("text", ["cd /home && mkdir -m 755 /opt/x", "cd /home; wget -qO- https://a.example/x", "cd /home; wget -O - x",
                                  "cd /home; curl -o - https://a.example/x", "cd /home; rsync -a x host:/home/y", "cd /home; tar tf x.tar",
                                  "cd /home; tar -cf /opt/x.tar .", "cd /home; unzip -l x.zip", "cd /home; wget --spider https://a.example"])
def test_what_writes_nothing_there(text):
    assert not any(found.path.startswith("/home") for found in destinations(text))


@pytest.mark.parametrize(("text", "options", "flags", "operands"), [
    ("-t x a b", [("-t", "x")], set(), ["a", "b"]),
    ("-tx a", [("-t", "x")], set(), ["a"]),
    ("-at x a", [("-t", "x")], {"-a"}, ["a"]),
    ("a -atx", [("-t", "x")], {"-a"}, ["a"]),
    ("--into=x a", [("--into", "x")], set(), ["a"]),
    ("--into x a", [("--into", "x")], set(), ["a"]),
    ("--else=x a --into", [], {"--else", "--into"}, ["a"]),
    ("a -- -t b", [], set(), ["a", "-t", "b"]),
    ("- a", [], set(), ["-", "a"]),
    ("-t", [], {"-t"}, []),
])
def test_options_and_operands(text, options, flags, operands):
    words = [Word(values=(one,), start=0, end=0) for one in text.split()]
    given = arguments(words, "t into")
    assert [(name, word.value) for name, word in given.valued] == options
    assert (given.flags, [word.value for word in given.operands]) == (flags, operands)

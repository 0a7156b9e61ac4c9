"""What a word will be, as far as its text tells."""

from __future__ import annotations

import re

import pytest

from certify.shell.assignments import assignments
from certify.shell.destinations import destinations


def value(text: str, **known: str) -> str:
    """The last value that a text assigns, with ? for what is unknown."""
    return re.sub("\0+", "?", [*assignments(text, known)][-1].value)


@pytest.mark.parametrize(("word", "expected"), [
    ("/x", "/x"), ("'a b'", "a b"), ('"a b"', "a b"), ("a\\ b", "a b"), ('a"b"\'c\'d', "abcd"),
    ('"a\\"b\\$c\\x"', 'a"b$c\\x'), ("$'a\\tb\\x41\\u00e9\\101\\''", "a\tbAéA'"), ('$"text"', "text"),
    ('""', ""), ("''", ""), ("12", "12"), ("~/x", "~/x"), ('"a\\\nb"', "ab"),
    ("$K", "known"), ("${K}", "known"), ('"$K/x"', "known/x"), ("a${K}b", "aknownb"),
    ("$U", "?"), ("$U/x", "?/x"), ("/home/$U", "/home/?"), ("$(pwd)/x", "?/x"), ("`pwd`/x", "?/x"),
    ("$((1 + 2))", "?"),
    ("${U:-/x}", "/x"), ("${U-/x}", "/x"), ("${K:-/x}", "known"), ("${E:-/x}", "/x"), ("${E-/x}", ""),
    ("${U:+/x}", ""), ("${K:+/x}", "/x"), ("${E:+/x}", ""), ("${U:-$K/x}", "known/x"),
    ('"${U:-"a b"}"', "a b"),
    ("${HOME:-/x}", "?"), ("${K%n}", "?"), ("${#K}", "?"), ("${!K}", "?"), ("$1", "?"), ("$@", "?"),
    ("$?", "?"),
    ("${U:-${U:-${U:-/deep}}}", "/deep"),
])
def test_words(word, expected):
    assert value(f"x={word}", K="known", E="") == expected


@pytest.mark.parametrize(("text", "expected"), [
    ("a=1; b=$a", "1"), ("a=1; a=2; b=$a", "2"), ("a=$(x); b=$a", "?"), ("a=x; a+=y; b=$a", "xy"),
    ("read a; b=$a", "?"), ("printf -v a hello; b=$a", "hello"), ("printf -v a %s hello; b=$a", "hello"),
    ("printf -v a %d 1; b=$a", "?"), (": ${a:=1}; b=$a", "1"), ("a=2; : ${a:=1}; b=$a", "2"),
    ("a=1 b=2\nc=$a$b", "12"), ("a=1 b=2\nexport c=$a$b", "12"), ("declare -n r=a; r=1; b=$a", "1"),
    ("a=$a:1", ":1"), ("a=0; a=$a:1", ":1"),
])
def test_variables_in_the_order_of_the_text(text, expected):
    assert value(text) == expected


def test_a_loop_over_words_gives_each_of_them():
    found = assignments("for v in a b c; do export $v=1; done")
    assert [one.name for one in found if one.how == "export"] == ["a", "b", "c"]


def test_a_loop_over_many_words_is_not_followed():
    found = assignments(f"for v in {' '.join(f'v{number}' for number in range(40))}; do export $v=1; done")
    assert [one.name for one in found if one.how == "export"] == []


def test_values_grow_only_so_far():
    assert value("a=" + "x" * 500 + ";" + "a=b$a;" * 3 + "c=$a") in ("?", "b")
    assert len(value("a=" + "x" * 500 + "; b=$a$a$a$a$a$a$a$a")) == 1


@pytest.mark.parametrize(("text", "how"), [
    ("A=1", "plain"), ("A=1 cmd", "prefix"), ("env A=1 cmd", "env"), ("export A=1", "export"),
    ("local A=1", "local"),
    ("read A", "read"), ("printf -v A 1", "printf"), (": ${A:=1}", "default"),
    ("for A in 1; do :; done", "for"),
])
def test_an_assignment_tells_its_construct(text, how):
    assert [found.how for found in assignments(text)] == [how]


@pytest.mark.parametrize("wrapper",
                         ["sudo", "nice -n 5", "timeout 10s", "env -i A=b", "time", "exec", "xargs -n 1",
                                     "sudo -E env A=b nice", "sudo -u root",
                                     "env -u A -C /src", "xargs -I {}", "command", "find . -exec"])
def test_what_wrappers_run_is_read(wrapper):
    assert [found.path for found in destinations(f"{wrapper} mkdir /home/x")] == ["/home/x"]


def test_a_destination_tells_its_construct():
    kinds = [(found.what, found.prefix, found.folder) for found in destinations(
        "./configure --prefix=/a; make install DESTDIR=/b; cp a /c; mkdir /d; x > /e; tar xf a -C /f")]
    assert kinds == [("--prefix", True, False), ("DESTDIR", False, False), ("cp", False, False),
                     ("mkdir", False, True), (">", False, False), ("tar -C", False, False)]

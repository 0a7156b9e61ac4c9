"""The tree as it is shown, and the answer to a user."""

from __future__ import annotations

import pytest

from builder.errors import Error
from certify.linking.answer import explain
from certify.linking.drawing import lines
from certify.linking.model import Loaded, Step
from tests.elf.elf_maker import LOADER, elf, program


def test_the_tree_is_drawn_with_who_decided(image):
    image.add("/opt/a/liba.so", elf(["libb.so", "libnone.so"], runpath="$ORIGIN"))
    image.add("/opt/a/libb.so", elf(["libc.so"]))
    image.add("/usr/lib/libc.so", elf())
    image.add("/bin/prog", program(["liba.so", "libc.so"], rpath="/opt/a"))
    assert explain(image.tree(), "/bin/prog") == [
        "/bin/prog",
        "    liba.so => /opt/a/liba.so (RPATH of /bin/prog)",
        "        libb.so => /opt/a/libb.so (RUNPATH of /opt/a/liba.so)",
        "            libc.so => /usr/lib/libc.so (already loaded)",
        "        libnone.so => not found",
        "            looked into /opt/a, /lib/x86_64-linux-gnu, /usr/lib/x86_64-linux-gnu, /lib, /usr/lib",
        "    libc.so => /usr/lib/libc.so (default folder)",
        f"started by {LOADER}",
        "1 not found"]


def test_a_library_that_needs_itself_is_drawn_once(image):
    image.add("/usr/lib/liba.so", elf(["libb.so", "liba.so"], soname="liba.so"))
    image.add("/usr/lib/libb.so", elf(["liba.so"]))
    assert explain(image.tree(), "/usr/lib/liba.so") == [
        "/usr/lib/liba.so", "    libb.so => /usr/lib/libb.so (default folder)",
        "        liba.so => /usr/lib/liba.so (already loaded)", "    liba.so => /usr/lib/liba.so (already loaded)"]


def test_a_link_is_followed_and_the_sites_file_is_told(image):
    image.add("/opt/real", program(["libm.so"]))
    image.link("/bin/prog", "../opt/real")
    assert explain(image.tree(), "/bin/prog")[0] == "/opt/real"
    step = Step(needed="libm.so", by="/opt/real", found="/site/libm.so", how="LD_LIBRARY_PATH", of_site=True)
    assert list(lines(Loaded(path="/opt/real", steps=(step,))))[1] == "    libm.so => /site/libm.so (LD_LIBRARY_PATH, the site's)"


def test_hostile_names_do_not_reach_the_terminal(image):
    image.add("/opt/\x1b[31m\n/libx\u202e.so", elf())
    image.add("/prog", program([b"libx\xe2\x80\xae.so", b"\xff\x1b]0;x\x07\n"], runpath="/opt/\x1b[31m\n"))
    told = explain(image.tree(), "/prog")
    assert all(line.isprintable() for line in told)
    assert "    libx\\u202e.so => /opt/\\x1b[31m\\n/libx\\u202e.so (RUNPATH of /prog)" in told


def test_a_chain_of_thousands_is_drawn_without_recursion():
    steps = tuple(Step(needed=f"l{one}", by=f"/l{one - 1}", found=f"/l{one}", how="default folder") for one in range(1, 5000))
    drawn = list(lines(Loaded(path="/l0", steps=steps)))
    assert len(drawn) == 5000
    assert max(map(len, drawn)) < 300


def test_static_and_damaged_files_are_told(image):
    image.add("/static", elf(kind=2, dynamic=False))
    image.add("/damaged", program(["libx.so"])[:-60])
    assert explain(image.tree(), "/static") == ["/static", "linked statically: it loads nothing"]
    assert any(line.startswith("damaged: ") for line in explain(image.tree(), "/damaged"))


@pytest.mark.parametrize(("path", "said"), [
    ("/none", "no such file"), ("/script", "no ELF file"), ("/usr", "no such file"), ("x\n", "x\\n")])
def test_what_is_no_elf_is_an_error_with_a_hint(image, path, said):
    image.add("/script", "#!/bin/sh\n")
    with pytest.raises(Error, match="no ") as caught:
        explain(image.tree(), path)
    assert said in caught.value.message
    assert caught.value.hint

"""Our loader and the machine's own, asked the same about the same trees."""

from __future__ import annotations

import random
import subprocess

import pytest

from certify.linking.loader import Loader
from tests.elf.elf_maker import LOADER, elf, program
from tests.linking.conftest import LINE, agrees, how

MULTI = "/lib/x86_64-linux-gnu"


def test_a_name_with_a_slash_is_a_path(image):
    image.add("/opt/liba.so", elf())
    image.add("/opt/x/libb.so", elf())
    image.add("/opt/prog", program(["/opt/liba.so", "$ORIGIN/x/libb.so", "/opt/none.so"]))
    assert [path for _, path in image.pairs("/opt/prog")] == [path for _, path in image.ask("/opt/prog")]
    steps = image.load("/opt/prog").steps
    assert [(step.found, step.how) for step in steps] == [
        ("/opt/liba.so", "absolute path"), ("/opt/x/libb.so", "absolute path"), (None, "not found")]


def test_rpath_is_inherited_by_what_is_loaded(image):
    image.add("/opt/a/liba.so", elf(["libb.so"]))
    image.add("/opt/a/libb.so", elf())
    image.add("/prog", program(["liba.so"], rpath="/opt/a"))
    assert agrees(image)["libb.so"] == "/opt/a/libb.so"
    assert how(image, "libb.so") == ("/opt/a/libb.so", "RPATH of /prog")


def test_runpath_is_not_inherited(image):
    image.add("/opt/a/liba.so", elf(["libb.so"]))
    image.add("/opt/a/libb.so", elf())
    image.add("/prog", program(["liba.so"], runpath="/opt/a"))
    assert agrees(image)["libb.so"] is None
    assert how(image, "liba.so") == ("/opt/a/liba.so", "RUNPATH of /prog")
    assert how(image, "libb.so") == (None, "not found")


def test_an_object_with_a_runpath_uses_no_rpath_at_all(image):
    image.add("/opt/a/liba.so", elf(["libb.so"], runpath="/opt/none"))
    image.add("/opt/a/libb.so", elf())
    image.add("/prog", program(["liba.so"], rpath="/opt/a"))
    assert agrees(image)["libb.so"] is None


def test_a_runpath_in_between_hides_only_its_own_rpath(image):
    """prog (RPATH) -> liba (RPATH and RUNPATH) -> libb (nothing) -> libc: the program's RPATH still counts for libb."""
    image.add("/opt/a/liba.so", elf(["libb.so"], rpath="/opt/own", runpath="/opt/run"))
    image.add("/opt/run/libb.so", elf(["libx.so", "liby.so"]))
    image.add("/opt/own/libx.so", elf())
    image.add("/opt/a/liby.so", elf())
    image.add("/prog", program(["liba.so"], rpath="/opt/a"))
    assert agrees(image) == {"liba.so": "/opt/a/liba.so", "libb.so": "/opt/run/libb.so", "libx.so": None,
                             "liby.so": "/opt/a/liby.so"}
    assert how(image, "liby.so")[1] == "RPATH of /prog"


def test_the_chain_of_rpaths_is_gone_up_nearest_first(image):
    for folder in ("/opt/near", "/opt/far"):
        image.add(f"{folder}/libc.so", elf())
    image.add("/opt/far/liba.so", elf(["libb.so"], rpath="/opt/near"))
    image.add("/opt/near/libb.so", elf(["libc.so"]))
    image.add("/prog", program(["liba.so"], rpath="/opt/far"))
    assert agrees(image)["libc.so"] == "/opt/near/libc.so"
    assert how(image, "libc.so")[1] == "RPATH of /opt/far/liba.so"


@pytest.mark.parametrize(("kind", "winner"), [("rpath", "/opt/image"), ("runpath", "/opt/site")])
def test_rpath_beats_the_library_path_and_runpath_does_not(image, kind, winner):
    for folder in ("/opt/image", "/opt/site"):
        image.add(f"{folder}/libmpi.so.12", elf(soname="libmpi.so.12"))
    image.add("/prog", program(["libmpi.so.12"], **{kind: "/opt/image"}))
    assert agrees(image, library_path=["/opt/site"]) == {"libmpi.so.12": f"{winner}/libmpi.so.12"}


def test_origin_is_where_a_library_was_found_and_where_a_program_really_is(image):
    image.add("/opt/real/liba.so", elf(["libb.so"], runpath="$ORIGIN"))
    image.add("/opt/real/libb.so", elf())
    image.link("/opt/linked/liba.so", "../real/liba.so")
    image.add("/opt/real/bin/prog", program(["liba.so", "libc.so"], runpath="/opt/linked:${ORIGIN}/../inc"))
    image.add("/opt/real/inc/libc.so", elf())
    image.link("/prog", "/opt/real/bin/prog")
    found = agrees(image)
    assert found["libb.so"] is None      # not beside the link
    assert found["libc.so"] == "/opt/real/bin/../inc/libc.so"


def test_the_kernel_tells_a_program_its_real_path(image):
    """Not in a root of its own, where the loader could not ask the kernel."""
    top = image.top
    image.add("/real/prog", program(["libx.so"], runpath="$ORIGIN"))
    image.add("/real/libx.so", elf())
    image.link("/linked/prog", "../real/prog")
    said = subprocess.run([top / "linked/prog"], env={"LD_TRACE_LOADED_OBJECTS": "1"}, capture_output=True, text=True).stdout
    assert f"libx.so => {top}/real/libx.so" in said
    assert image.pairs("/linked/prog") == [("libx.so", "/real/libx.so")]


def test_the_programs_of_this_machine_are_linked_as_its_loader_does(machine):
    loader = Loader(machine)
    programs = [path for path, elf in machine.elves.items() if path.startswith("/usr/bin/") and elf.program and elf.needed]
    assert len(programs) > 50
    for path in random.Random(1).sample(programs, 20):
        real = {}
        said = subprocess.run([LOADER, "--list", path], capture_output=True, text=True, env={}).stdout
        for line in said.splitlines():
            name, target = LINE.fullmatch(line).group("name", "path")
            real |= {name: None if target == "not found" else target} if name else {}
        mine = {step.needed: step.found for step in loader.load(path).steps if step.how != "already loaded"}
        assert mine == {name: target for name, target in real.items() if target != LOADER}, path


@pytest.mark.parametrize("text", [
    "$ORIGINAL", "$ORIGIN_", "${ORIGIN", "$X/$ORIGIN", "$ORIGIN$LIB", "/a$ORIGIN", "$$ORIGIN", "$LIB"])
def test_tokens_are_known_by_their_whole_name(image, text):
    for place in ("/opt/o/liba.so", "/opt/o/$ORIGINAL/liba.so", "/opt/olib/x86_64-linux-gnu/liba.so", "/a/opt/o/liba.so"):
        image.add(place, elf())
    image.add("/opt/o/prog", program(["liba.so"], runpath=text))
    agrees(image, "/opt/o/prog")


def test_what_is_no_library_stops_the_loader(image):
    image.add("/opt/1/libx.so", b"GROUP ( libx.so.1 )" * 100)
    image.add("/opt/2/libx.so", elf())
    image.add("/prog", program(["libx.so"], runpath="/opt/1:/opt/2"))
    with pytest.raises(AssertionError, match="invalid ELF header"):
        image.ask()
    assert how(image, "libx.so") == (None, "no library: /opt/1/libx.so")


def test_what_is_loaded_is_not_looked_for_again_under_its_soname(image):
    image.add("/opt/a/libreal.so", elf(soname="libx.so.1"))
    image.add("/usr/lib/libx.so.1", elf(soname="libx.so.1"))
    image.add("/prog", program(["/opt/a/libreal.so", "libx.so.1"]))
    assert agrees(image) == {"/opt/a/libreal.so": "/opt/a/libreal.so"}
    assert how(image, "libx.so.1") == ("/opt/a/libreal.so", "already loaded")


def test_two_names_of_one_file_are_one_object(image):
    image.add("/usr/lib/liba.so.1.2", elf(["libz.so"]))
    image.link("/usr/lib/liba.so.1", "liba.so.1.2")
    image.link("/usr/lib/liba.so", "liba.so.1")
    image.add("/prog", program(["liba.so.1", "liba.so"]))
    agrees(image)
    assert [step.needed for step in image.load().steps] == ["liba.so.1", "liba.so", "libz.so"]


def test_the_order_is_breadth_first(image):
    image.add("/usr/lib/liba.so", elf(["libc.so"]))
    image.add("/usr/lib/libb.so", elf(["libd.so"]))
    for name in "cd":
        image.add(f"/usr/lib/lib{name}.so", elf(["liba.so"]))
    image.add("/prog", program(["liba.so", "libb.so"]))
    assert list(agrees(image)) == ["liba.so", "libb.so", "libc.so", "libd.so"]


def test_the_loader_itself_is_loaded_already(image):
    image.add("/prog", program(["ld-linux-x86-64.so.2", "linux-vdso.so.1"]))
    assert agrees(image) == {}
    assert [step.how for step in image.load().steps] == ["already loaded", "already loaded"]


@pytest.mark.parametrize("kind", ["rpath", "runpath"])
@pytest.mark.parametrize("text", ["", ":", ":/opt/a", "/opt/a/", "/opt/a//", "a", "//opt/a"])
def test_odd_run_paths_are_read_as_the_loader_does(image, kind, text):
    image.add("/opt/a/libx.so", elf())
    image.add("/prog", program(["libx.so"], **{kind: text}))
    mine, real = image.pairs(), image.ask()
    assert [path and path.replace("//", "/") for _, path in mine] == [path and path.replace("//", "/") for _, path in real]


LIBRARIES = [f"lib{number}.so" for number in range(6)]
FOLDERS = ["/opt/a", "/opt/b", "/opt/c", "/usr/lib", MULTI, "/opt/a/glibc-hwcaps/x86-64-v2", "/opt/listed"]
RUN_PATHS = [None, None, "/opt/a", "/opt/b:/opt/a", "$ORIGIN", "$ORIGIN/../b", "/opt/none:/opt/c", "/opt/link", "/opt/listed"]


def planted(image, chance):
    """A random tree of libraries that need each other, some of them twice, linked, or for another machine."""
    def some(**others):
        return {"needed": chance.sample(LIBRARIES, chance.randint(0, 3)), "rpath": chance.choice(RUN_PATHS),
                "runpath": chance.choice(RUN_PATHS), **others}
    for name in LIBRARIES:
        for folder in chance.sample(FOLDERS, chance.randint(0, 3)):
            others = {"machine": chance.choice([62] * 5 + [183]), "soname": chance.choice([None, name, chance.choice(LIBRARIES)]),
                      "flags_1": chance.choice([0] * 5 + [0x800])}
            image.add(f"{folder}/{name}", elf(**some(**others)))
    image.link("/opt/link", chance.choice(["/opt/a", "b", "/opt/none"]))
    image.link(f"/opt/c/{chance.choice(LIBRARIES)}.0", chance.choice(LIBRARIES))
    image.add("/prog", program(**some(needed=chance.sample(LIBRARIES, 3))))
    image.ldconfig("/opt/listed", "/opt/b")


@pytest.mark.parametrize("seed", range(40))
def test_random_trees_are_linked_as_the_real_loader_does(image, seed):
    chance = random.Random(seed)
    planted(image, chance)
    for library_path in ((), ("/opt/c",), ("/opt/link", "/opt/a")):
        agrees(image, library_path=library_path)

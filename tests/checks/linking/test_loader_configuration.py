"""The cache and the configuration of the loader."""

from __future__ import annotations

from dataclasses import replace

import pytest

from certify.checks import (
    lnk401_needed_missing,
    lnk402_found_off_path,
    lnk405_ldcache_stale,
    lnk406_ldconf_no_include,
    lnk410_glibc_arch,
)
from tests.checks.linking.conftest import INFO, MINE, E, W
from tests.elf.elf_maker import elf, program

MUSL = "/lib/ld-musl-x86_64.so.1"


def test_a_library_that_came_after_ldconfig_is_found(put, hits, ldconfig):
    put("/usr/bin/prog", program(["libb.so.1"]))
    put("/opt/lib/liba.so.1", elf(soname="liba.so.1"))
    ldconfig("/opt/lib")
    assert hits(lnk405_ldcache_stale) == []
    for name in "bcd":
        put(f"/opt/lib/lib{name}.so.1.2", elf(soname=f"lib{name}.so.1"))
    put("/opt/lib/plugin.so")
    (path, severity, message), = hits(lnk405_ldcache_stale)
    assert (path, severity) == ("/opt/lib/libb.so.1.2", E)
    assert message == f"{path} (and 2 more in /opt/lib) is not in /etc/ld.so.cache, so the loader does not find it"
    assert hits(lnk402_found_off_path) == hits(lnk401_needed_missing) == []     # one cause, one finding
    ldconfig("/opt/lib")
    assert hits(lnk405_ldcache_stale) == []


@pytest.mark.parametrize("folder", ["/usr/lib", "/lib/x86_64-linux-gnu"])
def test_default_folders_need_no_cache(put, add, hits, folder):
    put("/usr/bin/prog", program())
    put(f"{folder}/liba.so.1")
    add("/etc/ld.so.conf.d/x.conf", f"{folder}\n")
    assert hits(lnk405_ldcache_stale) == []


@pytest.mark.parametrize(("cache", "said"), [(None, "there is none"), (b"rubbish" * 20, "no cache of glibc's current format")])
def test_without_a_cache_listed_folders_are_lost(put, add, hits, cache, said):
    put("/usr/bin/prog", program())
    put("/usr/local/lib/liba.so.1")
    add("/etc/ld.so.conf.d/x.conf", "/usr/local/lib\n")
    if cache:
        add("/etc/ld.so.cache", cache)
    (_, _, message), = hits(lnk405_ldcache_stale)
    assert said in message


def test_an_image_of_musl_has_no_cache(add, hits):
    add(MUSL, elf())
    add("/usr/bin/prog", program(interpreter=MUSL), mode=0o755)
    add("/usr/local/lib/liba.so", elf())
    add("/etc/ld.so.conf", "/usr/local/lib\n")
    assert hits(lnk405_ldcache_stale) == hits(lnk406_ldconf_no_include) == []
    (_, severity, message), = hits(lnk410_glibc_arch)
    assert severity is INFO
    assert "musl" in message


def test_an_image_that_runtimes_cannot_announce_libraries_to(put, add, hits, site, tmp_path):
    put("/usr/bin/prog", program())
    assert hits(lnk406_ldconf_no_include) == []
    add("/etc/ld.so.conf", "/opt/lib\n")
    (path, severity, message), = hits(lnk406_ldconf_no_include)
    assert (path, severity) == ("/etc/ld.so.conf", W)
    assert "does not include /etc/ld.so.conf.d/*.conf" in message
    (tmp_path / "image/etc/ld.so.conf").unlink()
    (tmp_path / "image/sbin/ldconfig").unlink()
    (_, severity, message), = hits(lnk406_ldconf_no_include, site=replace(site, runtime="podman-hpc"))
    assert severity is E
    assert message.startswith("there is no ldconfig and there is no /etc/ld.so.conf: a runtime cannot announce")


def test_an_image_of_static_programs_needs_no_configuration(add, hits):
    add("/usr/bin/go-tool", elf(kind=2, dynamic=False), mode=0o755)
    assert [hit for module in MINE for hit in hits(module)] == []

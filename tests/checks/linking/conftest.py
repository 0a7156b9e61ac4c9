"""Programs and libraries for the checks on linking."""

from __future__ import annotations

import subprocess

import pytest

from certify.checks import (
    lnk401_needed_missing,
    lnk402_found_off_path,
    lnk404_bad_rpath,
    lnk405_ldcache_stale,
    lnk406_ldconf_no_include,
    lnk409_gpu_driver_in_image,
    lnk410_glibc_arch,
    lnk411_exec_stack_or_textrel,
    lnk412_banned_linked,
)
from certify.finding import Severity
from tests.elf.elf_maker import LOADER, elf

E, W, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
MINE = (lnk401_needed_missing, lnk402_found_off_path, lnk404_bad_rpath, lnk405_ldcache_stale, lnk406_ldconf_no_include,
        lnk409_gpu_driver_in_image, lnk410_glibc_arch, lnk411_exec_stack_or_textrel, lnk412_banned_linked)
SITE_PACKAGES = "/opt/venv/lib/python3.11/site-packages"
MODULE = "_x.cpython-311-x86_64-linux-gnu.so"


@pytest.fixture
def put(add):
    """Add an ELF file, executable; the image's loader is there from the start."""
    def make(path, data=None, mode=0o755):
        return add(path, elf() if data is None else data, mode=mode)
    make(LOADER, elf(soname="ld-linux-x86-64.so.2") + b"\0/lib/x86_64-linux-gnu/\0/usr/lib/x86_64-linux-gnu/\0/lib/\0/usr/lib/\0")
    add("/etc/ld.so.conf", "include /etc/ld.so.conf.d/*.conf\n")
    add("/sbin/ldconfig", mode=0o755)
    return make


@pytest.fixture
def hits(tree, site):
    """What a check says: path, severity, message."""
    def run(module, site=site, **env):
        return [(one.path, one.severity or module.SEVERITY, one.message) for one in module.check(tree(**env), site)]
    return run


@pytest.fixture
def ldconfig(add, tmp_path):
    def run(*folders):
        add("/etc/ld.so.conf.d/own.conf", "".join(f"{folder}\n" for folder in folders))
        subprocess.run(["/sbin/ldconfig", "-r", tmp_path / "image", "-X"], check=True, capture_output=True)
    return run

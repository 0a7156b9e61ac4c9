"""The profile of Charliecloud against the real ch-run: what it mounts, and what it does to the environment."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from certify import site as sites
from tests.tools import needs

pytestmark = needs("ch-run", "gcc")

SOURCES = {"/var/opt/cray/hugetlbfs": "/var/lib/hugetlbfs"}      # where the machine has another path

PROGRAM = r"""
#include <stdio.h>
extern char **environ;
int main(void) {
    FILE *mounts = fopen("/proc/self/mountinfo", "r");
    char where[4096];
    while (mounts && fscanf(mounts, "%*s %*s %*s %*s %4095s %*[^\n]", where) == 1) printf("mount %s\n", where);
    for (char **one = environ; *one; one++) printf("env %s\n", *one);
    return 0;
}
"""


@pytest.fixture
def seen(tmp_path):
    """Runs a program in an image with every path of the profile, and gives its lines."""
    site = sites.load("charliecloud")
    image = tmp_path / "image"
    for path in (*site.runtime_owned, "/etc", "/home", "/opt", "/run", "/var/tmp"):
        (image / path[1:]).mkdir(parents=True, exist_ok=True)
    for path in (*site.replaced_files, "/etc/nsswitch.conf", "/etc/localtime", "/etc/hostname"):
        (image / path[1:]).write_text("the image's\n")
    (tmp_path / "look.c").write_text(PROGRAM)
    subprocess.run(["gcc", "-static", "-o", image / "look", tmp_path / "look.c"], check=True)
    (tmp_path / "scratch").mkdir()
    environment = {"PATH": os.environ["PATH"], "USER": "somebody", "HOME": "/", "KEPT": "yes", "LD_AND_SO": "x",
                   "TMPDIR": str(tmp_path / "scratch")}
    done = subprocess.run(["ch-run", image, "--", "/look"], env=environment, capture_output=True, text=True, check=True)
    return [line.partition(" ")[::2] for line in done.stdout.splitlines()]


def test_what_is_mounted_is_what_the_profile_says(seen):
    site = sites.load("charliecloud")
    mounted = {path for kind, path in seen if kind == "mount"} - {"/"}
    mounted = {path for path in mounted if not path.startswith(("/dev/", "/proc/", "/sys/"))}
    said = {*site.runtime_owned, *site.replaced_files}
    absent = {path for path in said - mounted if not Path(SOURCES.get(path, path)).exists()}
    assert mounted == said - absent
    assert {"/dev", "/proc", "/sys", "/tmp", "/etc/passwd", "/etc/group"} <= mounted


def test_the_environment_is_the_hosts_with_what_the_profile_says(seen):
    site = sites.load("charliecloud")
    found = dict(line.split("=", 1) for kind, line in seen if kind == "env")
    assert {name: found.get(name) for name in site.environment} == dict(site.environment)
    assert not set(found) & set(site.environment_unset)
    assert set(found) == {"PATH", "USER", "HOME", "KEPT", "LD_AND_SO", *site.environment}

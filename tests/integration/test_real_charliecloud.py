"""The simulated Charliecloud against the real one: the same observations of the same squashfs by the same ordinary user.

Every observation is a piece of shell, run by ``certify run --site charliecloud`` and by ``ch-run``, and what they print is
compared. Where they knowingly differ DIFFERENCES has both and the reason; both are checked, so that a difference that comes or
goes is seen. They are, by kind:

- Processes: the simulation has a PID namespace of its own, in which nothing outlives it, with a /proc of its own. Its user
  namespace lies in one more, and ch-run lets the program have a descriptor that it forgot.
- Powers: the bounding set is empty, what is bound is nosuid and nodev, /sys read-only, and a filter keeps the program from typing
  into its caller's terminal. Without privileges, and with no_new_privs, which ch-run sets as well, little of it can be told but
  by reading it.
- /etc/passwd and /etc/group: the program's own copies, which ch-run lets it change until its end.
- Exit codes: ch-run ends with 1 whatever goes wrong with a program, ``certify run`` as podman does (see DESIGN, exit codes).
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import observing
import pytest
from small_images import Images, tree

ALICE, CLUB = 61001, 61009
MARK = f"certify-real-{os.getpid()}"
STATS = ("/", "/usr", "/bin", "/opt", "/etc", "/etc/passwd", "/etc/group", "/etc/hosts", "/etc/resolv.conf", "/etc/machine-id",
         "/etc/kept", "/etc/mtab", "/opt/tool/secret", "/opt/tool/none", "/opt/closed", "/opt/open", "/tmp", "/dev", "/dev/null",
         "/dev/shm", "/sys", "/home", "/home/of-the-image", "/run", "/root", "/var/tmp", "/var/tmp/of-the-image",
         "/var/opt/cray/hugetlbfs", "/usr/bin/setuid-id", "/global", "/etc/big", "'/a b'", "/fifo", "/socket", "/device")
TEXTS = ("/etc/passwd", "/etc/group", "/etc/hosts", "/etc/resolv.conf", "/etc/machine-id", "/etc/kept", "/etc/nsswitch.conf",
         "/etc/shadow", "/opt/tool/secret", "/opt/tool/none", "/opt/closed/in", "/proc/sys/kernel/hostname", "/proc/self/uid_map",
         "/proc/self/oom_score_adj", f"/tmp/{MARK}", f"/dev/shm/{MARK}", "/missing")
FOLDERS = ("/", "/etc", "/opt", "/var", "/var/opt/cray/alps/spool", "/dev", "/sys", "/sys/fs/cgroup",
           "/sys/class/net", "/home", "/mnt", "/opt/closed")
PLACES = ("/", "/usr", "/opt/open", "/etc", "/etc/drop", "/var", "/var/tmp", "/run", "/root", "/home", "/mnt", "/tmp", "/dev",
          "/dev/shm", "/sys", "/proc")
CHANGED = ("/etc/passwd", "/etc/group", "/etc/hosts", "/etc/kept", "/usr/bin/bash", "/opt/open/file")
ASKED = ("/opt/tool/secret", "/opt/tool/none", "/opt/closed", "/usr/bin/root-only", "/tmp", "/opt/open")
STATUS = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp", "Groups", "SigBlk", "Umask", "Uid", "Gid",
          "Cpus_allowed_list")
NAMESPACES = ("cgroup", "ipc", "net", "pid", "time", "uts")
PROGRAMS = {"one of root's": "/usr/bin/root-only -u", "no program": "/usr/bin/no-program", "a setuid one": "setuid-id -u",
            "a script": "/opt/tool/script", "one that is not there": "missing-program", "a folder": "/usr/bin"}
PLAIN = {
    "the variables": "env", "who it is": "id", "by number": "id -u; id -g; id -G", "its umask": "umask", "its folder": "pwd",
    "its limits": "ulimit -a", "its descriptors": "ls /proc/self/fd", "its arguments": 'echo "$#" "$0"',
    "its home": 'cd ~ 2>&1 | tail -c 30; echo "$HOME"', "the first process": "cat /proc/1/comm",
    "its mounts": "while read -r _ _ _ _ where _; do echo $where; done < /proc/self/mountinfo",
    "its network": "tail -n +3 /proc/net/dev | tr -s ' ' | while IFS=: read -r name _; do echo $name; done",
    "a device of the image": "head -c 1 /device 2>&1 | wc -c",
    "the machine's own device": "echo x > /dev/null && head -c 1 /dev/zero | wc -c",
    "its parent": 'test "$PPID" -lt 50 && echo near || echo far'}


def written(path):
    said = "while IFS=: read -r _ _ why; do echo $why; done"
    return f"touch {path}/.{MARK} 2>&1 | {said}; rm {path}/.{MARK} 2>/dev/null && echo wrote"


def flags(path):
    each = "for one in ro nosuid nodev noexec; do case ,$how, in *,$one,*) echo $one; esac; done"
    return f"while read -r _ where _ how _; do test $where = {path} && {each}; done < /proc/mounts"


def observations():
    """What is looked at, by name."""
    return {
        **PLAIN,
        **{f"status of {path}": f"stat -c '%F %a %u:%g' {path} 2>&1 | tail -c 60" for path in STATS},
        **{f"text of {path}": f"cat {path} 2>&1 | head -c 4000" for path in TEXTS},
        **{f"entries of {path}": f"ls -A {path} 2>&1 | head -c 4000" for path in FOLDERS},
        **{f"writing into {path}": written(path) for path in PLACES},
        **{f"changing {path}": f"(echo x >> {path}) 2>/dev/null && echo changed || echo refused" for path in CHANGED},
        **{f"may it ({way}) {path}": f"test -{way} {path} && echo yes || echo no" for way in "rwx" for path in ASKED},
        **{f"{name} in its status": observing.status(name) for name in STATUS},
        **{f"its {name} namespace": f"readlink /proc/self/ns/{name}" for name in NAMESPACES},
        **{f"running {name}": f"({command}) 2>&1 | tail -c 40; echo ${{PIPESTATUS[0]}}" for name, command in PROGRAMS.items()},
        **{f"how {path} is mounted": flags(path) for path in ("/", "/tmp", "/dev", "/sys", "/proc")}}


@dataclass(eq=False)
class Scenario:
    """How a program is started."""

    name: str
    environment: dict
    cwd: str = "/"
    umask: int = 0o022


HOST = {"USER": MARK, "LOGNAME": "u61001", "HOME": "/home", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}
SCENARIOS = (
    Scenario("plain", HOST),
    Scenario("loader", {**HOST, "LD_LIBRARY_PATH": "/x", "LD_BIND_NOW": "1", "GCONV_PATH": "/x", "TZDIR": "/x", "BOTH": "host",
                        "GLIBC_TUNABLES": "x", "EMPTY": "", "TEXT": "a b\nc=d", "CH_RUNNING": "no", "SLURM_JOB_ID": "7"}),
    Scenario("elsewhere", {**HOST, "PATH": "/opt/tool:/usr/bin", "HOME": "/missing"}, cwd="/usr/share", umask=0o027),
    Scenario("tmpdir", {**HOST, "TMPDIR": f"/var/tmp/{MARK}.d"}),
)
FEW = ("the variables", "who it is", "its umask", "its folder", "its home", f"text of /tmp/{MARK}",
       "Umask in its status", "running one that is not there")
ROWS = [(scenario, name) for scenario in SCENARIOS for name in (observations() if scenario.name == "plain" else FEW)]

# What differs: the real value, the one here and the reason; None is what no two runs have in common.
DIFFERENCES = {
    "CapBnd in its status": (None, "0000000000000000", "nobody here gets more powers"),
    "Seccomp in its status": ("0", "2", "the filter against typing into the caller's terminal"),
    "its descriptors": ("0\n1\n2\n3\n4", "0\n1\n2\n3", "ch-run leaves one open"),
    "text of /proc/self/uid_map": (f"{ALICE:10} {0:10} {1:10}", f"{ALICE:10} {ALICE:10} {1:10}", "one more namespace"),
    "its pid namespace": (None, None, "what is started ends with the sandbox"),
    "its parent": ("far", "near", "as above"),
    "the first process": (None, None, "as above"),
    "changing /etc/passwd": ("changed", "refused", "a file of the plan is read-only"),
    "changing /etc/group": ("changed", "refused", "as above"),
    "status of /etc/passwd": (f"regular file 600 {ALICE}:{ALICE}", f"regular file 644 {ALICE}:{ALICE}", "as above"),
    "status of /etc/group": (f"regular file 600 {ALICE}:{ALICE}", f"regular file 644 {ALICE}:{ALICE}", "as above"),
    "writing into /sys": ("Permission denied", "Read-only file system", "only root could, and newer versions of ch-run do this"),
    "how /tmp is mounted": ("", "nosuid\nnodev", "nobody here gets more powers"),
    "how /dev is mounted": ("", "nosuid", "as above"),
    "how /sys is mounted": ("", "ro\nnosuid\nnodev", "as above"),
    "how /proc is mounted": ("", "nosuid\nnodev\nnoexec", "it is the sandbox's own"),
}


@pytest.fixture(scope="module")
def images():
    with tempfile.TemporaryDirectory(prefix="certify-real-") as top:
        Path(top).chmod(0o755)
        made = Images(Path(top))
        variables = {"PATH": "/opt/tool:/usr/bin", "BOTH": "image", "IMAGE": "1"}
        made.publish(furnished(tree(Path(top) / "tree")), "t", environment=variables,
                     entrypoint=("/usr/bin/env", "ENTERED=1"), workdir="/opt")
        yield made
    shutil.rmtree(f"/var/tmp/{MARK}.ch", ignore_errors=True)


def furnished(root):
    """Everything that the observations ask about; it can be written only by the one who packs it."""
    for folder in ("proc", "sys", "dev", "tmp", "home/of-the-image", "mnt", "var/tmp/of-the-image", "var/opt/cray/hugetlbfs",
                   "var/opt/cray/alps/spool", "a b", "opt/closed", "opt/open", "opt/tool", "etc/drop", "usr/share"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for path in ("etc/passwd", "etc/group", "etc/hosts", "etc/machine-id", "etc/nsswitch.conf", "etc/shadow",
                 "etc/kept", "opt/tool/secret", "opt/tool/none", "opt/closed/in", "opt/open/file", "usr/bin/no-program"):
        (root / path).write_text("of the image\n")
    (root / "etc/real-resolv.conf").write_text("of the image\n")
    (root / "etc/resolv.conf").symlink_to("real-resolv.conf")
    (root / "etc/big").write_text("x" * 6_000_000)
    (root / "opt/tool/script").write_text("#!/bin/sh\necho by a script\n")
    os.mkfifo(root / "fifo")
    os.mknod(root / "device", stat.S_IFCHR | 0o666, os.makedev(1, 5))
    for name in ("root-only", "setuid-id"):
        shutil.copy2(root / "usr/bin/id", root / "usr/bin" / name)
    for path, mode in (("opt/tool/secret", 0o600), ("opt/tool/none", 0), ("opt/closed", 0o700), ("opt/open", 0o777),
                       ("opt/tool/script", 0o755), ("etc/drop", 0o777), ("usr/bin/root-only", 0o700),
                       ("usr/bin/setuid-id", 0o4755)):
        (root / path).chmod(mode)
    return root


@pytest.fixture(scope="module")
def machine():
    """What of the machine is to be seen: marks in its folders, and one that TMPDIR names."""
    marks = [Path(folder) / MARK for folder in ("/tmp", "/dev/shm")]
    for mark in marks:
        mark.write_text(MARK)
    own = Path(f"/var/tmp/{MARK}.d")
    own.mkdir()
    own.chmod(0o1777)
    (own / MARK).write_text("of TMPDIR")
    yield
    for mark in marks:
        mark.unlink()
    shutil.rmtree(own)


def simulated(images, *command):
    return images.argv("--site", "charliecloud", "t", "--", *command, user=ALICE, groups=[CLUB])


def real(images, *command):
    [image] = (images.folder / "store" / "images").glob("*.squashfs")
    who = ("--reuid", str(ALICE), "--regid", str(ALICE), "--groups", str(CLUB))
    return ("/usr/bin/setpriv", *who, "ch-run", image, "--", *command)


def start(images, argv, scenario):
    environment = {**images.environment(), **scenario.environment, "XDG_STATE_HOME": f"/var/tmp/{MARK}.d"}
    return subprocess.run(argv, env=environment, cwd=scenario.cwd, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          umask=scenario.umask, errors="replace")


@pytest.fixture(scope="module")
def observed(images, machine):
    """What each of the two says to all rows, one run for each scenario."""
    found = {}
    for scenario in SCENARIOS:
        names = [name for one, name in ROWS if one is scenario]
        script = observing.script([observations()[name] for name in names])
        for side, argv in (("here", simulated), ("real", real)):
            done = start(images, argv(images, "sh", "-c", script, "zero", "one"), scenario)
            found |= {(side, scenario, name): plain(name, answer) for name, answer in observing.answers(names, done).items()}
    return found


def plain(name, answer):
    """Where an order means nothing, none; a variable may hold several lines, which stay lines."""
    return "\n".join(sorted(set(answer.splitlines()))) if name in ("the variables", "its mounts") else answer


IDS = [f"{scenario.name}: {name}".replace(MARK, "mark") for scenario, name in ROWS]


@pytest.mark.parametrize(("scenario", "name"), ROWS, ids=IDS)
def test_both_see_the_same(observed, scenario, name):
    real, here = observed["real", scenario, name], observed["here", scenario, name]
    if name not in DIFFERENCES:
        assert here == real
        return
    known_real, known_here, _ = DIFFERENCES[name]
    assert here != real, "they agree now: take the row out of DIFFERENCES"
    assert (known_real is None or real == known_real) and (known_here is None or here == known_here), (real, here)


def test_nearly_all_observations_agree(observed):
    agree = [row for row in ROWS if observed["real", *row] == observed["here", *row]]
    print(f"{len(agree)} of {len(ROWS)} observations agree with the real ch-run")
    assert len(ROWS) > 170
    assert len(ROWS) - len(agree) == len(DIFFERENCES)
    assert len(agree) >= 0.9 * len(ROWS)


@pytest.mark.parametrize(("command", "real_code", "code"), [
    (("sh", "-c", "exit 42"), 42, 42), (("missing-program",), 1, 127), (("/etc/kept",), 1, 126), (("/usr/bin",), 1, 126),
    (("sh", "-c", "kill -9 $$"), 1, 137), (("/usr/bin/root-only", "-u"), 0, 0)], ids=range(6))
def test_how_programs_end(images, command, real_code, code):
    assert start(images, real(images, *command), SCENARIOS[0]).returncode == real_code
    assert start(images, simulated(images, *command), SCENARIOS[0]).returncode == code


def test_neither_runs_the_entrypoint_and_neither_starts_in_the_images_folder(images):
    for argv in (simulated, real):
        done = start(images, argv(images, "sh", "-c", 'pwd; echo "${ENTERED-unset} ${IMAGE-unset}"'), SCENARIOS[0])
        assert done.stdout == "/\nunset unset\n"

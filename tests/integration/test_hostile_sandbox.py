"""Whatever is in an image: its programs reach nothing of the machine, and end with the test or the run."""

from __future__ import annotations

import os
import pty
import resource
import select
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from small_images import Images, tree

from certify import site as sites
from certify.sandbox import enter

ALICE = 61001
SECRET = "s3cret-of-the-caller"
# Marks the sandbox's processes for whoever looks for them from outside.
NAP = "986543"


@pytest.fixture(scope="module")
def images():
    with tempfile.TemporaryDirectory(prefix="certify-hostile-") as top:
        Path(top).chmod(0o755)
        made = Images(Path(top))
        root = tree(Path(top) / "tree")
        for name in ("proc", "dev", "sys", "etc/passwd", "var/run", "home", "mnt"):
            (root / name).symlink_to("/root")
        for name in ("...", "-rf", "--", "a" * 255, "+:.-_"):
            (root / name).mkdir()
        for folder in ("", "opt/", "etc/"):
            (root / f"{folder}out").symlink_to("../../../../../../../../root")
            (root / f"{folder}loop").symlink_to("loop")
        made.publish(root, "hostile")
        yield made


@pytest.fixture
def tested(images):
    """Run some shell text as a test of the image, as root's own examination does."""
    [image] = (images.folder / "store/images").glob("*.squashfs")

    def run(text):
        found = []
        handle = enter.opened(image)
        try:
            enter.examine(handle, sites.load(), look=None, tests=[{"name": "one", "run": text}], on_event=found.append)
        finally:
            os.close(handle)
        return found[-1]
    return run


def processes(word):
    """The command lines outside that have a word, as far as any process of this machine shows them."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if word in words:
            found.append(words)
    return found


def gone(word, seconds=10):
    deadline = time.monotonic() + seconds
    while processes(word) and time.monotonic() < deadline:
        time.sleep(0.05)
    return processes(word) == []


def test_a_test_sees_nothing_of_the_machine(tested, monkeypatch):
    monkeypatch.setenv("SECRET", SECRET)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        done = tested(f"""
            echo "processes $(ls -d /proc/[0-9]* | wc -l)"
            cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' |
                {{ while read -r one; do case $one in *{SECRET}*) echo leaked; esac; done; }}
            echo "handles $(ls /proc/self/fd | wc -l) $(ls /proc/1/fd 2>/dev/null | wc -l)"
            echo "devices $(ls -A /dev | wc -l)"
            (exec 3<>/dev/tcp/127.0.0.1/{port}) 2>/dev/null && echo connected || echo refused
            echo "interfaces $(tail -n +3 /proc/net/dev | wc -l)"
            for one in /home /tmp /var/tmp /dev/shm /sys/class /sys/fs /root; do
                echo "$one $(ls -A $one 2>/dev/null | wc -l)"; done
            for one in mnt proc/1/root/etc out opt/out etc/out; do ls /$one/.bashrc 2>/dev/null && echo leaked; done
            echo end""")
    lines = dict(line.partition(" ")[::2] for line in done["output"].splitlines())
    assert done["code"] == 0
    assert "leaked" not in lines
    assert int(lines["processes"]) <= 6
    assert lines["handles"].split()[0] == "4"       # three, and that of ls
    assert int(lines["devices"]) < 20
    assert (lines["interfaces"], "refused" in lines) == ("1", True)
    assert [lines[path] for path in ("/tmp", "/var/tmp", "/dev/shm", "/sys/class", "/sys/fs", "/root")] == ["0"] * 6
    assert lines["/home"] == "1"        # the user's own, empty


def test_what_a_test_may_write_has_a_limit(tested):
    done = tested("while read -r _ where kind how _; do case $where in /tmp|/var/tmp|/dev/shm|/home/user) echo $kind $how; esac; "
                  "done < /proc/mounts")
    lines = done["output"].splitlines()
    assert len(lines) == 4
    assert all("tmpfs" in line and "size=1048576k" in line for line in lines)


DAEMON = f"setsid setsid sh -c \"trap '' TERM INT HUP QUIT; sleep {NAP}\" &"


@pytest.mark.parametrize("leave", [f"sleep {NAP} & disown", DAEMON],
                         ids=["in the background", "as a daemon that ignores every signal"])
def test_what_outlives_a_test_ends_with_it(tested, leave):
    begin = time.monotonic()
    done = tested(f"({leave}) >/dev/null 2>&1; sleep 0.2; echo end")
    assert (done["code"], done["output"]) == (0, "end")
    assert time.monotonic() - begin < 20
    assert gone(NAP)


def test_a_test_that_holds_its_output_open_does_not_hold_the_examination(tested):
    begin = time.monotonic()
    assert tested(f"sleep {NAP} & disown; echo end")["output"] == "end"
    assert time.monotonic() - begin < 20
    assert gone(NAP)


@pytest.mark.long
def test_a_fork_bomb_comes_to_an_end(tested):
    done = tested("""perl -e '$n = 0; while ($n < 20000) { $p = fork; last unless defined $p; if (!$p) { sleep 99; exit } $n++ }
                     print $n' 2>/dev/null""")
    assert 1000 < int(done["output"]) < 20_000
    assert gone("sleep 99")


@pytest.mark.long
def test_a_full_tmp_is_the_tests_own_trouble(tested):
    done = tested("dd if=/dev/zero of=/tmp/full bs=1M count=1100 2>&1 || echo full; ls -s /tmp")
    assert "No space left on device" in done["output"]


@pytest.mark.parametrize("user", [0, ALICE])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_outlives_a_run_that_is_killed(images, user, how):
    before = set(Path("/tmp").glob("certify-*.json"))
    script = f"(trap '' TERM INT HUP; sleep {NAP}) & (trap '' TERM; setsid sleep {NAP}) & echo on; wait"
    process = subprocess.Popen(images.argv("hostile", "--", "sh", "-c", script, user=user), env=images.environment(), cwd="/",
                               stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
    assert process.stdout.readline() == "on\n"
    while len(processes(NAP)) < 2:
        time.sleep(0.05)
    process.send_signal(how)
    process.wait(timeout=20)
    assert gone(NAP)
    assert set(Path("/tmp").glob("certify-*.json")) == before


@pytest.mark.parametrize("user", [0, ALICE])
def test_links_and_names_of_an_image_lead_nowhere_outside(images, user):
    script = "ls -A /; cat /out/.bashrc /home/../out/.profile /mnt/.bashrc"
    done = images("--isolated", "hostile", "--", "sh", "-c", script, user=user)
    names = done.stdout.splitlines()
    assert {"...", "-rf", "--", "+:.-_", "a" * 255} <= set(names)
    assert done.stderr.count("No such file") == 3
    images("--isolated", "hostile", "--", "true", user=user, check=0)


@pytest.fixture
def typed(images):
    """A run on a terminal of its own: type into it, and get what it shows."""
    started = []

    def start(*words, user=ALICE):
        child, terminal = pty.fork()
        if child == 0:
            os.chdir("/")
            os.execve("/usr/bin/setpriv", images.argv(*words, user=user), images.environment(TERM="dumb", PS1="> "))
        started.append((child, terminal))
        return _Terminal(terminal, child)
    yield start
    for child, terminal in started:
        os.close(terminal)
        try:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        except (ProcessLookupError, ChildProcessError):
            pass


class _Terminal:
    def __init__(self, handle, child):
        self.handle, self.child, self.shown = handle, child, ""

    def type(self, text):
        os.write(self.handle, text.encode())

    def until(self, text, seconds=20):
        deadline = time.monotonic() + seconds
        while text not in self.shown and time.monotonic() < deadline:
            if select.select([self.handle], [], [], 0.1)[0]:
                try:
                    self.shown += os.read(self.handle, 4096).decode(errors="replace").replace("\r\n", "\n")
                except OSError:     # ended
                    break
        assert text in self.shown, self.shown
        shown, _, self.shown = self.shown.partition(text)
        return shown

    def code(self):
        return os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])


@pytest.mark.parametrize("user", [0, ALICE])
@pytest.mark.parametrize("request_", [0x5412, 0x541C], ids=["TIOCSTI", "TIOCLINUX"])
def test_a_program_cannot_type_into_the_terminal(typed, user, request_):
    """As it could: the same ioctl outside, on the same kind of terminal, would leave the letter for the caller's shell."""
    program = f'$c = "x"; print ioctl(STDIN, {request_}, $c) ? "typed" : "refused: $!", "\\n"; print "end\\n"'
    run = typed("hostile", "--", "perl", "-e", program, user=user)
    assert "refused: Operation not permitted" in run.until("end\n")
    assert run.code() == 0


@pytest.mark.parametrize("isolated", [(), ("--isolated",)], ids=["open", "isolated"])
@pytest.mark.parametrize("user", [0, ALICE])
def test_ctrl_c_is_the_programs_and_a_shell_has_job_control(typed, user, isolated):
    program = '$| = 1; $SIG{INT} = sub { print "heard\\n"; $n++ }; print "ready\\n"; sleep 1 until $n; print "end\\n"'
    run = typed(*isolated, "hostile", "--", "perl", "-e", program, user=user)
    run.until("ready\n")
    run.type("\x03")
    assert "heard" in run.until("end\n")
    assert run.code() == 0
    shell = typed(*isolated, "hostile", "--", "bash", "--norc", "-i", user=user)
    assert "no job control" not in shell.until("> ")
    shell.type(f"sleep {NAP}\n")
    time.sleep(1)
    shell.type("\x1a")
    shell.until("Stopped")
    shell.until("> ")       # what is typed before a prompt may be lost
    shell.type("kill -9 %1 $$\n")       # exit would ask about the stopped job
    assert shell.code() == 137


def test_a_program_that_does_not_hear_ctrl_c_ends_by_it(typed):
    run = typed("hostile", "--", "sh", "-c", f"echo ready; sleep {NAP}")
    run.until("ready\n")
    run.type("\x03")
    assert run.code() == 130
    assert gone(NAP)


def test_a_start_costs_little_beyond_the_programs_own(images):
    """In processor time, which does not depend on what else the machine does, and as a ratio. It is about 0.3 s."""
    whole = min(_used(lambda: images("hostile", "--", "true", user=ALICE, check=0)) for _ in range(3))
    bare = min(_used(lambda: subprocess.run([Images.argv.__globals__["COMMAND"][0], "-c", "pass"], check=True)) for _ in range(3))
    assert whole < 60 * bare


def _used(work):
    """The processor seconds of the programs that some work runs to their end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

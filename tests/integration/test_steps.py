"""What a step of an untrusted recipe can reach: nothing of the machine. And what is left when it fails: nothing."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

SECRET = "a secret of the machine"

# The classic double chroot: with CAP_SYS_CHROOT and a folder handle outside, chroot isolation is left.
ESCAPE = r'''
import os
os.makedirs("/jail", exist_ok=True)
handle = os.open("/", os.O_RDONLY)
os.chroot("/jail")
os.fchdir(handle)
for _ in range(64):
    os.chdir("..")
os.chroot(".")
print(open("SECRET_PATH").read())
'''


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret"
    path.write_text(SECRET)
    path.chmod(0o600)
    return path


def test_a_hostile_step_reaches_nothing_of_the_machine(certify, secret, read_file):
    victim = subprocess.Popen(["sleep", "600"])
    listener = subprocess.Popen(["python3", "-m", "http.server", "--bind", "127.0.0.1", "18099"],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        escape = ESCAPE.replace("SECRET_PATH", str(secret))
        folder = certify.recipe("hostile", f"""\
packages: {{apt: [python3-minimal]}}
files:
  - {{from: escape.py, to: /opt/escape.py}}
steps:
  - name: attack
    run: |
      exec > /opt/result 2>&1
      echo "== double chroot"; python3 /opt/escape.py || true
      echo "== files"; cat {secret} || true; ls -d /root/.ssh {certify.folder} || true
      echo "== init"; cat /proc/1/root{secret} || true
      echo "== kill"; for pid in {victim.pid} $(seq 2 500); do [ $pid = $$ ] || kill -9 $pid 2>/dev/null || true; done
      echo "== processes"; ls /proc | grep -c '^[0-9]' || true
      echo "== network"; (exec 3<>/dev/tcp/127.0.0.1/18099) && echo REACHED || true
      (exec 3<>/dev/tcp/1.1.1.1/53) && echo REACHED || true
      echo "== interfaces"; ls /sys/class/net
      echo "== mount"; mount -t tmpfs none /mnt && echo MOUNTED || true
      echo "== device"; mknod /opt/sda b 8 0 && echo MADE || true
      echo "== module"; unshare --mount true && echo UNSHARED || true
      echo "== kernel"; echo 1 > /proc/sys/kernel/sysrq && echo WROTE || true
      echo "== status"; grep -E 'Seccomp:|CapEff|CapBnd' /proc/self/status
      echo "== environment"; env
      echo "== name"; hostname
""", {"escape.py": escape})
        certify("build", folder, check=0)
        said = read_file(certify.folder / "out" / "hostile" / "1-1" / "image.squashfs", "/opt/result")
        assert said is not None
        assert victim.poll() is None, "a step killed a process of the machine"
        assert listener.poll() is None
        for word in (SECRET, "REACHED", "MOUNTED", "MADE", "UNSHARED", "WROTE", str(certify.folder) + "\n"):
            assert word not in said, said
        assert "== interfaces\nlo\n==" in said
        assert "Seccomp:\t2" in said
        assert "CapEff:\t00000000800405fb" in said
        assert said.rstrip().endswith("certify")
        assert "CERTIFY_" not in said and "HOME=/root" in said
    finally:
        for process in (victim, listener):
            process.kill()
            process.wait()


def test_a_failing_step_shows_the_end_of_its_log_its_line_and_where_the_log_lies(certify, leftovers, workspaces):
    folder = certify.recipe("failing", f"""\
steps:
  - {{name: fine, run: echo all is well in {certify.folder.name}}}
  - name: broken
    run: |
      for i in $(seq 1 100); do echo "line $i"; done
      false | cat
      echo never
""")
    failed = certify("ship", folder, check=1)
    assert f"{folder}/recipe.yaml:10: step 'broken' failed with exit code 1" in failed.stderr
    assert "line 100" in failed.stderr
    assert "step: broken" not in failed.stderr
    assert "line 50\n" not in failed.stderr
    assert "never" not in failed.stderr
    log = certify.folder / "out" / "failing" / "1-1" / "build.log"
    assert str(log) in failed.stderr
    assert "all is well" in log.read_text()
    assert "line 1\n" in log.read_text()
    assert "Traceback" not in failed.stderr
    assert leftovers() == {"mounts": [], "processes": []}
    assert workspaces() == {"folders": [], "cgroups": []}
    assert not (certify.folder / "store" / "tags" / "failing").exists()


@pytest.mark.parametrize(("stop", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -9)])
def test_an_interrupted_build_leaves_no_mount_and_no_process(certify, leftovers, workspaces, stop, code):
    folder = certify.recipe("long", "steps: [{name: wait, run: 'echo waiting; setsid sleep 987 & sleep 987'}]\n")
    process = certify.start("build", folder)
    log = certify.folder / "out" / "long" / "1-1" / "build.log"
    deadline = time.monotonic() + 120
    while not (log.exists() and "waiting" in log.read_text()):
        assert time.monotonic() < deadline, process.stderr.read() if process.poll() is not None else "the step never started"
        time.sleep(0.1)
    os.kill(process.pid, stop)
    process.communicate(timeout=30)
    assert process.returncode == code
    deadline = time.monotonic() + 10
    while leftovers()["processes"] and time.monotonic() < deadline:
        time.sleep(0.1)
    assert leftovers() == {"mounts": [], "processes": []}
    assert not [path for path in Path("/proc").glob("[0-9]*/cmdline") if b"sleep\x00987" in _bytes(path)]
    if stop == signal.SIGKILL:
        certify("build", certify.recipe("next", ""), check=0)     # the next run cleans up
    assert workspaces() == {"folders": [], "cgroups": []}


def _bytes(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_sources_are_fetched_by_hash_and_unpacked_inside(certify, tmp_path, read_file):
    import hashlib
    import io
    import tarfile

    served = tmp_path / "served"
    served.mkdir()
    digests = {}
    for archive, names in {"tool-1.0": ["bin/tool"], "hostile-1.0": ["bin/tool", "../../../../outside"]}.items():
        with tarfile.open(served / f"{archive}.tar.xz", "w:xz") as tar:
            for name in names:
                info = tarfile.TarInfo(f"{archive}/{name}")
                info.size, info.mode = 20, 0o755
                tar.addfile(info, io.BytesIO(b"#!/bin/sh\necho tool\n"))
        digests[archive] = hashlib.sha256((served / f"{archive}.tar.xz").read_bytes()).hexdigest()
    server = subprocess.Popen(["python3", "-u", "-m", "http.server", "--bind", "127.0.0.1", "18098", "--directory", str(served)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        time.sleep(1)
        text = "sources: [{url: 'http://127.0.0.1:18098/%s.tar.xz', sha256: '%s', unpack: /opt/tool}]\n"
        wrong = certify("build", certify.recipe("wrong", text % ("tool-1.0", "0" * 64)), check=1)
        assert digests["tool-1.0"] in wrong.stderr
        gone = certify("build", certify.recipe("gone", text % ("none", "1" * 64)), check=3)
        assert "404" in gone.stderr
        hostile = certify("build", certify.recipe("escaping", text % ("hostile-1.0", digests["hostile-1.0"])), check=1)
        assert "'..'" in hostile.stderr
        certify("build", certify.recipe("right", text % ("tool-1.0", digests["tool-1.0"])), check=0)
    finally:
        server.kill()
        server.wait()
    image = certify.folder / "out" / "right" / "1-1" / "image.squashfs"
    assert read_file(image, "/opt/tool/bin/tool") == "#!/bin/sh\necho tool\n"
    assert read_file(image, "/opt/tool/source.tar") is None
    assert read_file(image, "/certify/source.tar") is None
    assert not Path("/outside").exists()

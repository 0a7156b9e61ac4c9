"""What is found in a finished squashfs, and what its tests see: the site, not the build machine."""

import json

import pytest

# Done by a program, so that no reading of the recipe can tell: the squashfs decides.
BAD = """\
import os
for path, mode, text in (("/opt/tool/bin/suid", 0o4755, "x"), ("/opt/tool/private", 0o600, "x"),
                         ("/opt/tool/bin/mine", 0o744, "x"), ("/opt/closed/file", 0o644, "x"),
                         ("/opt/udiImage/lib/libx.so", 0o644, "x"), ("/home/app/program", 0o755, "x"),
                         ("/etc/profile.d/tool.sh", 0o644, "export LD_LIBRARY_PATH=/opt/tool/lib\\n")):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, "w").write(text)
    os.chmod(path, mode)
os.chmod("/opt/closed", 0o700)
"""


def test_the_squashfs_is_judged_by_what_is_in_it(certify):
    folder = certify.recipe("bad", """\
packages: {apt: [python3-minimal]}
files: [{from: install.py, to: /opt/tool/install.py}]
steps: [{run: python3 /opt/tool/install.py}]
""", {"install.py": BAD})
    failed = certify("ship", folder, check=1)
    for code, path in (("PRM304", "/opt/tool/bin/suid"), ("PRM301", "/opt/tool/private"), ("PRM301", "/opt/tool/bin/mine"),
                       ("PRM302", "/opt/closed"), ("ENV105", "/etc/profile.d/tool.sh"), ("PTH201", "/opt/udiImage/lib/libx.so"),
                       ("PTH202", "/home/app/program")):
        assert any(code in line and path in line for line in failed.stdout.splitlines()), (code, path, failed.stdout)
    assert "not certified" in failed.stderr
    assert not (certify.folder / "store" / "tags" / "bad").exists()
    found = certify("check", certify.folder / "out" / "bad" / "1-1", "--format", "json", check=1)
    results = json.loads(found.stdout)["results"]
    assert {result["code"] for result in results if result["severity"] == "error"} == {
        "PRM304", "PRM301", "PRM302", "ENV105", "PTH201", "PTH202"}
    assert all({"code", "name", "severity", "message", "help", "path"} <= result.keys() for result in results)


def test_a_plain_debian_has_no_error(hello):
    found = hello("check", hello.folder / "out" / "hello" / "1.0-1", "--format", "json", check=0)
    assert all(result["severity"] != "error" for result in json.loads(found.stdout)["results"])


SITE = """\
steps:
  - {run: "mkdir -p /opt/app && echo data > /opt/app/data && ln -s data /opt/app/link"}
env: {GREETING: from the image, PATH: "/opt/app:/usr/bin:/bin"}
tests:
  - name: an ordinary user, without any privilege
    run: |
      test "$(id -u)" -ne 0
      test "$(id -un)" = user
      grep -q 'CapEff:.0000000000000000' /proc/self/status
      grep -q 'CapBnd:.0000000000000000' /proc/self/status
      grep -q 'NoNewPrivs:.1' /proc/self/status
  - name: nothing can be written but scratch
    run: |
      for path in / /opt /opt/app /etc /var /run /usr /home; do
        ! touch "$path/x" 2>/dev/null || { echo "$path is writable"; exit 1; }
      done
      touch /tmp/x /var/tmp/x "$HOME/x"
  - name: the runtime and the site cover their paths
    run: |
      for path in /etc/udiImage /etc/ssh /var/spool /var/empty /global /scratch /cvmfs; do
        test -d "$path"; test -z "$(ls -A "$path")" || { echo "$path is not empty"; exit 1; }
      done
      grep -q ^user: /etc/passwd; ! grep -q ^root: /etc/passwd
  - name: no network and no host
    run: |
      test "$(tail -n +3 /proc/net/dev | wc -l)" -le 1
      ! (exec 3<>/dev/tcp/127.0.0.1/22) 2>/dev/null
      test "$(ls /proc | grep -c '^[0-9]')" -lt 10
  - name: the environment that the runtime gives
    run: |
      test "$GREETING" = "from the image"; test -z "${LD_LIBRARY_PATH+set}"; test -z "${TMPDIR+set}"; test "$HOME" = /home/user
      test -z "${CERTIFY_KEY+set}"
      test "$SHIFTER_RUNTIME" = 1; test "$(pwd)" = /
  - name: the image's own content is there
    run: cat /opt/app/link | grep data
"""


def test_tests_run_as_an_ordinary_user_of_the_site(certify):
    certify("ship", certify.recipe("site", SITE), check=0)


def test_a_test_that_reads_a_root_only_file_stops_the_pipeline(certify):
    # In /root the distribution's own files are root's, so no check minds: the test proves that it cannot be used.
    folder = certify.recipe("closed", """\
steps: [{run: "echo key > /root/license && chmod 600 /root/license"}]
tests: [{name: uses the license, run: cat /root/license}]
""")
    failed = certify("ship", folder, check=1)
    assert "uses the license" in failed.stdout
    assert "Permission denied" in failed.stdout
    assert "1 test(s) failed" in failed.stderr
    assert not (certify.folder / "store" / "tags" / "closed").exists()


@pytest.mark.parametrize("command", [
    "sleep 5000 & setsid sleep 5000 & true",
    "head -c 3000000 /dev/zero | tr \\\\0 x",
])
def test_programs_of_a_test_end_with_it(certify, leftovers, command):
    certify("ship", certify.recipe("lingering", f"tests: [{{name: lingers, run: '{command}'}}]\n"), check=0)
    assert leftovers() == {"mounts": [], "processes": []}

"""Ordinary users: they run what is theirs, and see nothing of what is not. With Charliecloud as a real counterpart."""

import shlex
import stat
import subprocess
import sys
import time

import pytest

from certify.cli.summary import commands

ALICE, BOB = 61001, 61002
COMMAND = (sys.executable, "-c", "from certify.cli.main import entry; entry()")


@pytest.fixture(scope="module")
def private(make_certify):
    """A store with an image for Alice alone, and one for everybody."""
    certify = make_certify()
    certify("ship", certify.recipe("secret-stack", f"access: {{users: [{ALICE}]}}\ntests: [{{run: 'true'}}]\n"), check=0)
    certify("ship", certify.recipe("open-stack", "tests: [{run: 'true'}]\nentrypoint: [id, -u]\n"), check=0)
    return certify


def test_an_ordinary_user_runs_a_public_image_as_themselves(private):
    done = private("run", "--entrypoint", "open-stack", user=ALICE, check=0)
    assert done.stdout == f"{ALICE}\n"


def test_root_is_nobody_in_the_image(private):
    assert private("run", "--entrypoint", "open-stack", check=0).stdout == "61234\n"


def test_a_private_image_runs_for_its_user_only(private):
    assert private("run", "secret-stack", "--", "echo", "mine", user=ALICE, check=0).stdout == "mine\n"
    refused = private("run", "secret-stack", "--", "echo", "mine", user=BOB, check=125)
    assert "not for you" in refused.stderr
    assert "mine" not in refused.stdout


def test_root_runs_and_renews_a_private_image(private):
    """Its list shuts out nobody, who reads images for root."""
    for site in ("shifter", "charliecloud", "podman-hpc", "apptainer"):
        done = private("run", "--site", site, "secret-stack", "--", "/usr/bin/id", "-u", check=0)
        assert (done.stdout == "0\n") == (site == "podman-hpc")
    assert "renewed" in private("renew", "secret-stack").stdout


def test_a_private_image_is_listed_for_its_user_only(private):
    assert "secret-stack" in private("store", "ls", user=ALICE, check=0).stdout
    listed = private("store", "ls", user=BOB, check=0)
    assert "secret-stack" not in listed.stdout + listed.stderr
    assert "open-stack" in listed.stdout
    assert private("verify", "secret-stack", user=BOB).returncode == 1
    private("verify", "secret-stack", user=ALICE, check=0)


def test_the_build_folder_of_a_private_image_is_closed(private):
    assert stat.S_IMODE((private.folder / "out" / "secret-stack" / "1-1").stat().st_mode) == 0o700
    assert stat.S_IMODE((private.folder / "out" / "open-stack" / "1-1").stat().st_mode) == 0o755


def test_meta_has_the_acl_right_after_the_format(private):
    texts = {path.read_text() for path in (private.folder / "store" / "images").glob("*.meta")}
    assert any(text.startswith(f"FORMAT: squashfs\nUSERACL: {ALICE}\n") for text in texts)
    assert sum("ACL" in text for text in texts) == 1


def test_a_user_cannot_read_root_only_files_through_the_mount(private):
    assert private("run", "open-stack", "--", "cat", "/etc/shadow", user=ALICE, check=0).stdout == ""   # the runtime's own
    refused = private("run", "open-stack", "--", "cat", "/etc/gshadow", user=ALICE)
    assert "Permission denied" in refused.stderr
    refused = private("run", "open-stack", "--", "cat", "/etc/gshadow")
    assert "Permission denied" in refused.stderr


@pytest.mark.parametrize(("command", "code", "said"), [
    (("sh", "-c", "exit 42"), 42, ""),
    (("no-such-program",), 127, "no such program"),
    (("/etc/debian_version",), 126, "not executable"),
    (("sh", "-c", "kill -9 $$"), 137, ""),
])
def test_run_ends_as_podman_does(private, command, code, said):
    done = private("run", "open-stack", "--", *command, user=ALICE, check=code)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_run_tells_its_own_troubles_with_125(private):
    assert "no such image" in private("run", "never-made", check=125).stderr
    assert "not a" in private("run", "../../etc/passwd", check=125).stderr
    bare = {"CERTIFY_STORE": "", "CERTIFY_TRUST": ""}
    assert "--store" in private("run", "open-stack", env=bare, check=125).stderr


def test_the_runtime_environment_reaches_a_run_and_the_loader_variables_do_not(private):
    done = private("run", "open-stack", "--", "env", user=ALICE, check=0,
                   env={"LD_LIBRARY_PATH": "/x", "TMPDIR": "/x", "SLURM_JOB_ID": "7"})
    assert "SLURM_JOB_ID=7" in done.stdout
    assert "LD_LIBRARY_PATH" not in done.stdout
    assert "TMPDIR" not in done.stdout


def test_isolated_has_no_network_and_no_site_file_systems(private):
    count = ("sh", "-c", "tail -n +3 /proc/net/dev | wc -l")
    assert private("run", "--isolated", "open-stack", "--", *count, user=ALICE, check=0).stdout.strip() in ("0", "1")
    assert private("run", "--isolated", "open-stack", "--", "ls", "/home", user=ALICE, check=0).stdout == ""


def test_charliecloud_runs_the_published_squashfs_as_an_ordinary_user(hello):
    """The very command that the closing summary shows."""
    [image] = (hello.folder / "store" / "images").glob("*.squashfs")
    shown = commands(image, image.stem, {"PATH": "/opt/hello/bin:/usr/bin:/bin"}, ["hello"])["Charliecloud"]
    done = subprocess.run(["setpriv", "--reuid", str(ALICE), "--regid", str(ALICE), "--clear-groups", *shlex.split(shown)],
                          env={"PATH": "/usr/bin:/bin", "USER": "alice", "HOME": "/"}, cwd="/", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "Hello from Debian GNU/Linux 12 (bookworm)\n"


def test_a_change_of_access_needs_no_build_and_a_wider_one_needs_a_word(certify):
    narrow, wide = f"access: {{users: [{ALICE}]}}\n", f"access: {{users: [{ALICE}, {BOB}]}}\n"
    folder = certify.recipe("growing", narrow)
    certify("ship", folder, check=0)
    certify.recipe("growing", wide)
    assert "--widen" in certify("ship", folder, check=1).stderr
    assert certify("run", "growing", "--", "true", user=BOB).returncode == 125
    certify("ship", folder, "--widen", check=0)
    certify("run", "growing", "--", "true", user=BOB, check=0)
    certify.recipe("growing", narrow)
    certify("ship", folder, check=0)
    assert certify("run", "growing", "--", "true", user=BOB).returncode == 125


@pytest.mark.parametrize("user", [0, ALICE])
def test_kill_9_of_a_run_ends_everything_it_started(private, leftovers, user):
    process = subprocess.Popen(
        ["/usr/bin/setpriv", "--reuid", str(user), "--regid", str(user), "--clear-groups", *COMMAND, "run", "open-stack", "--",
         "sh", "-c", "echo started; sleep 654"], env=private.env, stdout=subprocess.PIPE, text=True, cwd="/")
    assert process.stdout.readline() == "started\n"
    process.kill()
    process.wait()
    deadline = time.monotonic() + 10
    while leftovers()["processes"] and time.monotonic() < deadline:
        time.sleep(0.1)
    assert leftovers() == {"mounts": [], "processes": []}

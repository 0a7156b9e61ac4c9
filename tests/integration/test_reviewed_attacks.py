"""Attacks that once worked, each shown to fail now."""

import base64
import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from builder.digest import of_file
from builder.recipe import load
from builder.record import Record

COMMAND = (sys.executable, "-c", "from certify.cli.main import entry; entry()")


def provenance(certs):
    [path] = certs.glob("provenance-*.dsse.json")
    return json.loads(base64.b64decode(json.loads(path.read_text())["payload"]))["predicate"]


def test_a_failing_test_is_heard_however_loud_it_is(certify):
    folder = certify.recipe("loud", """\
tests:
  - {name: fails loudly, run: 'head -c 400000 /dev/zero | tr "\\\\0" x; exit 1'}
  - {name: passes, run: 'true'}
""")
    failed = certify("ship", folder, check=1)
    assert "1 test(s) failed" in failed.stderr
    assert "fails loudly" in failed.stdout


def test_a_finding_is_heard_however_long_its_path_is(certify):
    deep = "/opt/" + "/".join("\\377" * 60 for _ in range(50))
    folder = certify.recipe("deep", f"""\
steps:
  - run: |
      d=$(printf '{deep}'); mkdir -p "$d"; echo x > "$d/key"; chmod 600 "$d/key"
""")
    failed = certify("ship", folder, check=1)
    assert "PRM301" in failed.stdout


def test_a_large_environment_is_no_way_around(certify):
    text = f"env: {{BIG: {'x' * 20000}}}\ntests: [{{run: 'test ${{#BIG}} = 20000'}}]\n"
    certify("ship", certify.recipe("large", text), check=0)


def test_python_and_pip_take_nothing_from_the_repository(certify, tmp_path):
    """A pip.py and an archive with the name of a version lie in the folder where certify is called."""
    (certify.folder / "pip.py").write_text(f"open({str(tmp_path / 'owned')!r}, 'w').write('x')\n")
    line = f"evil==1.0.zip --hash=sha256:{'0' * 64}\n"
    text = "packages: {pip: {requirements: requirements.txt, venv: /opt/v}}\n"
    refused = certify("build", certify.recipe("evil", text, {"requirements.txt": line}), check=1)
    assert "requirements.txt:1:1" in refused.stderr
    wrong = f"six==1.16.0 --hash=sha256:{'0' * 64}\n"
    refused = certify("build", certify.recipe("six", text, {"requirements.txt": wrong}), check=1)
    assert "packages.pip" in refused.stderr
    assert not (tmp_path / "owned").exists()


def test_a_link_in_out_leads_root_nowhere(certify, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    folder = certify.recipe("linked", "steps: [{run: echo attack}]\n")
    out = certify.folder / "out" / "linked" / "1-1"
    out.mkdir(parents=True)
    for name in ("build.log", "build.json", ".build.json.part", "image.squashfs", ".image.squashfs.part"):
        (out / name).symlink_to(victim)
    certify("build", folder, check=0)
    assert victim.read_text() == "untouched"
    assert "attack" in (out / "build.log").read_text()
    other = certify.recipe("redirected", "")
    (certify.folder / "out" / "redirected").symlink_to(tmp_path)
    assert "a link" in certify("build", other, check=3).stderr


def test_a_planted_build_is_built_again_and_its_record_never_signed(certify):
    folder = certify.recipe("planted", "tests: [{run: 'true'}]\n")
    certify("build", folder, check=0)
    out = certify.folder / "out" / "planted" / "1-1"
    record = Record.read(out)
    tree = certify.folder / "tree"
    subprocess.run(["unsquashfs", "-q", "-n", "-d", tree, out / "image.squashfs"], check=True, capture_output=True)
    (tree / "opt" / "backdoor").write_text("x")
    (out / "image.squashfs").unlink()
    subprocess.run(["mksquashfs", tree, out / "image.squashfs", "-quiet", "-no-progress"], check=True, capture_output=True)
    lies = [{"name": "lies", "version": "1", "architecture": "all", "sha256": "0" * 64, "file": "lies.deb"}]
    replace(record, digest=of_file(out / "image.squashfs"), packages=lies).write(out)
    certify("ship", folder, check=0)
    assert load(folder)[1].name == "planted"
    said = provenance(out / "certs")
    assert not [one for one in said["buildDefinition"]["resolvedDependencies"] if "lies" in one["uri"]]
    assert certify("run", "planted", "--", "ls", "/opt", check=0).stdout == "udiImage\n"
    assert asdict(Record.read(out))["digest"] == record.digest


def test_attest_claims_no_build_that_it_did_not_see(certify):
    folder = certify.recipe("seen", "tests: [{run: 'true'}]\n")
    certify("build", folder, check=0)
    out = certify.folder / "out" / "seen" / "1-1"
    certify("attest", out, "--recipe", folder, check=0)
    said = provenance(out / "certs")
    assert said["buildDefinition"]["buildType"] == "urn:certify:examined:1"
    assert "key" not in said["buildDefinition"]["externalParameters"]
    certify("publish", out, "--recipe", folder, check=0)
    [result] = certify.json("ship", folder)
    assert any(step["name"] == "attest" for step in result["steps"])      # not taken for one's own build
    assert provenance(out / "certs")["buildDefinition"]["buildType"] == "urn:certify:build:1"


def test_files_that_change_during_a_build_end_it(certify):
    text = "files: [{from: data, to: /opt/data}]\nsteps: [{run: echo waiting; sleep 6}]\n"
    folder = certify.recipe("moving", text, {"data": "old\n"})
    process = certify.start("build", folder)
    log = certify.folder / "out" / "moving" / "1-1" / "build.log"
    for _ in range(600):
        if log.exists() and "waiting" in log.read_text():
            break
        subprocess.run(["sleep", "0.1"], check=True)
    (folder / "data").write_text("new\n")
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "changed while it was built" in said
    assert not (log.parent / "image.squashfs").exists()


def test_the_environment_of_a_run_is_not_on_any_command_line(hello):
    process = subprocess.Popen([*COMMAND, "run", "hello", "--", "sh", "-c", "echo started; sleep 30"],
                               env={**hello.env, "MY_TOKEN": "glpat-secret"}, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "started\n"
        lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline")]
        assert not [line for line in lines if b"glpat-secret" in line]
    finally:
        process.terminate()
        process.wait()


def test_another_profile_of_the_site_is_another_judgement(certify):
    folder = certify.recipe("judged", "tests: [{run: 'true'}]\n")
    certify("ship", folder, check=0)
    profile = json.loads(certify("site", "show", check=0).stdout)
    profile["validity_days"] = 100
    (certify.folder / "site.json").write_text(json.dumps(profile))
    done = certify("ship", folder, "--site", certify.folder / "site.json", "--format", "json", check=0)
    assert json.loads(done.stdout)["results"][0]["status"] == "published"


def test_what_a_step_prints_does_not_steer_the_terminal(certify):
    folder = certify.recipe("steering", "steps: [{run: \"printf '\\\\033]0;OWNED\\\\007'; exit 3\"}]\n")
    failed = certify("build", folder, check=1)
    assert "OWNED" in failed.stderr
    assert "\033" not in failed.stderr


@pytest.mark.parametrize("kind", ["loop", "long", "fifo", "fifo requirements"])
def test_odd_files_beside_a_recipe_are_told_and_do_not_hang(certify, kind):
    folder = certify.recipe("odd", "files: [{from: d, to: /opt/d}]\n")
    if kind == "loop":
        (folder / "d").mkdir()
        (folder / "d" / "a").symlink_to("b")
        (folder / "d" / "b").symlink_to("a")
    elif kind == "long":
        certify.recipe("odd", f"files: [{{from: {'x' * 900}, to: /opt/d}}]\n")
    elif kind == "fifo":
        os.mkfifo(folder / "d")
    else:
        certify.recipe("odd", "packages: {pip: {requirements: r.txt, venv: /opt/v}}\n")
        os.mkfifo(folder / "r.txt")
    done = certify("lint", folder, check=1)
    assert "SCH004" in done.stdout
    assert "Traceback" not in done.stderr


def test_output_that_cannot_be_written_is_no_bug(hello):
    for redirection in (">/dev/full", ">&-"):
        done = subprocess.run(["sh", "-c", f'"$@" {redirection}', "sh", *COMMAND, "store", "ls"], env=hello.env,
                              capture_output=True, text=True)
        assert done.returncode in (0, 3)
        assert "Traceback" not in done.stderr

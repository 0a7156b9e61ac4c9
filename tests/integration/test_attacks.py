"""What somebody with access to the store or to a recipe tries, and what must come of it."""

import json
import subprocess

import pytest


@pytest.fixture(scope="module")
def shipped(make_certify):
    certify = make_certify()
    certify("ship", certify.recipe("victim", "tests: [{run: 'true'}]\n"), check=0)
    return certify


@pytest.fixture
def image(shipped):
    [digest] = {one["digest"].removeprefix("sha256:") for one in shipped.json("store", "ls") if one["name"] == "victim"}
    return shipped.folder / "store" / "images" / f"{digest}.squashfs"


@pytest.mark.parametrize("where", [0.0, 0.5, 1.0])
def test_one_flipped_byte_makes_verify_end_1(shipped, image, where):
    offset = min(int(image.stat().st_size * where), image.stat().st_size - 1)
    with image.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)
        file.seek(offset)
        file.write(bytes([byte[0] ^ 1]))
    try:
        refused = shipped("verify", "victim", check=1)
        assert "FAILED" in refused.stdout
        assert "Traceback" not in refused.stderr
        assert shipped("run", "victim", "--", "true").returncode == 125
    finally:
        with image.open("r+b") as file:
            file.seek(offset)
            file.write(byte)
    shipped("verify", "victim", check=0)


def test_a_certificate_by_a_key_that_is_not_trusted_ends_1(shipped, make_certify):
    stranger = make_certify()
    refused = shipped("verify", "victim", "--trust", stranger.folder / "key.pub", check=1)
    assert "FAILED" in refused.stdout
    out = shipped.folder / "out" / "victim" / "1-1"
    recipe = shipped.folder / "recipes" / "victim"
    shipped("attest", out, "--recipe", recipe, "--key", stranger.folder / "key", check=0)
    assert shipped("verify", out / "image.squashfs", check=1).stdout.count("FAILED") == 1
    assert shipped("publish", out, "--recipe", recipe, check=1).stderr.startswith("error: ")


def test_results_in_a_folder_are_never_believed(shipped):
    """A build folder that claims a good image: the one who signs looks itself."""
    recipe = shipped.recipe("planted", "steps: [{run: echo data > /opt/data}]\ntests: [{name: honest, run: test -e /opt/data}]\n")
    shipped("build", recipe, check=0)
    out = shipped.folder / "out" / "planted" / "1-1"
    tree, squashfs = out / "tree", out / "image.squashfs"
    subprocess.run(["unsquashfs", "-q", "-n", "-d", tree, squashfs], check=True, capture_output=True)
    (tree / "opt" / "data").unlink()
    squashfs.unlink()
    subprocess.run(["mksquashfs", tree, squashfs, "-quiet", "-no-progress"], check=True, capture_output=True)
    refused = shipped("attest", out, "--recipe", recipe, check=1)
    assert "1 test(s) failed" in refused.stderr
    assert not (out / "certs").exists()
    record = json.loads((out / "build.json").read_text())
    shipped("ship", recipe, check=0)        # the planted image is not the one of the record: it is built again
    assert json.loads((out / "build.json").read_text())["digest"] == record["digest"]


@pytest.mark.parametrize("content", [b"", b"hsqs", b"not a squashfs" * 1000, b"hsqs" + b"\xff" * 4096])
def test_what_is_no_squashfs_is_refused_and_leaves_nothing(shipped, tmp_path, leftovers, content):
    path = tmp_path / "odd.squashfs"
    path.write_bytes(content)
    refused = shipped("check", path, check=1)
    assert "not a squashfs" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert leftovers() == {"mounts": [], "processes": []}


def test_a_truncated_image_is_refused(shipped, image, tmp_path):
    path = tmp_path / "half.squashfs"
    path.write_bytes(image.read_bytes()[: image.stat().st_size // 2])
    refused = shipped("check", path)
    assert refused.returncode in (1, 3)
    assert "Traceback" not in refused.stderr


def test_an_absolute_link_at_opt_never_reaches_the_hosts_folder(shipped, tmp_path):
    tree = tmp_path / "tree"
    for name in ("etc", "usr", "var", ".certify"):
        (tree / name).mkdir(parents=True)
    (tree / "opt").symlink_to("/etc")
    subprocess.run(["mksquashfs", tree, tmp_path / "link.squashfs", "-quiet", "-no-progress"], check=True, capture_output=True)
    recipe = shipped.recipe("link", "tests: [{run: 'true'}]\n")
    refused = shipped("check", tmp_path / "link.squashfs", "--recipe", recipe, check=1)
    assert "/opt is a link to /etc" in refused.stderr


def test_a_recipe_cannot_take_files_of_the_machine(shipped):
    (shipped.folder / "outside").write_text("secret")
    folder = shipped.recipe("taking", """\
files:
  - {from: ../outside, to: /opt/x}
  - {from: link, to: /opt/y}
  - {from: /etc/shadow, to: /opt/z}
""")
    (folder / "link").symlink_to("/etc/shadow")
    refused = shipped("ship", folder, check=1)
    for line in (9, 10, 11):
        assert f"recipe.yaml:{line}:" in refused.stdout
    assert refused.stdout.count("SCH004") == 3


@pytest.mark.parametrize("line", [
    "--index-url http://127.0.0.1:1/simple", "--extra-index-url http://127.0.0.1:1/${HOME}", "-r /etc/passwd", "-e .",
    "file:///etc/passwd", "six @ file:///etc/passwd", "six", "six==1.0", "./six.whl",
])
def test_a_requirements_file_names_hashed_versions_and_nothing_else(shipped, line):
    text = "packages: {pip: {requirements: requirements.txt, venv: /opt/v}}\n"
    folder = shipped.recipe("pip", text, {"requirements.txt": line + "\n"})
    refused = shipped("ship", folder, check=1)
    assert "requirements.txt:1:" in refused.stdout


def test_control_characters_of_an_image_do_not_reach_the_terminal(shipped):
    folder = shipped.recipe("escape", """\
tests:
  - {name: types into the terminal, run: "printf '\\\\033]0;owned\\\\007\\\\033[31m'; exit 1"}
""")
    failed = shipped("ship", folder, check=1)
    assert "owned" in failed.stdout
    assert "\033" not in failed.stdout + failed.stderr

"""The main job, end to end."""

import hashlib
import json
import os
import time

import pytest


def test_a_recipe_becomes_a_signed_image_that_verifies_and_runs(hello):
    assert "is proven: sha256:" in hello("verify", "hello", check=0).stdout
    done = hello("run", "hello:1.0", "--", "hello", check=0)
    assert done.stdout == "Hello from Debian GNU/Linux 12 (bookworm)\n"


def test_a_second_ship_does_nothing_and_says_so(hello, request):
    recipe = request.config.rootpath / "recipes" / "hello"
    before = {path: path.stat().st_mtime_ns for path in (hello.folder / "store").rglob("*") if path.name != "tmp"}
    begin = time.monotonic()
    [result] = hello.json("ship", recipe)
    assert result["status"] == "up to date"
    assert {step["name"] for step in result["steps"]} == {"lint"}
    assert time.monotonic() - begin < 10      # the build alone takes as long; the figure itself is the bench's
    after = {path: path.stat().st_mtime_ns for path in (hello.folder / "store").rglob("*") if path.name != "tmp"}
    assert before == after


def test_json_of_ship_and_store_have_their_fields(hello, request):
    [shipped] = hello.json("ship", request.config.rootpath / "recipes" / "hello")
    assert {"recipe", "name", "version", "tag", "digest", "status", "seconds", "steps"} <= shipped.keys()
    [listed] = hello.json("store", "ls")
    assert listed.keys() == {"name", "tag", "digest", "size", "valid_until", "access"}
    assert listed["digest"] == shipped["digest"]


def test_the_summary_names_reference_size_validity_and_the_commands_of_each_runtime(hello, request):
    said = hello("ship", request.config.rootpath / "recipes" / "hello", check=0).stdout
    for word in ("hello:1.0-1@sha256:", "size", "valid until", "shifter --image=id:", "podman-hpc run", "ch-run",
                 "apptainer exec"):
        assert word in said


def test_the_image_says_what_it_is_and_nothing_that_may_change(hello, read_file):
    [image] = (hello.folder / "out" / "hello").glob("*/image.squashfs")
    said = json.loads(read_file(image, "/.certify/image.json"))
    assert said == {"schema": 1, "name": "hello", "version": "1.0", "revision": 1, "platform": said["platform"],
                    "environment": {"PATH": "/opt/hello/bin:/usr/bin:/bin"}, "entrypoint": ["hello"], "workdir": None}


def test_the_page_of_what_was_found_lies_beside_the_image(hello):
    [image] = (hello.folder / "out" / "hello").glob("*/image.squashfs")
    page = (image.parent / "report.html").read_text()
    assert "hello:1.0-1" in page
    assert hashlib.sha256(image.read_bytes()).hexdigest() in page


def test_other_bytes_under_a_published_tag_are_refused_and_the_old_image_stays(certify):
    folder = certify.recipe("moving", "steps: [{run: echo one > /opt/number}]\n")
    certify("ship", folder, check=0)
    certify.recipe("moving", "steps: [{run: echo two > /opt/number}]\n")
    refused = certify("ship", folder, check=1)
    assert "revision" in refused.stderr
    assert "moving is proven" in certify("verify", "moving", check=0).stdout
    certify.recipe("moving", "revision: 2\nsteps: [{run: echo two > /opt/number}]\n")
    certify("ship", folder, check=0)
    assert certify("run", "moving", "--", "cat", "/opt/number", check=0).stdout == "two\n"
    assert certify("run", "moving:1-1", "--", "cat", "/opt/number", check=0).stdout == "one\n"


def test_another_summary_is_certified_again_without_a_build(certify):
    folder = certify.recipe("quiet", "tests: [{run: 'true'}]\n")
    certify("ship", folder, check=0)
    path = folder / "recipe.yaml"
    path.write_text(path.read_text().replace("a test", "another summary"))
    [result] = certify.json("ship", folder)
    build = next(step for step in result["steps"] if step["name"] == "build")
    assert build["note"] == "up to date"
    assert not any(step["name"] == "squashfs" for step in result["steps"])


def test_until_stops_after_a_step_and_needs_no_key_or_store(certify):
    folder = certify.recipe("short", "tests: [{run: 'true'}]\n")
    bare = dict.fromkeys(("CERTIFY_KEY", "CERTIFY_STORE", "CERTIFY_TRUST"), "")
    certify("ship", folder, "--until", "check", env=bare, check=0)
    assert not (certify.folder / "store").exists()
    assert certify("ship", folder, "--until", "never", check=2).stderr.startswith("error: --until never")


def test_the_steps_of_ship_can_be_taken_one_by_one(certify):
    folder = certify.recipe("by-hand", "tests: [{run: 'true'}]\n")
    certify("build", folder, check=0)
    out = certify.folder / "out" / "by-hand" / "1-1"
    certify("check", out, "--recipe", folder, check=0)
    certify("attest", out, "--recipe", folder, check=0)
    assert "is proven" in certify("verify", out / "image.squashfs", check=0).stdout
    certify("publish", out, "--recipe", folder, check=0)
    certify("verify", "by-hand", check=0)


def test_attest_refuses_an_image_of_another_recipe(certify):
    one = certify.recipe("one", "env: {A: a}\n")
    certify("build", one, check=0)
    certify.recipe("one", "env: {A: b}\n")
    assert "than the recipe" in certify("attest", certify.folder / "out" / "one" / "1-1", "--recipe", one, check=1).stderr


@pytest.mark.parametrize("umask", [0o077, 0o000])
def test_the_caller_leaves_no_mark_in_the_bytes(certify, make_certify, umask):
    text = ("files: [{from: data, to: /opt/data}]\n"
            "steps: [{run: mkdir -p /opt/made && hostname > /opt/made/name && env > /opt/made/env}]\n")
    other = {"TZ": "Asia/Kathmandu", "LANG": "de_DE.UTF-8", "HOSTNAME": "x", "SOURCE_DATE_EPOCH": "1"}
    digests = []
    for settings, mask in (({}, 0o022), (other, umask)):
        made = make_certify()
        folder = made.recipe("same", text, {"data": "x\n"})
        (folder / "data").chmod(0o666 & ~mask)
        before = os.umask(mask)
        try:
            made("build", folder, env=settings, check=0)
        finally:
            os.umask(before)
        digests.append(json.loads((made.folder / "out" / "same" / "1-1" / "build.json").read_text())["digest"])
    assert digests[0] == digests[1]

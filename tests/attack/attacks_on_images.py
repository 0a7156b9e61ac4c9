"""Attacks by what is in an image, and by those who build it or run in it."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import naive
import pytest
from attack_table import Try, attack, elsewhere
from ours import ONE

from builder.errors import Fault
from builder.rootfs import Root
from certify import site as sites
from certify.checks import registry
from certify.checks.tree import ImageTree

THEME = "images, recipes and programs"


@attack(THEME, fools=naive.inspect, refused="PTH209")
def a_device_node(world):
    """Leaves a device in the image, by which the machine's disk or memory could be read."""
    tree = _tree(world)
    try:
        os.mknod(tree / "opt/null", 0o020666, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes devices")
    (tree / "opt/null").chmod(0o666)
    return _not_seen(world, tree)


@attack(THEME, fools=naive.inspect, refused="PRM304")
def a_setuid_program(world):
    """Leaves a program in the image that runs as its owner."""
    tree = _tree(world)
    (tree / "opt/become").write_bytes(b"#!/bin/sh\n")
    (tree / "opt/become").chmod(0o4755)
    return _not_seen(world, tree)


@attack(THEME, fools=naive.inspect, refused="PRM301")
def a_name_with_a_newline(world):
    """Hides a file from those who read listings line by line."""
    tree = _tree(world)
    (tree / "opt/x\n644 y").write_bytes(b"x")
    (tree / "opt/x\n644 y").chmod(0o600)
    return _not_seen(world, tree)


@attack(THEME, fools=naive.read, harmless="follows links inside the image alone")
def a_link_to_a_file_of_the_machine(world):
    """Has a file of the image be a link, which leads whoever examines the image to the machine's own file."""
    tree, secret = _tree(world), world.folder / "secret"
    secret.write_bytes(b"of the machine")
    (tree / "etc/settings").symlink_to(secret)
    image = ImageTree(Root(tree), world.config())
    return Try(lambda: naive.read(tree / "etc/settings") == b"of the machine", lambda: image.text("/etc/settings") is not None)


@attack(THEME, fools=naive.record_beside, refused="the certificate is for another environment, entrypoint or workdir")
def an_environment_that_was_not_certified(world):
    """Edits the build's record, so that the certified image gets LD_PRELOAD set."""
    config = world.config()
    changed = replace(config, environment={**config.environment, "LD_PRELOAD": "/opt/evil.so"})
    record = world.folder / "image.json"
    record.write_text(changed.to_json())
    return Try(lambda: "LD_PRELOAD" in naive.record_beside(record),
               lambda: world.publish(config=changed, envelopes=world.envelopes(config, ONE)))


def _tree(world):
    tree = world.folder / "tree"
    for name in ("etc", "opt", "usr"):
        (tree / name).mkdir(parents=True)
        (tree / name).chmod(0o755)
    _examine(world, tree)
    return tree


def _not_seen(world, tree):
    """Whoever looks at names and modes finds nothing in the tree."""
    return Try(lambda: naive.inspect(tree) == [], lambda: _examine(world, tree))


def _examine(world, tree):
    """What the checks find, as one Fault."""
    found = [one for one in registry.run(ImageTree(Root(tree), world.config()), sites.load("shifter")) if one.severity == "error"]
    if found := [one for one in found if one.code != "LNK406"]:
        raise Fault(json.dumps([(one.code, one.message) for one in found]))


for _name, _does, _result, _shown in (
    ("a recipe that takes files of the machine", "Copies ../x, /etc/shadow, or a link to it, into its image.", "SCH004",
     "tests/integration/test_attacks.py::test_a_recipe_cannot_take_files_of_the_machine"),
    ("a step that attacks the machine", "Runs a hostile step as root: mounts, devices, processes, /proc, network.",
     "reaches nothing", "tests/integration/test_steps.py::test_a_hostile_step_reaches_nothing_of_the_machine"),
    ("a requirements file that fetches elsewhere", "Names an index, a file, or a version without a hash.",
     "refused, with its line",
     "tests/integration/test_attacks.py::test_a_requirements_file_names_hashed_versions_and_nothing_else"),
    ("a pip.py in the repository", "Lies where certify is called, and waits to be imported by root.", "is never imported",
     "tests/integration/test_reviewed_attacks.py::test_python_and_pip_take_nothing_from_the_repository"),
    ("files that change during a build", "Shows one file to who looks, and another one to who packs.",
     "changed while it was built", "tests/integration/test_reviewed_attacks.py::test_files_that_change_during_a_build_end_it"),
    ("a link in the output folder", "Has root write through it.", "the victim is untouched",
     "tests/integration/test_reviewed_attacks.py::test_a_link_in_out_leads_root_nowhere"),
    ("results planted in a build folder", "Claims findings and tests that nobody made.", "who signs looks again",
     "tests/integration/test_attacks.py::test_results_in_a_folder_are_never_believed"),
    ("an image planted in a build folder", "Replaces what was built, and the record of it.", "it is built again",
     "tests/integration/test_reviewed_attacks.py::test_a_planted_build_is_built_again_and_its_record_never_signed"),
    ("an image that lies about itself", "Has its own description be a link, or no file.", "is not believed",
     "tests/sandbox/test_sandbox_commands.py::test_a_planted_description_is_not_believed"),
    ("what is no squashfs", "Sends random, cut or broken bytes as an image.", "not a squashfs",
     "tests/integration/test_attacks.py::test_what_is_no_squashfs_is_refused_and_leaves_nothing"),
    ("/opt as a link to the machine's /etc", "Has the runtime show files of the machine, read by root.", "refused",
     "tests/integration/test_attacks.py::test_an_absolute_link_at_opt_never_reaches_the_hosts_folder"),
    ("an archive that is a bomb", "Unpacks to more than a disk holds.", "is stopped at the limit",
     "tests/builder/test_archives.py::test_a_bomb_is_stopped_at_the_limit"),
    ("a layer that is a bomb", "Has a small layer stand for terabytes.", "refused before it is written",
     "tests/foreign/test_opened_layouts.py::test_a_bomb_is_refused_before_it_is_written"),
    ("a test that looks around", "Reads files, processes and descriptors of the machine, from an image's test.", "sees nothing",
     "tests/integration/test_hostile_sandbox.py::test_a_test_sees_nothing_of_the_machine"),
    ("a test that writes its own verdict", "Writes to the channel by which results are told.", "counts for nothing",
     "tests/sandbox/test_testing.py::test_a_test_cannot_write_its_own_verdict"),
    ("a fork bomb", "Fills the machine with processes.", "comes to an end",
     "tests/integration/test_hostile_sandbox.py::test_a_fork_bomb_comes_to_an_end"),
    ("a program that types into the terminal", "Puts keystrokes into the caller's terminal (TIOCSTI, TIOCLINUX).", "is refused",
     "tests/integration/test_hostile_sandbox.py::test_a_program_cannot_type_into_the_terminal"),
    ("output that steers the terminal", "Prints control characters from a test or a step.", "is shown as text",
     "tests/integration/test_attacks.py::test_control_characters_of_an_image_do_not_reach_the_terminal"),
    ("a page of findings with script", "Names files so that the HTML report runs them.", "is shown, and nothing more",
     "tests/report/test_page.py::test_no_name_changes_what_the_page_is_made_of"),
    ("secrets on a command line", "Reads the environment of somebody's run from the list of processes.", "none is there",
     "tests/integration/test_reviewed_attacks.py::test_the_environment_of_a_run_is_not_on_any_command_line"),
    ("a mirror with other bytes", "Serves another package, wheel or source than was declared.", "is refused by its hash",
     "tests/builder/test_apt_index.py::test_other_bytes_than_the_index_says_are_refused"),
    ("a registry with other layers", "Serves another layer under a digest.", "is verified again",
     "tests/builder/test_bases_fetching.py::test_a_layer_that_skopeo_lets_pass_is_still_verified"),
):
    elsewhere(THEME, _name, _does, _result, _shown)

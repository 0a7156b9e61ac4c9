"""Attacks on who may use an image: the runtime's .meta, the access record, and the modes that come from it."""

from __future__ import annotations

from dataclasses import replace

import naive
from attack_table import Try, attack, elsewhere
from ours import LISTED, ONE, PRIVATE, STRANGER, TWO, overwrite, proven, two

from builder.recipe.model import Access
from certify.store import access, meta

THEME = "access and the runtime's .meta"


@attack(THEME, fools=naive.runtime_admits, refused="not the one that the access record was signed for")
def the_meta_of_another_image(world):
    """Copies the .meta of a public image over that of a private one."""
    world.publish()
    two(world, access=PRIVATE)
    ours, private = proven(world), world.store.meta(TWO)
    overwrite(private, world.store.meta(ONE).read_bytes())
    return Try(lambda: naive.runtime_admits(private.read_bytes(), STRANGER), ours)


@attack(THEME, fools=naive.runtime_admits, refused="not the one that the access record was signed for")
def a_meta_with_an_empty_list(world):
    """Empties the list of users in the .meta: the runtime takes that for everybody."""
    world.publish(access=PRIVATE)
    ours, path = proven(world), world.store.meta(ONE)
    overwrite(path, path.read_bytes().replace(b"USERACL: 20001", b"USERACL:"))
    return Try(lambda: naive.runtime_admits(path.read_bytes(), STRANGER), ours)


@attack(THEME, fools=naive.write_meta, refused="a line end or control character")
def a_newline_in_the_environment(world):
    """Gives the image a variable with a newline and a list of users of its own."""
    env = {"GREETING": f"hello\nUSERACL: {STRANGER}"}
    return Try(lambda: _admits(naive.write_meta(env, [LISTED])), lambda: _render(world, environment=env))


@attack(THEME, fools=naive.write_meta, refused="a backslash at the end would swallow the next line")
def a_backslash_at_the_end_of_a_variable(world):
    """Ends a variable with a backslash, which makes the runtime swallow the line behind it."""
    env = {"GREETING": "hello\\"}
    return Try(lambda: _admits(naive.write_meta(env, [LISTED], acl_last=True)), lambda: _render(world, environment=env))


@attack(THEME, fools=naive.write_meta, refused="a line end or control character")
def a_newline_in_the_working_directory(world):
    """Does the same by the working directory, or by the entrypoint."""
    def naively():
        return naive.write_meta({}, [LISTED]) + f"WORKDIR: /srv\nUSERACL: {STRANGER}\n".encode()

    return Try(lambda: _admits(naively()), lambda: _render(world, workdir=f"/srv\nUSERACL: {STRANGER}"))


@attack(THEME, fools=naive.write_meta, refused="access is either public or lists users or groups")
def a_private_image_for_nobody(world):
    """Has an image listed for no user and no group at all."""
    return Try(lambda: _admits(naive.write_meta({}, [])), lambda: world.publish(access=Access()))


@attack(THEME, fools=naive.numbers, refused="no user 'nobody-of-that-name' on this machine")
def a_name_that_is_not_resolved(world):
    """Lists a user whose name this machine does not know: what is left of the list is nothing."""
    names = ("nobody-of-that-name",)
    return Try(lambda: _admits(naive.write_meta({}, naive.numbers(names, {"alice": LISTED}))),
               lambda: world.publish(access=Access(users=names)))


@attack(THEME, fools=naive.write_meta, refused="ids are from 1 to")
def an_id_that_wraps_around(world):
    """Lists an id above 2^32: the runtime cuts it to that of somebody else."""
    wrapping = 2**32 + STRANGER
    return Try(lambda: _admits(naive.write_meta({}, [wrapping])), lambda: world.publish(access=Access(users=(wrapping,))))


@attack(THEME, fools=naive.publish_again, refused="access would be wider than this image had")
def access_widened_by_a_second_publish(world):
    """Publishes a private image again, from a recipe that says public."""
    world.publish(access=PRIVATE)
    return Try(lambda: STRANGER in naive.publish_again([LISTED], [LISTED, STRANGER]), world.publish)


@attack(THEME, fools=naive.publish_again, refused="access would be wider than the version before")
def access_widened_by_a_new_version(world):
    """Publishes a new version of a private image, for more people."""
    world.publish(access=PRIVATE)
    return Try(lambda: STRANGER in naive.publish_again([LISTED], [LISTED, STRANGER]),
               lambda: two(world, access=Access(users=(LISTED, STRANGER))))


def _admits(data):
    return naive.runtime_admits(data, STRANGER)


def _render(world, **config):
    return meta.render(replace(world.config(), **config), access.resolve(PRIVATE))


elsewhere(THEME, "reading a private image as somebody else", "Opens its files, as a real user of the machine.",
          "permission denied for each file", "tests/attack/test_private_for_others.py::test_others_read_nothing_of_it")
elsewhere(THEME, "learning the names of private images", "Searches the whole store for them.",
          "nothing is found", "tests/attack/test_private_for_others.py::test_the_name_is_listed_to_nobody_else")
elsewhere(THEME, "running a private image as somebody else", "Runs it by its name, from the command line.",
          "not for you", "tests/integration/test_users.py::test_a_private_image_runs_for_its_user_only")
elsewhere(THEME, "a parcel that widens access", "Imports an older export, of when the image was public.",
          "access would be wider", "tests/store/test_export.py::test_an_older_parcel_does_not_widen_what_was_narrowed")

"""The .meta file means what was asked, or is not written; access is numbers, never empty, never root."""

from __future__ import annotations

import grp
import pwd

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.errors import Fault
from builder.image import ImageConfig
from builder.recipe.model import Access
from certify.store.access import HIGHEST, AccessRecord, Principal, Realm, resolve, union
from certify.store.meta import Meta, parse, render
from certify.verify import may_use

ids = st.integers(1, HIGHEST)


def realm_of(users, groups):
    return Realm(public=not users and not groups, users=tuple(Principal(id=one) for one in sorted(users)),
                 groups=tuple(Principal(id=one) for one in sorted(groups)))


realms = st.builds(realm_of, st.sets(ids, max_size=5), st.sets(ids, max_size=5))
nasty = st.text(st.sampled_from("aZ1 =:#\\'\"\n\t\r\x00,[]é\u2028\x85\ud800USERACL"), max_size=12) | st.text(
    max_size=12
)


def config_of(environment=None, entrypoint=(), workdir=None):
    return ImageConfig(
        name="a",
        version="1",
        revision=1,
        platform="linux/amd64",
        environment=environment or {},
        entrypoint=tuple(entrypoint),
        workdir=workdir,
    )


@given(st.dictionaries(st.from_regex("[A-Za-z_]{1,3}", fullmatch=True) | nasty, nasty, max_size=4),
       st.lists(nasty, max_size=3), st.none() | nasty, realms)
def test_the_runtime_reads_what_was_asked_or_nothing_is_written(environment, entrypoint, workdir, realm):
    try:
        data = render(config_of(environment, entrypoint, workdir), realm)
    except Fault:
        return
    assert parse(data) == Meta(
        format="squashfs",
        uids=tuple(sorted(realm.uids)),
        gids=tuple(sorted(realm.gids)),
        env=tuple(f"{name}={environment[name]}" for name in sorted(environment)),
        entry=tuple(entrypoint),
        workdir=workdir,
    )


def test_the_list_of_ids_comes_right_after_the_format():
    lines = render(config_of({"A": "b"}), realm_of({7, 5}, {9})).decode().splitlines()
    assert lines == ["FORMAT: squashfs", "USERACL: 5,7", "GROUPACL: 9", "ENV: A=b"]
    assert b"ACL" not in render(config_of(), realm_of((), {})).replace(b"GROUPACL: 9", b"")


@pytest.mark.parametrize(
    "value", ["x\nUSERACL: 1", "x\rUSERACL: 1", "x\\", "x\\  ", "x\\\t", "x\x00", "x\x7f", " x ", "\ud800"]
)
def test_values_that_would_change_the_acl(value):
    for config in (
        config_of({"A": value}),
        config_of(workdir="/w" + value),
        config_of(entrypoint=["/bin/x", "a" + value]),
    ):
        if "entrypoint" in repr(config) and value == " x " and config.entrypoint:
            continue            # inside quotes spaces are kept
        with pytest.raises(Fault):
            render(config, realm_of({5}, set()))


@pytest.mark.parametrize(
    "config",
    [
        config_of(entrypoint=["it's"]),
        config_of(entrypoint=[""]),
        config_of({"A B": "x"}),
        config_of({"A\nUSERACL: 1": "x"}),
        config_of({"": "x"}),
    ],
)
def test_other_values_that_cannot_be_said(config):
    with pytest.raises(Fault):
        render(config, realm_of({5}, set()))


def test_the_reader_has_the_quirks_of_the_runtime():
    assert parse(b"ENV: A=b\\\nUSERACL: 5\nGROUPACL: 6\n") == Meta(env=("A=b\\",), gids=(6,))
    assert parse(b"ENV: A=b\\  \nUSERACL: 5\n").uids == ()
    assert parse(b"USERACL: 5\nUSERACL: 6\n").uids == (6,)
    assert parse(b"USERACL: 5\nUSERACL:\n").uids == ()
    assert parse(b"USERACL: 4294967301\n").uids == (5,)
    assert parse(b"UserACL: 5\n#USERACL: 6\n USERACL : 7\n").uids == (7,)
    assert parse(b'ENTRY: ["a", "b"]\n').entry == ()


def test_names_become_numbers_and_keep_their_names():
    user, group = pwd.getpwuid(2), grp.getgrgid(2)
    realm = resolve(Access(users=(user.pw_name, 20001, 2), groups=(group.gr_name,)))
    assert realm.users == (Principal(id=2, name=user.pw_name), Principal(id=20001))
    assert realm.groups == (Principal(id=2, name=group.gr_name),)
    assert str(realm) == f"users {user.pw_name}, 20001; groups {group.gr_name}"


@pytest.mark.parametrize(
    "access",
    [
        Access(),
        Access(users=("nobody-of-that-name",)),
        Access(groups=("no-such-group",)),
        Access(users=("root",)),
        Access(groups=(0,)),
        Access(users=(HIGHEST + 1,)),
        Access(users=(-1,)),
        Access(users=(True,)),
        Access(public=True, users=(5,)),
        Access(users=tuple(range(1, 1002))),
    ],
)
def test_access_that_is_none(access):
    with pytest.raises(Fault):
        resolve(access)


@given(realms, realms, ids, st.sets(ids, max_size=3))
def test_nobody_gets_in_by_a_realm_that_is_not_wider(new, old, uid, gids):
    if not new.wider_than(old) and new.admits(uid, gids):
        assert old.admits(uid, gids)
    assert not new.wider_than(new)
    assert not new.wider_than(union([new, old]))


@given(realms, ids)
def test_records_round_trip(realm, number):
    record = AccessRecord(digest="ab" * 32, number=number, realm=realm, meta="cd" * 32)
    assert AccessRecord.from_payload(record.to_payload()) == record


def test_who_may_use_it():
    record = AccessRecord(digest="ab" * 32, number=1, realm=realm_of({5}, {9}), meta="cd" * 32)
    assert may_use(record, 5, [1])
    assert may_use(record, 6, [1, 9])
    assert not may_use(record, 9, [5])


@pytest.mark.parametrize(
    "access",
    [
        b'"everyone"',
        b'{"users":[],"groups":[]}',
        b'{"users":[{"id":0}],"groups":[]}',
        b'{"users":[{"id":6},{"id":5}],"groups":[]}',
        b'{"users":[{"id":5}]}',
        b"null",
        b'{"users":[{"id":4294967295}],"groups":[]}',
        b'{"users":[{"id":true}],"groups":[]}',
    ],
)
def test_records_that_are_none(access):
    good = AccessRecord(digest="ab" * 32, number=1, realm=realm_of((), ()), meta="cd" * 32).to_payload()
    with pytest.raises(Fault):
        AccessRecord.from_payload(good.replace(b'"public"', access))

"""What is read from apt and what it is told, with programs that answer as apt does."""

from __future__ import annotations

from hashlib import sha256

import pytest

from builder import apt, mirrors, process
from builder.errors import Error, Fault
from builder.outside import Outside
from builder.recipe.model import ArchiveBase

SHA = "c" * 64
BOOKWORM = ArchiveBase(suite="bookworm")
NOBLE = ArchiveBase(suite="noble", distribution="ubuntu")


@pytest.fixture(autouse=True)
def keyrings(tmp_path, monkeypatch):
    folder = tmp_path / "keyrings"
    folder.mkdir()
    for name in ("debian", "ubuntu"):
        (folder / f"{name}-archive-keyring.gpg").touch()
    monkeypatch.setattr(mirrors, "_KEYRINGS", folder)
    return folder


@pytest.fixture
def private(tmp_path, program):
    """A private apt whose apt-get answers an install with a text; what it was asked is in the file ``asked``."""
    program("apt-config", "echo 'APT::Architecture \"amd64\";'")

    def make(answer="", archive=BOOKWORM, **given):
        (tmp_path / "answer").write_text(answer)
        program("apt-get", f'echo "$APT_CONFIG $*" >> {tmp_path}/asked; case "$1" in install) cat {tmp_path}/answer;; esac')
        return apt.Apt(tmp_path / "apt", archive, **given)

    return make


def asked(tmp_path, word):
    lines = [line.split() for line in (tmp_path / "asked").read_text().splitlines()]
    return [line for line in lines if len(line) > 1 and line[1] == word]


def listed(file):
    return f"'http://deb.debian.org/debian/pool/x/{file}' {file} 1234 SHA256:{SHA}\n"


def package(data=b"", name="a", version="1", architecture="amd64"):
    file = f"{name}_{version.replace(':', '%3a')}_{architecture}.deb"
    return apt.Package(name=name, version=version, architecture=architecture, sha256=sha256(data).hexdigest(), file=file)


@pytest.mark.parametrize(("file", "exact"), [
    ("gcc_12.2.0-3_amd64.deb", "gcc:amd64=12.2.0-3"),
    ("passwd_1%3a4.13+dfsg1-1_amd64.deb", "passwd:amd64=1:4.13+dfsg1-1"),
    ("libstdc++6_12.2.0-14~deb12u1_arm64.deb", "libstdc++6:arm64=12.2.0-14~deb12u1"),
    ("tzdata_2024a-0+deb12u1_all.deb", "tzdata:all=2024a-0+deb12u1"),
])
def test_a_package_is_read_from_its_line(private, file, exact):
    found = private(listed(file)).resolve(["gcc"])
    assert [(one.exact, one.sha256, one.file) for one in found] == [(exact, SHA, file)]


def test_packages_are_sorted_and_a_line_without_sha256_is_none(private):
    lines = listed("b_1_amd64.deb") + "'http://x/c_1_all.deb' c_1_all.deb 1 MD5Sum:00\n" + listed("a_1_amd64.deb")
    assert [one.name for one in private(lines).resolve([])] == ["a", "b"]


def test_apt_is_asked_for_all_that_is_essential_with_its_own_configuration(private, tmp_path):
    private().resolve(["gcc", "make"])
    assert asked(tmp_path, "install") == [
        [f"{tmp_path}/apt/apt.conf", "install", "-y", "-qq", "--print-uris", "?essential", "gcc", "make"]]
    assert len(asked(tmp_path, "update")) == 1


def test_upon_a_tree_only_what_it_lacks_is_asked_for_and_nothing_of_it_is_removed(private, tmp_path):
    private(status="Package: libc6\n").resolve(["gcc"], essential=False)
    assert asked(tmp_path, "install")[0][2:] == ["-y", "-qq", "--print-uris", "--no-remove", "gcc"]
    assert (tmp_path / "apt/status").read_text() == "Package: libc6\n"


def test_what_is_to_stay_is_pinned_to_its_version(private, tmp_path):
    private(listed("a_1_amd64.deb")).resolve(["a"], keep=[package(name="a", version="1:2-3")])
    assert (tmp_path / "apt/etc/preferences").read_text() == "Package: a\nPin: version 1:2-3\nPin-Priority: 1001\n"


def test_what_cannot_stay_moves_on(private, program, tmp_path):
    made = private()
    program("apt-get", f"""[ "$1" != install ] && exit 0
if [ -s {tmp_path}/apt/etc/preferences ]; then echo 'E: broken' >&2; exit 100; fi
cat <<'END'
{listed("a_2_amd64.deb")}END""")
    assert [one.version for one in made.resolve(["a"], keep=[package()])] == ["2"]


def test_an_unknown_package_is_the_recipes_fault(private, program):
    made = private()
    program("apt-get", "[ $1 != install ] || { echo 'W: noise' >&2; echo 'E: Unable to locate package gc' >&2; exit 100; }")
    with pytest.raises(Fault, match=r"packages\.apt: Unable to locate package gc$") as caught:
        made.resolve(["gc"])
    assert "apt-cache search" in caught.value.hint


def test_an_index_that_cannot_be_fetched_is_not_the_recipes_fault_and_its_addresses_are_told(private, program):
    made = private(archive=NOBLE)
    program("apt-get", "[ $1 != update ] || { echo 'E: no way' >&2; exit 100; }")
    with pytest.raises(Error, match="index of Ubuntu noble cannot be fetched: no way") as caught:
        made.update()
    assert not isinstance(caught.value, Fault)
    assert "http" in caught.value.hint
    assert "universe" not in caught.value.hint


@pytest.mark.parametrize(("archive", "hint"), [(BOOKWORM, "debian-archive-keyring"), (NOBLE, "ubuntu-keyring")])
def test_without_the_keys_of_the_archive_nothing_is_fetched(private, keyrings, tmp_path, archive, hint):
    for path in keyrings.iterdir():
        path.unlink()
    with pytest.raises(Error, match="is missing") as caught:
        private(archive=archive).resolve(["a"])
    assert f"apt-get install {hint}" in caught.value.hint
    assert not (tmp_path / "asked").exists()


DUMP = """\
Acquire::http::Proxy "http://proxy:3128";
Acquire::https::CAInfo "/etc/ca.pem";
Acquire::Retries "3";
Acquire::Check-Valid-Until "false";
Acquire::https "";
APT::Architecture "amd64";
APT::Architectures:: "i386";
Acquire::AllowInsecureRepositories "1";
Acquire::Languages "de";
Acquire::httpx "1";
APT::Get::AllowUnauthenticated "1";
APT::Update::Post-Invoke:: "touch /pwned";
DPkg::Pre-Invoke:: "touch /pwned";
Dir::Etc::SourceList "/etc/apt/sources.list";
"""


def test_only_proxy_certificates_and_retries_of_the_machine_are_taken_over(program, tmp_path):
    program("apt-config", f"cat <<'END'\n{DUMP}END")
    lines = apt.Apt(tmp_path, BOOKWORM)._configuration().splitlines()
    taken = [line for line in lines if line in DUMP.splitlines()]
    assert taken == DUMP.splitlines()[:5]
    assert not [line for line in lines if "pwned" in line or "Insecure" in line or "Unauthenticated" in line]


def test_only_the_machines_own_architecture_counts(program, tmp_path):
    program("apt-config", f"cat <<'END'\n{DUMP}END")
    lines = apt.Apt(tmp_path, BOOKWORM)._configuration().splitlines()
    assert [line for line in lines if "Architecture" in line] == ["#clear APT::Architectures;", 'APT::Architectures {"amd64";};']


def test_the_private_apt_reads_no_source_list_of_the_machine(program, tmp_path):
    program("apt-config", "")
    text = apt.Apt(tmp_path, BOOKWORM)._configuration()
    assert f'Dir::Etc::SourceList "{tmp_path}/sources.list";' in text
    assert 'Dir::Etc::SourceParts "/dev/null";' in text
    assert f'Dir::State::status "{tmp_path}/status";' in text
    assert 'Acquire::ForceHash "SHA256";' in text


def test_proxy_and_certificates_of_the_site_stand_after_the_machines_own(program, tmp_path):
    program("apt-config", f"cat <<'END'\n{DUMP}END")
    outside = Outside(proxy="http://site:1", certificates=tmp_path / "ca.pem")
    lines = apt.Apt(tmp_path, BOOKWORM, outside)._configuration().splitlines()
    assert [line for line in lines if "Proxy" in line] == [
        'Acquire::http::Proxy "http://proxy:3128";', 'Acquire::http::Proxy "http://site:1";', 'Acquire::https::Proxy "http://site:1";']
    assert [line for line in lines if "CAInfo" in line][-1] == f'Acquire::https::CAInfo "{tmp_path}/ca.pem";'


@pytest.fixture
def indexed(private, program, tmp_path):
    """A private apt, an index with some packages, and a mirror that sends ``bytes`` for each."""
    made = private()
    (tmp_path / "store").mkdir()

    def make(*packages, sends="bytes"):
        stanza = "Package: {}\nArchitecture: {}\nVersion: {}\nSHA256: {}\n"
        shown = "\n".join(stanza.format(one.name, one.architecture, one.version, one.sha256) for one in packages)
        program("apt-cache", f"cat <<'END'\n{shown}END")
        files = " ".join(f"'{one.file}'" for one in packages)
        fill = f"for file in {files}; do printf {sends} > $file; done"
        program("apt-get", f'echo "x $*" >> {tmp_path}/asked; [ $1 != download ] || {fill}')
        return made

    return make


def test_a_package_is_stored_by_its_hash_and_fetched_once(indexed, tmp_path):
    one = package(b"bytes")
    for _ in range(2):
        indexed(one).download([one], tmp_path / "store")
    assert (tmp_path / "store" / one.sha256).read_bytes() == b"bytes"
    assert asked(tmp_path, "download") == [["x", "download", "-q", "a:amd64=1"]]


def test_what_is_stored_needs_neither_index_nor_network(private, program, tmp_path):
    one, made = package(b"bytes"), private()
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / one.sha256).write_bytes(b"bytes")
    program("apt-get", "exit 100")
    made.download([one], tmp_path / "store")


def test_other_bytes_than_the_index_says_are_refused(indexed, tmp_path):
    one = package(b"bytes")
    with pytest.raises(Error, match="other bytes"):
        indexed(one, sends="evil").download([one], tmp_path / "store")
    assert list((tmp_path / "store").iterdir()) == []


def test_every_package_that_has_vanished_is_named_with_its_version(indexed, tmp_path):
    there, moved = package(b"bytes"), package(b"1", "b", "1:2")
    gone = package(b"2", "c", "3", "all")
    with pytest.raises(Fault, match=r"2 of the packages .* of Debian bookworm: b 1:2 \(amd64\), c 3 \(all\)$") as caught:
        indexed(there, package(b"3", "b", "1:3")).download([there, moved, gone], tmp_path / "store")
    assert "certify lock --upgrade" in caught.value.hint
    assert "base.debian.snapshot" in caught.value.hint
    assert asked(tmp_path, "download") == []


def test_a_lock_cannot_give_a_package_another_hash_than_the_signed_index(indexed, tmp_path):
    with pytest.raises(Fault, match="a:amd64=1: in the archive of Debian bookworm it has another sha256"):
        indexed(package(b"bytes")).download([package(b"evil")], tmp_path / "store")


def test_the_flat_index_is_made_of_the_files_themselves(program, tmp_path):
    one, two = package(b"1"), package(b"22", "b", "1:2", "all")
    for data in (b"1", b"22"):
        (tmp_path / sha256(data).hexdigest()).write_bytes(data)
    program("dpkg-deb", f"""case "$2" in *{one.sha256}) echo 'Package: a\nArchitecture: amd64\nVersion: 1';;
*) echo 'Package: b\nSize: 7\nFilename: ../x\nArchitecture: all\nVersion: 1:2\nDescription: b\n .\n more';; esac""")
    assert apt.Apt(tmp_path, BOOKWORM).describe([two, one], tmp_path) == (
        f"Package: a\nArchitecture: amd64\nVersion: 1\nFilename: ./a_1_amd64.deb\nSize: 1\nSHA256: {one.sha256}\n\n"
        "Package: b\nArchitecture: all\nVersion: 1:2\nDescription: b\n .\n more\n"
        f"Filename: ./b_1%3a2_all.deb\nSize: 2\nSHA256: {two.sha256}\n")


def test_a_file_that_is_another_package_than_the_lock_says_is_refused(program, tmp_path):
    one = package(b"1", version="2")
    (tmp_path / one.sha256).write_bytes(b"1")
    program("dpkg-deb", "echo 'Package: a\nArchitecture: amd64\nVersion: 1'")
    with pytest.raises(Fault, match=r"^a:amd64=2: the file with its sha256 is a:amd64=1$"):
        apt.Apt(tmp_path, BOOKWORM).describe([one], tmp_path)


def test_tools_of_the_archive_run_in_a_clean_environment(program, tmp_path, monkeypatch):
    monkeypatch.setenv("APT_CONFIG", "/planted")
    program("apt-get", f"env > {tmp_path}/env")
    mirrors.machine_mirrors()
    said = dict(line.split("=", 1) for line in (tmp_path / "env").read_text().splitlines())
    assert {name: value for name, value in said.items() if name in process.CLEAN} == dict(process.CLEAN)
    assert "APT_CONFIG" not in said

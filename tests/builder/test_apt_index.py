"""What is read from apt and what it is told, with programs that answer as apt does."""

from __future__ import annotations

import pytest

from builder import apt, process
from builder.errors import Error, Fault

SHA = "c" * 64


def listed(file):
    return f"'http://deb.debian.org/debian/pool/x/{file}' {file} 1234 SHA256:{SHA}\n"


@pytest.mark.parametrize(("file", "exact"), [
    ("gcc_12.2.0-3_amd64.deb", "gcc:amd64=12.2.0-3"),
    ("passwd_1%3a4.13+dfsg1-1_amd64.deb", "passwd:amd64=1:4.13+dfsg1-1"),
    ("libstdc++6_12.2.0-14~deb12u1_arm64.deb", "libstdc++6:arm64=12.2.0-14~deb12u1"),
    ("tzdata_2024a-0+deb12u1_all.deb", "tzdata:all=2024a-0+deb12u1"),
])
def test_a_package_is_read_from_its_line(program, tmp_path, file, exact):
    program("apt-get", f"cat <<'END'\n{listed(file)}END")
    found = apt.Apt(tmp_path, "bookworm").resolve(["gcc"])
    assert [(one.exact, one.sha256, one.file) for one in found] == [(exact, SHA, file)]


def test_packages_are_sorted_and_a_line_without_sha256_is_none(program, tmp_path):
    lines = listed("b_1_amd64.deb") + "'http://x/c_1_all.deb' c_1_all.deb 1 MD5Sum:00\n" + listed("a_1_amd64.deb")
    program("apt-get", f"cat <<'END'\n{lines}END")
    assert [one.name for one in apt.Apt(tmp_path, "bookworm").resolve([])] == ["a", "b"]


def test_apt_is_asked_for_all_that_is_essential_with_its_own_configuration(program, tmp_path):
    program("apt-get", f'echo "$APT_CONFIG $*" > {tmp_path}/asked')
    apt.Apt(tmp_path, "bookworm").resolve(["gcc", "make"])
    words = (tmp_path / "asked").read_text().split()
    assert words == [f"{tmp_path}/apt.conf", "install", "-y", "-qq", "--print-uris", "?essential", "gcc", "make"]


def test_an_unknown_package_is_the_recipes_fault(program, tmp_path):
    program("apt-get", "echo 'W: noise' >&2; echo 'E: Unable to locate package gc' >&2; exit 100")
    with pytest.raises(Fault, match=r"packages\.apt: Unable to locate package gc$") as caught:
        apt.Apt(tmp_path, "bookworm").resolve(["gc"])
    assert "apt-cache search" in caught.value.hint


DUMP = """\
Acquire::http::Proxy "http://proxy:3128";
Acquire::https::CAInfo "/etc/ca.pem";
Acquire::Retries "3";
Acquire::Check-Valid-Until "false";
Acquire::https "";
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
    lines = apt.Apt(tmp_path, "bookworm")._configuration().splitlines()
    taken = [line for line in lines if line in DUMP.splitlines()]
    assert taken == DUMP.splitlines()[:5]
    assert not [line for line in lines if "pwned" in line or "Insecure" in line or "Unauthenticated" in line]


def test_the_private_apt_reads_no_source_list_of_the_machine(program, tmp_path):
    program("apt-config", "")
    text = apt.Apt(tmp_path, "bookworm")._configuration()
    assert f'Dir::Etc::SourceList "{tmp_path}/sources.list";' in text
    assert 'Dir::Etc::SourceParts "/dev/null";' in text
    assert f'Dir::State::status "{tmp_path}/status";' in text
    assert 'Acquire::ForceHash "SHA256";' in text


OWN = """\
Sources main bookworm http://src.example.org/debian/
Packages contrib bookworm http://contrib.example.org/debian/
Packages main stable https://download.example.com/linux/tool/
Packages main bookworm http://mirror.example.org/debian/
Packages main bookworm-security http://mirror.example.org/debian-security/
"""


@pytest.mark.parametrize(("answer", "mirrors"), [
    (OWN, ("http://mirror.example.org/debian", "http://mirror.example.org/debian-security")),
    (OWN.splitlines()[3], ("http://mirror.example.org/debian", apt.SECURITY_MIRROR)),
    ("Packages main noble http://archive.ubuntu.com/ubuntu/", (apt.MIRROR, apt.SECURITY_MIRROR)),
    ("\nPackages\n\n", (apt.MIRROR, apt.SECURITY_MIRROR)),
])
def test_the_mirrors_are_the_machines_own(program, answer, mirrors):
    program("apt-get", f"cat <<'END'\n{answer}\nEND")
    assert apt.machine_mirrors() == mirrors


def test_without_an_answer_the_mirrors_are_debians(program):
    program("apt-get", "exit 100")
    assert apt.machine_mirrors() == (apt.MIRROR, apt.SECURITY_MIRROR)


def package(data, name="a_1_amd64.deb"):
    from hashlib import sha256

    return apt.Package(name="a", version="1", architecture="amd64", sha256=sha256(data).hexdigest(), file=name)


def test_a_package_is_stored_by_its_hash_and_fetched_once(program, tmp_path):
    (tmp_path / "archives").mkdir()
    (tmp_path / "store").mkdir()
    program("apt-get", f"printf bytes > a_1_amd64.deb; echo \"$*\" >> {tmp_path}/asked")
    for _ in range(2):
        apt.Apt(tmp_path, "bookworm").download([package(b"bytes")], tmp_path / "store")
    assert (tmp_path / "store" / package(b"bytes").sha256).read_bytes() == b"bytes"
    assert (tmp_path / "asked").read_text() == "download -q a:amd64=1\n"


def test_other_bytes_than_the_index_says_are_refused(program, tmp_path):
    (tmp_path / "archives").mkdir()
    (tmp_path / "store").mkdir()
    program("apt-get", "printf evil > a_1_amd64.deb")
    with pytest.raises(Error, match="other bytes"):
        apt.Apt(tmp_path, "bookworm").download([package(b"bytes")], tmp_path / "store")
    assert list((tmp_path / "store").iterdir()) == []


def test_the_flat_index_holds_exactly_these_packages_at_their_files(program, tmp_path):
    stanza = "Package: {}\nArchitecture: amd64\nVersion: {}\nFilename: pool/x.deb\nSize: 1"
    shown = "\n\n".join(stanza.format(*one) for one in (("b", "1"), ("a", "2"), ("a", "1")))
    program("apt-cache", f"cat <<'END'\n{shown}\n\nEND")
    text = apt.Apt(tmp_path, "bookworm").describe([package(b"")])
    assert text == "Package: a\nArchitecture: amd64\nVersion: 1\nFilename: ./a_1_amd64.deb\nSize: 1\n"


def test_tools_of_the_archive_run_in_a_clean_environment(program, tmp_path, monkeypatch):
    monkeypatch.setenv("APT_CONFIG", "/planted")
    program("apt-get", f"env > {tmp_path}/env")
    apt.machine_mirrors()
    said = dict(line.split("=", 1) for line in (tmp_path / "env").read_text().splitlines())
    assert {name: value for name, value in said.items() if name in process.CLEAN} == dict(process.CLEAN)
    assert "APT_CONFIG" not in said

"""Syntax of bash in a RUN that Debian's /bin/sh reads: one warning for each line, and silence where bash reads it."""

from __future__ import annotations

import pytest

BAD = [
    "[[ -e /opt/x ]] && true", "[ $a == 1 ]", "test $a == 1", "a=(1 2)", "a[1]=2", "echo ${a[0]}", "source /opt/x/env",
    "diff <(sort a) b", "tee >(cat)", "cat <<< text", "function f { true; }", "function f() { true; }", "make &> log",
    "make &>> log", "make |& tee log", "set -euxo pipefail", "set -o pipefail && true", "touch f{1..3}", "touch {a..c}",
    "mkdir -p /opt/x/{bin,lib}", "rm -r {$a,b}", "echo $'a\\tb'", "echo ${v//a/b}", "echo ${v:0:1}", "echo ${v^^}",
    "echo ${!v}", "((i++))", "for ((i=0; i<3; i++)); do true; done", "declare -A a", "typeset a", "shopt -s nullglob",
    "pushd /opt/x && make && popd", "if [[ $a ]]; then make; fi", "make && (source x)", "echo $(source x)", 'echo "$(source x)"',
]
GOOD = [
    "[ $a = 1 ]", ". /opt/x/env", "echo $((a == b)) $((1 << 2))", "make > log 2>&1", "make 2>&1 | tee log", "a='(1 2)'",
    "bash -c 'source x && [[ -e y ]]'", 'bash -c "set -o pipefail; a |& b"', "echo '[[ a ]]' {} '{a,b}' \"{a,b}\"",
    "find . -exec rm {} +", "awk '{print $1,$2}' x", "grep -E 'x{1,3}' y", "grep -E x{1,3} y", "echo ${v:-a} ${v%%a} ${v#a} ${#v}",
    "curl -O https://example.org/{a,b}.txt", "sed 's/==/=/' x", "pip install 'x==1.0' y==2.0", "python3 -c 'a = [[1]]'",
    "f() { true; }; f", "git log HEAD@{a..b}", "echo source function declare", "apt-get install -y source-highlight",
    "export a=b && readonly c=d", "case x in a) true;; esac", "bash <<'E'\n[[ a ]]\nE",
]
BASH = ["rockylinux:9", "docker.io/library/fedora:40", "nvidia/cuda:12.4.1-devel-rockylinux9", "nvidia/cuda:12.4.1-devel-ubi8",
        "quay.io/centos/centos:stream9", "opensuse/leap:15.5", "quay.io/jupyter/base-notebook", "alpine:3.20", "$BASE",
        "quay.io/pypa/manylinux_centos7"]
BASHISM = "source x\n"


@pytest.mark.parametrize("text", BAD)
def test_dash_does_not_read_it(found, text):
    assert found("SCH007", f"FROM debian:12\nRUN {text}\n") == ["warning"]


@pytest.mark.parametrize("text", GOOD)
def test_dash_reads_it(found, text):
    assert found("SCH007", f"FROM debian:12\nRUN {text}\n") == []


@pytest.mark.parametrize("text", BAD)
def test_steps_are_bash(found, text):
    assert found("SCH007", text) == []


@pytest.mark.parametrize("base", BASH)
def test_another_sh_reads_it(found, base):
    assert found("SCH007", f"FROM {base}\nRUN {BASHISM}") == []


def test_one_finding_for_each_line(found):
    assert found("SCH007", "FROM ubuntu:24.04\nRUN [[ a == b ]] && source x; a=(1) \\\n && source y\n") == ["warning"]
    assert found("SCH007", "FROM ubuntu:24.04\nRUN <<E\nsource x\nmake\nsource y && source z\nE\n") == ["warning"] * 2


def test_the_shell_of_the_place_counts(found):
    before, after = "FROM debian:12 AS a\nRUN source x\n", "RUN source y\n"
    shell = 'SHELL ["/bin/bash", "-o", "pipefail", "-c"]\n'
    assert len(found("SCH007", before + after)) == 2
    assert len(found("SCH007", before + shell + after)) == 1
    assert len(found("SCH007", before + shell + 'SHELL ["/bin/sh", "-c"]\n' + after)) == 2
    assert len(found("SCH007", before + shell + "FROM debian:12\n" + after)) == 2     # of that stage alone
    assert len(found("SCH007", before + shell + "FROM a\n" + after)) == 1             # a stage made from it keeps it
    assert len(found("SCH007", before + "RUN ln -sf /bin/bash /bin/sh\n" + after)) == 1


def test_a_list_of_words_and_a_script_of_its_own_choose_their_shell(found):
    assert found("SCH007", 'FROM debian:12\nRUN ["/bin/bash", "-c", "source x"]\n') == []
    assert found("SCH007", "FROM debian:12\nRUN <<E\n#!/bin/bash\nsource x\nE\n") == []
    assert found("SCH007", 'FROM debian:12\nCMD source x\n') == []

"""ENV102 and ENV103 on shell text: each snippet alone in a step."""

from __future__ import annotations

import pytest

from certify.rules.env1_texts import may_name_it

BAD = [
    "export LD_LIBRARY_PATH=/opt/x/lib",
    "export LD_LIBRARY_PATH=/opt/x/lib:$LD_LIBRARY_PATH",
    "export LD_LIBRARY_PATH=$LD_LIBRARY_PATH:/opt/x/lib",
    'export "LD_LIBRARY_PATH=/opt/x/lib"',
    "export 'LD_LIBRARY_PATH=/opt/x/lib' && make",
    'export LD_LIBRARY_PATH="$(pwd)/lib"',
    "export LD_LIBRARY_PATH=$PREFIX",
    "export PATH=/opt/x/bin:$PATH LD_LIBRARY_PATH=/opt/x/lib",
    "LD_LIBRARY_PATH=/opt/x/lib\nexport LD_LIBRARY_PATH",
    "LD_LIBRARY_PATH+=:/opt/x/lib",
    "declare -x LD_LIBRARY_PATH=/opt/x/lib",
    "declare -gx LD_LIBRARY_PATH+=/opt/x/lib",
    "typeset -x LD_LIBRARY_PATH=/opt/x/lib",
    "readonly LD_LIBRARY_PATH=/opt/x/lib",
    "build() {\n  local LD_LIBRARY_PATH=/opt/x/lib\n  make\n}\nbuild",
    "function build { local -x LD_LIBRARY_PATH=/opt/x/lib; make; }",
    ": ${LD_LIBRARY_PATH:=/opt/x/lib}",
    ': "${LD_LIBRARY_PATH=/opt/x/lib}"',
    "LD_LIBRARY_PATH=${LD_LIBRARY_PATH:-/opt/x/lib}",
    "export LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}/opt/x/lib",
    "printf -v LD_LIBRARY_PATH '%s/lib' /opt/x; export LD_LIBRARY_PATH",
    "printf -vLD_LIBRARY_PATH /opt/x/lib",
    "read -r LD_LIBRARY_PATH < /src/path",
    "IFS= read -rp prompt LD_LIBRARY_PATH <<< /opt/x/lib",
    "eval 'export LD_LIBRARY_PATH=/opt/x/lib'",
    'eval "LD_LIBRARY_PATH=$PREFIX/lib"',
    "eval export LD_LIBRARY_PATH=/opt/x/lib",
    "eval \"eval 'LD_LIBRARY_PATH=/opt/x/lib'\"",
    "bash -c 'export LD_LIBRARY_PATH=/opt/x/lib; make'",
    'sh -ec "LD_LIBRARY_PATH=/opt/x/lib make"',
    "bash -o pipefail -lc 'LD_LIBRARY_PATH=/opt/x/lib make'",
    "bash -c \"sh -c 'export LD_LIBRARY_PATH=/opt/x/lib'\"",
    "su nobody -c 'LD_LIBRARY_PATH=/opt/x/lib make'",
    "bash <<'EOF'\nexport LD_LIBRARY_PATH=/opt/x/lib\nEOF",
    "sh -e <<EOF\nexport LD_LIBRARY_PATH=$PREFIX/lib\nEOF",
    "bash <<< 'export LD_LIBRARY_PATH=/opt/x/lib'",
    "LD_LIBRARY_PATH=/opt/x/lib make check",
    "CC=gcc LD_LIBRARY_PATH=.libs ./test",
    "env LD_LIBRARY_PATH=/opt/x/lib make check",
    "sudo env CC=gcc LD_LIBRARY_PATH=/opt/x/lib make check",
    "time LD_LIBRARY_PATH=/opt/x/lib make check",
    "v=LD_LIBRARY; export ${v}_PATH=/opt/x/lib",
    "a=LIBRARY b=PATH\ndeclare -x \"LD_${a}_$b=/opt/x/lib\"",
    "export L'D_LIB'RARY\"_PATH\"=/opt/x/lib",
    "for v in PATH LD_LIBRARY_PATH; do export $v=/opt/x; done",
    "declare -n ref=LD_LIBRARY_PATH; ref=/opt/x/lib",
    "\\export LD_LIBRARY_PATH=/opt/x/lib",
    "builtin export LD_LIBRARY_PATH=/opt/x/lib",
    "command export LD_LIBRARY_PATH=/opt/x/lib",
    "export $'LD_LIBRARY\\x5fPATH=/opt/x/lib'",
    "export $'\\x4cD\\x5fLIB\\x52ARY_PATH=/opt/x/lib'",
    "if true; then export LD_LIBRARY_PATH=/opt/x/lib; fi",
    "case $ARCH in x86_64) LD_LIBRARY_PATH=/opt/x/lib64;; esac",
    "while read f; do LD_LIBRARY_PATH=$f ./run; done < list",
    "(cd /src && { export LD_LIBRARY_PATH=/opt/x/lib; make; })",
    "x=$(LD_LIBRARY_PATH=/opt/x/lib ldd /opt/x/bin/x)",
    'echo "$(LD_LIBRARY_PATH=/opt/x/lib ldd x)"',
    "cat <<EOF\n${LD_LIBRARY_PATH:=/opt/x/lib}\nEOF",
    "make && LD_LIBRARY_PATH=/opt/x/lib ./x || exit 1",
    "! LD_LIBRARY_PATH=/opt/x/lib ./x",
    "LD_LIBRARY_PATH=(/opt/x/lib)",
    "LD_LIBRARY_PATH[0]=/opt/x/lib",
    "for LD_LIBRARY_PATH in /opt/x/lib; do make; done",
    "trap 'LD_LIBRARY_PATH=/opt/x/lib ./x' EXIT",
    "find . -name '*.t' -exec sh -c 'LD_LIBRARY_PATH=.libs $1' _ {} \\;",
    "export \\\n  LD_LIBRARY_PATH=/opt/x/lib",
    "text='export LD_LIBRARY_PATH=/opt/x/lib'; eval \"$text\"",
    "coproc LD_LIBRARY_PATH=/opt/x/lib ./x",
]

GOOD = [
    "# export LD_LIBRARY_PATH=/opt/x/lib",
    "make  # not: LD_LIBRARY_PATH=/opt/x/lib make",
    "unset LD_LIBRARY_PATH",
    "unset -v LD_LIBRARY_PATH PATH2",
    "export -n LD_LIBRARY_PATH",
    "export -n LD_LIBRARY_PATH=/opt/x/lib",
    "export LD_LIBRARY_PATH",
    "export LD_LIBRARY_PATH=",
    'export LD_LIBRARY_PATH=""',
    "LD_LIBRARY_PATH=''",
    "LD_LIBRARY_PATH= make check",
    "env LD_LIBRARY_PATH= make check",
    "env -u LD_LIBRARY_PATH make check",
    'LD_LIBRARY_PATH+=""',
    ": ${LD_LIBRARY_PATH:=}",
    "export LD_LIBRARY_PATH=$LD_LIBRARY_PATH",
    'export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:-}"',
    "echo ${LD_LIBRARY_PATH%:}",
    "saved=$LD_LIBRARY_PATH; unset LD_LIBRARY_PATH; make; LD_LIBRARY_PATH=$saved",
    "echo $LD_LIBRARY_PATH",
    'test -z "${LD_LIBRARY_PATH:-}"',
    '[ -z "$LD_LIBRARY_PATH" ] || exit 1',
    "[[ $LD_LIBRARY_PATH == /opt/x/lib ]] && exit 1",
    'if [ "$LD_LIBRARY_PATH" = /opt/x/lib ]; then exit 1; fi',
    "RPATH=$LD_LIBRARY_PATH",
    "echo export LD_LIBRARY_PATH=/opt/x/lib",
    'echo "LD_LIBRARY_PATH=/opt/x/lib is wrong"',
    "printf '%s\\n' 'LD_LIBRARY_PATH=/opt/x/lib'",
    "printf -v LD_LIBRARY_PATH ''",
    "export DYLD_LIBRARY_PATH=/opt/x/lib",
    "export LD_LIBRARY_PATH_BACKUP=/opt/x/lib",
    "OLD_LD_LIBRARY_PATH=/opt/x/lib",
    "export ld_library_path=/opt/x/lib",
    'export "$name=/opt/x/lib"',
    'eval "$(tool env LD_LIBRARY_PATH)"',
    'eval "$LD_LIBRARY_PATH"',
    'eval "export ${name}_LIBRARY_PATH=/opt/x/lib"',
    "export ${UNKNOWN}LD_LIBRARY_PATH=/opt/x/lib",
    "grep -r LD_LIBRARY_PATH=/opt/x/lib /etc && exit 1",
    "! grep -q 'export LD_LIBRARY_PATH=' /etc/profile",
    "sed -i '/LD_LIBRARY_PATH=/d' /opt/x/bin/x",
    "git commit -m 'LD_LIBRARY_PATH=/opt/x/lib is gone'",
    "cat <<'EOF'\nexport LD_LIBRARY_PATH=/opt/x/lib\nEOF",
    "cat <<'EOF'\n${LD_LIBRARY_PATH:=/opt/x/lib}\nEOF",
    "bash -c 'echo $LD_LIBRARY_PATH'",
    "bash script.sh -c 'LD_LIBRARY_PATH=/opt/x/lib'",
    "bash -c 'unset LD_LIBRARY_PATH; make'",
    "case $1 in LD_LIBRARY_PATH=*) shift;; esac",
    "declare -p LD_LIBRARY_PATH",
    "declare -n ref=LD_LIBRARY_PATH; echo $ref",
    "env | grep LD_LIBRARY_PATH",
    "trap - LD_LIBRARY_PATH",
    "readonly LD_LIBRARY_PATH",
    "for v in LD_LIBRARY_PATH LD_PRELOAD; do unset $v; done",
    "echo '$(LD_LIBRARY_PATH=/opt/x/lib ldd x)'",
    "make LIBRARY_PATH=/opt/x/lib LD=ld",
]


def about_it(findings) -> set[str]:
    return {finding.code for finding in findings if finding.code.startswith("ENV10")}


@pytest.mark.parametrize("shell", BAD)
def test_found(shell, lint_step):
    assert about_it(lint_step(shell)) in ({"ENV102"}, {"ENV103"})


@pytest.mark.parametrize("shell", GOOD)
def test_quiet(shell, lint_step):
    assert [finding for finding in lint_step(shell) if finding.code.startswith("ENV10")] == []


@pytest.mark.parametrize("shell", BAD)
def test_the_prefilter_lets_all_of_them_through(shell):
    assert may_name_it(shell)


@pytest.mark.parametrize(("shell", "code"), [
    ("LD_LIBRARY_PATH=/x make", "ENV103"), ("env LD_LIBRARY_PATH=/x make", "ENV103"), ("sudo env LD_LIBRARY_PATH=/x make",
    "ENV103"),
    ("LD_LIBRARY_PATH=/x", "ENV102"), ("export LD_LIBRARY_PATH=/x", "ENV102"), ("bash -c 'LD_LIBRARY_PATH=/x make'", "ENV103"),
    ("A=$B/lib:$B/lib64 make\nLD_LIBRARY_PATH=$B/lib:$B/lib64; make", "ENV102"), ("LD_LIBRARY_PATH=$B/lib:$B/lib64 make",
    "ENV103"),
])
def test_one_command_and_all_that_follow_are_told_apart(shell, code, lint_step):
    assert about_it(lint_step(shell)) == {code}


def test_one_cause_gives_one_message(lint_step):
    assert len(lint_step("eval 'export LD_LIBRARY_PATH=/x'")) == 1
    assert len(lint_step('eval "export LD_LIBRARY_PATH=$(LD_LIBRARY_PATH= pwd)"')) == 1
    assert len(lint_step("for d in a b c; do LD_LIBRARY_PATH=/$d ./x; done")) == 1


def test_tests_are_read_too(lint):
    found = lint("tests:\n  - {name: starts, run: LD_LIBRARY_PATH=/opt/x/lib x}\n")
    assert [(finding.code, "test 'starts'" in finding.message) for finding in found] == [("ENV103", True)]


def test_the_environment_of_the_recipe_is_known(lint):
    step = "steps:\n  - env: {V: LD_LIBRARY}\n    run: export ${V}_PATH=/opt/x/lib\n"
    assert [finding.code for finding in lint(step)] == ["ENV102"]


def test_empty_values_in_the_environment_are_fine(lint):
    assert lint('env: {LD_LIBRARY_PATH: ""}\nsteps:\n  - {run: make, env: {LD_LIBRARY_PATH: ""}}\n') == []


def test_a_step_may_not_set_it_in_its_environment(lint):
    found = lint("steps:\n  - {run: make, env: {LD_LIBRARY_PATH: /x}}\n")
    assert [finding.code for finding in found] == ["ENV101"]

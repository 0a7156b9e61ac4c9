"""What a shell text writes into files, and what it hands to other interpreters."""

from __future__ import annotations

import pytest

from certify.shell.assignments import assignments
from certify.shell.output import formatted, replacements
from certify.shell.parse import MAX_PIPES, parse
from certify.shell.writings import run_by, run_programs, writings


def written(text: str) -> list[tuple[str, str]]:
    return [(one.path, one.text.rstrip("\n")) for one in writings(text)]


@pytest.mark.parametrize("text", [
    "echo T > /f", "echo T >> /f", "echo T >| /f", "echo T &> /f", "printf '%s\\n' T > /f", "printf T > /f", "cat <<E > /f\nT\nE",
    "cat > /f <<'E'\nT\nE", "cat <<-E >/f\n\tT\nE", "tee /f <<E\nT\nE", "cat <<E | tee /f\nT\nE",
    "cat <<E | sudo tee -a /f >/dev/null\nT\nE",
    "echo T | tee /f", "echo T | sort | uniq > /f", "{ echo T; } > /f", "(echo T) > /f", "if x; then echo T; fi > /f",
    "x && echo T > /f",
    "x; y && echo T >> /f || exit", "install /dev/stdin /f <<E\nT\nE", "dd of=/f <<< T", "tee /f <<< T", "f=/f; echo T > $f",
    "t=T; echo $t > /f", "say() { echo $1; }; say T > /f", "bash -c 'echo T > /f'", "bash <<'E'\necho T > /f\nE",
    "echo T | cat > /f",
    "x=$(echo T); echo $x > /f", "sed -i s/a/T/ /f", "sed s/a/T/ x > /f", "sed -i -e 's|a|T|g' /f", "perl -pi -e 's/a/T/' /f",
    "perl -i -pe 's{a}{T}' /f", "awk 'BEGIN { print \"T\" }' > /f", "awk '{ print \"T\" > \"/f\" }' x",
    "for i in T; do echo $i; done > /f",
    "python3 -c 'open(\"/f\", \"w\").write(\"T\")'", "sed -i '1i T' /f", "sed -i '/a/a T' /f", "! echo T > /f", "1>/f echo T",
])
def test_what_is_written_and_where(text):
    assert ("/f", "T") in [(path, one.strip()) for path, one in written(text)]


@pytest.mark.parametrize("text", [
    "echo T", "echo T >&2", "echo T 1>&2", "echo T 2> /f", "cat <<E\nT\nE", "cat >&2 <<E\nT\nE", "echo T | grep x",
    "git commit -F - <<E\nT\nE",
    "x=$(echo T)", "echo T < /f", ": <<E\nT\nE", "sed -n s/a/T/p x", "sed -i /T/d /f", "sed -i s/T/a/ /f", "patch < /f <<E\nT\nE",
    "python3 -c 'print(\"T\")'", "awk '/T/ { exit }' x > /f", "echo T | wc -l > /f",
])
def test_what_is_not_written(text):
    assert [one for path, one in written(text) if "T" in one] == []


@pytest.mark.parametrize("text", [
    "source <(echo A=1)", "echo A=1 | bash", ". /dev/stdin <<< A=1", "su x -c 'A=1'", "flock /l -c A=1",
    "eval \"$(cat <<'E'\nA=1\nE\n)\"",
    "f() { export $1=1; }; f A1; f AAA=1; A=1", "set -- A; export $1=1", "set -- x A; shift; export $1=1",
    "a=(A B); export \"${a[0]}=1\"",
    "declare -A m=([A]=1); for k in \"${!m[@]}\"; do export $k=${m[$k]}; done", "m[0]=A; export ${m[0]}=1", "export {A,B}=1",
    "a=a; export ${a^^}=1",
    "mapfile -t v <<< A; for i in \"${v[@]}\"; do export $i=1; done", "read -r v <<< A; export $v=1",
    "v='A B'; for i in $v; do export $i=1; done",
    "if x; then v=A; else v=B; fi; export $v=1", "case x in a) v=A;; *) v=B;; esac; export $v=1",
    "for v in A B; do n=$v; done; export $n=1",
    "r() { \"$@\"; }; r env ABC=1 A=1 x", "alias x='A=1 x'", "parallel A=1 x ::: 1", "timeout 5 sh -c A=1", "xargs sh -c A=1",
    "setenv A 1",
    "c='env A=1'; $c x", "v=$(echo A); export $v=1", "chroot / env A=1 x",
])
def test_assignments_through_many_means(text):
    assert "A" in [one.name for one in assignments(text) if one.value]


def test_programs_and_what_they_hand_to_a_shell():
    (program,) = run_programs("python3 - <<E\nimport os; os.system('x')\nE")
    assert (program.language, list(run_by(program))) == ("python", ["x"])
    assert [one.language for one in run_programs("csh -c x; perl -e y; echo z | tclsh; ruby -e 1; Rscript -e 2; julia -e 3")] == [
        "csh", "perl", "tcl", "ruby", "r", "julia"]


def test_printf_takes_its_format_again():
    assert formatted(["%s=%s\\n", "a", "b", "c", "d"]) == "a=b\nc=d\n"
    assert formatted(["%%%s", "a"]) == "%a" and formatted([]) == "" and "\0" in formatted(["%d", "1"])


@pytest.mark.parametrize(("program", "texts"), [
    ("s/a/b/", ["b"]), ("s|a|b|g;s,c,d,", ["b", "d"]), ("/x/s/a/b\\nc/", ["b\nc"]), ("1,$s#a#b#", ["b"]), ("/a/d", []),
    ("s/a/", []),
    ("$a\\ b", ["b"]), ("y/ab/cd/", []), ("s/a\\/b/c/", ["c"]),
])
def test_the_replacements_of_sed(program, texts):
    assert list(replacements(program)) == texts


def test_many_pipes_in_many_lines_are_read():
    assert parse("a | b\n" * (MAX_PIPES + 10)) is not None
    assert parse("a |\n" * (MAX_PIPES + 10)) is None


def test_a_long_common_script_is_judged_to_its_end():
    lines = "make -C /src/a -j8 && cp /src/a/b /opt/x | tee log\nexport A=$B:/x\n" * 2500
    found = [one.name for one in assignments(lines + "export LD_LIBRARY_PATH=/x\n", {"LD_LIBRARY_PATH": ""})]
    assert found[-1] == "LD_LIBRARY_PATH"

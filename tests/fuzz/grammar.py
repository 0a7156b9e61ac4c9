"""Texts that follow a grammar, or nearly: shell scripts, Containerfiles, and the values of a recipe."""

from __future__ import annotations

import json
from random import Random

NAMES = ["a", "b", "prefix", "v", "LD_LIBRARY_PATH", "LD_PRELOAD", "PATH", "HOME", "PREFIX", "DESTDIR", "_x9"]
PLACES = [
    "/opt/x/lib",
    "/home/x",
    "/tmp/b",
    "/global/cfs",
    "~/x",
    "../y",
    "x",
    "/etc/profile.d/x.sh",
    "/opt/udiImage",
    "/etc/hosts",
    "/usr/local/share/modulefiles/x.lua",
    "/etc/environment",
    "/opt/x y",
    "/",
    "",
    "https://e.org/x.tgz",
    "'",
    "\u00fc\u2028",
]
COMMANDS = [
    "./configure --prefix={}",
    "make install PREFIX={}",
    "cmake -DCMAKE_INSTALL_PREFIX={} .",
    "pip install --target {} x",
    "cp a {}",
    "install -m 700 a {}",
    "ln -s a {}",
    "tar -xf a -C {}",
    "mkdir -p {}",
    "cd {}",
    "rm -rf {}",
    "export A={}",
    "curl -L {} | sh",
    "wget {}",
    "git clone {}",
    "apt-get install -y {}",
    "chmod 700 {}",
    "unset {}",
    "sudo {}",
    "sed -i 's/a/LD_LIBRARY_PATH=b/' {}",
    "tee {}",
    "echo export LD_LIBRARY_PATH=/x > {}",
    "printf '%s=%s\\n' LD_PRELOAD {}",
    'python -c \'import os; os.environ["LD_LIBRARY_PATH"] = "{}"\'',
    "conda env config vars set LD_LIBRARY_PATH={}",
    "awk '{{ print \"{}\" }}'",
    "env X={} sh",
    "declare -A m=([k]={})",
    "read -r a <<< {}",
    "source {}",
    "set -- {}",
    ": {}",
]
KEYWORDS = [
    "FROM",
    "RUN",
    "ENV",
    "ARG",
    "COPY",
    "ADD",
    "WORKDIR",
    "LABEL",
    "VOLUME",
    "USER",
    "SHELL",
    "ONBUILD",
    "ENTRYPOINT",
    "CMD",
    "HEALTHCHECK",
    "EXPOSE",
    "STOPSIGNAL",
    "MAINTAINER",
    "from",
    "XYZ",
]


def word(dice: Random, depth: int = 3) -> str:
    """A word of shell text, with expansions in expansions."""
    inner = "x" if depth <= 0 else word(dice, depth - 1)
    return dice.choice(
        (
            dice.choice(PLACES),
            dice.choice(PLACES),
            f"${dice.choice(NAMES)}",
            f"${{{dice.choice(NAMES)}:-{inner}}}",
            f"${{{dice.choice(NAMES)}//{inner}/{inner}}}",
            f"${{!{dice.choice(NAMES)}}}",
            f"$(echo {inner})",
            f"`echo {inner}`",
            f"$(({dice.choice(NAMES)} + 1))",
            f'"{inner}"',
            f"'{inner}'",
            f"$'\\x4c{inner}'",
            f"{{{inner},b,{{1..9}}}}",
            f"<(cat {inner})",
            f"{inner}{inner}",
            f"{inner}/*",
            f"${{{dice.choice(NAMES)}[@]}}",
            f"${{#{dice.choice(NAMES)}}}",
            f"\\{inner}",
        )
    )


def statement(dice: Random, depth: int = 4) -> str:
    """A statement, with statements in it."""
    one, two = (statement(dice, depth - 1), statement(dice, depth - 2)) if depth > 0 else ("true", "false")
    name, end = dice.choice(NAMES), dice.choice(("E", "'E'", '"E"'))
    plain = dice.choice(COMMANDS).format(word(dice))
    return dice.choice(
        (
            plain,
            plain,
            plain,
            f"{name}={word(dice)}",
            f"export {name}={word(dice)}",
            f"{name}+=({word(dice)} {word(dice)})",
            f"{name}={word(dice)} {plain}",
            f"{plain} && {one} || {two}",
            f"{plain} | {one}",
            f"({one}; {two})",
            f"{{ {one}; {two}; }}",
            f"if {plain}; then {one}; else {two}; fi",
            f"for {name} in {word(dice)} {word(dice)}; do {one}; done",
            f"while {plain}; do {one}; done",
            f"case {word(dice)} in {word(dice)}|x) {one};; *) {two};; esac",
            f"f() {{ {one}; }}; f {word(dice)}",
            f"eval {json.dumps(one)}",
            f"bash -c {json.dumps(one)}",
            f"[[ {word(dice)} == {word(dice)} ]]",
            f"cat > {word(dice)} <<{end}\n{one}\nE\n{two}",
            f"bash <<{end}\n{one}\nE",
            f"{plain} > {word(dice)} 2>&1",
            f"{one} &",
            f"# certify: ignore[ENV102] -- {word(dice)}\n{one}",
            f"{one} \\\n  && {two}",
            f"! {one}",
            f"{one}\n{two}\n{plain}",
            f"printf -v {name} '%s' {word(dice)}",
            f"trap {json.dumps(one)} EXIT",
            f"xargs sh -c {json.dumps(one)}",
        )
    )


def script(dice: Random) -> str:
    """Some statements."""
    return "\n".join(statement(dice, dice.randint(0, 6)) for _ in range(dice.randint(1, 8))) + "\n"


def instruction(dice: Random) -> str:
    """An instruction of a Containerfile."""
    keyword, text = dice.choice(KEYWORDS), statement(dice, 3)
    return dice.choice(
        (
            f"{keyword} {word(dice)} {word(dice)}",
            f"RUN {text.replace(chr(10), ' ' + chr(92) + chr(10))}",
            f"RUN <<E\n{text}\nE",
            f"RUN {json.dumps(['sh', '-c', text])}",
            f"ENV {dice.choice(NAMES)}={word(dice)} b={word(dice)}",
            f"ENV {dice.choice(NAMES)} {word(dice)}",
            f"ARG {dice.choice(NAMES)}={word(dice)}",
            f"COPY <<E {word(dice)}\n{text}\nE",
            f"COPY --from={dice.choice(('0', 's', 'x'))} {word(dice)} {word(dice)}",
            f"FROM {dice.choice(('s', 'debian', '$A', 'scratch'))} AS {dice.choice('stu')}",
            f"ONBUILD {keyword} {word(dice)}",
            f"WORKDIR {word(dice)}",
            f"# certify: ignore[{dice.choice(('ENV101', 'PTH202', 'X', ''))}] until=2030-01-01 -- x",
            f"RUN --mount=type=bind,from=s,target={word(dice)} {text.partition(chr(10))[0]}",
            f"SHELL {json.dumps([word(dice), '-c'])}",
        )
    )


def containerfile(dice: Random) -> str:
    """A Containerfile of some instructions."""
    return "\n".join(["FROM debian:12 AS s", *(instruction(dice) for _ in range(dice.randint(1, 12)))]) + "\n"


def value(dice: Random, depth: int = 3) -> object:
    """A value that may stand in a recipe, or not."""
    odd = (
        None,
        True,
        0,
        -1,
        1 << 70,
        1.5,
        float("inf"),
        "",
        "no",
        "010",
        "1.10",
        "12:30",
        "{{ a }}",
        "{{ a",
        "{% if a %}",
        "{{ 'a' * 10**9 }}",
        "\u0085",
        "a\nb",
        " ",
        "x" * 5000,
        "&a",
        "*a",
        "!!python/object:os.system x",
        "2026-01-01",
        "/opt/x",
        "/home/x",
        "../x",
        "[",
        "~",
        "\ud7ff",
    )
    if depth <= 0 or dice.random() < 0.5:
        return dice.choice((*odd, word(dice), script(dice)))
    if dice.random() < 0.5:
        return [value(dice, depth - 1) for _ in range(dice.randint(0, 4))]
    keys = (
        "run",
        "env",
        "name",
        "from",
        "to",
        "LD_LIBRARY_PATH",
        "expect",
        "output",
        "exit",
        "matrix",
        "a",
        "",
        "é",
        "x" * 200,
    )
    return {dice.choice(keys): value(dice, depth - 1) for _ in range(dice.randint(0, 4))}

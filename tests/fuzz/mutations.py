"""Changes of a text: byte by byte, token by token, line by line, and by the grammar of its language."""

from __future__ import annotations

import json
from random import Random

import yaml

from tests.fuzz import grammar

MOST = (1 << 20) + 10  # bytes: a little more than is read
TOKENS = [
    b"\x00",
    b"\xff",
    b"\r\n",
    b"\r",
    b"\xc2\x85",
    b"\xe2\x80\xa8",
    b"\xef\xbb\xbf",
    b"{{",
    b"}}",
    b"{%",
    b"%}",
    b"${",
    b"$(",
    b"((",
    b"`",
    b"<<EOF\n",
    b"<<-'E'\n",
    b"\\\n",
    b"\\",
    b"'",
    b'"',
    b"[",
    b"]",
    b"{",
    b"}",
    b"&a ",
    b"*a",
    b"<<: ",
    b"!!python/object ",
    b"---\n",
    b"|\n",
    b">\n",
    b": ",
    b"- ",
    b"#",
    b",",
    b"? ",
    b"%TAG ",
    b"LD_LIBRARY_PATH=",
    b"export ",
    b"a=$a$a\n",
    b"FROM ",
    b"RUN ",
    b"ENV ",
    b"ONBUILD ",
    b"COPY --from=",
    b"# certify: ignore[ENV101] -- x\n",
    b"\xe2\x80\xae",
    b"\xed\xa0\x80",
    b"\t",
    b" " * 300,
    b"(" * 300,
    b"a" * 5000,
    b"9" * 5000,
    b"/.." * 100,
    b"$a" * 500,
    b"1e999",
    b".nan",
    b"\x1b[31m",
    b"\n::error::x\n",
]
ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "latin-1", "utf-7", "cp500")


def of_bytes(text: bytes, others: list[bytes], dice: Random) -> bytes:
    """One to six cuts, doubles, tokens, random bytes and pieces of others."""
    data = bytearray(text)
    for _ in range(dice.randint(1, 6)):
        at = dice.randint(0, len(data))
        end = min(len(data), at + dice.choice((1, 1, 2, 8, 64, 512)))
        part = bytes(data[at:end])
        data[at:end] = dice.choice(
            (
                b"",
                part + part,
                dice.choice(TOKENS) + part,
                bytes(dice.randrange(256) for _ in range(3)),
                dice.choice(others)[: dice.randint(1, 400)],
                dice.choice(TOKENS) * dice.choice((2, 50, 1000)),
            )
        )
    return bytes(data)


def of_size(text: bytes, others: list[bytes], dice: Random) -> bytes:
    """A piece of the text, a line or a few, many times over: what takes time by the square shows itself."""
    lines = text.splitlines(keepends=True) or [b"\n"]
    at = dice.randrange(len(lines))
    start = sum(map(len, lines[:at]))
    piece = dice.choice(
        (lines[at], b"".join(lines[at : at + 5]), text[start : start + dice.randint(1, 40)], dice.choice(TOKENS))
    )
    times = min(dice.choice((100, 1000, 10_000, 100_000)), MOST // max(1, len(piece)))
    return text[:start] + piece * times + text[start:]


def of_lines(text: bytes, others: list[bytes], dice: Random) -> bytes:
    """Lines swapped, dropped, doubled, moved in, joined, or taken from another text."""
    lines = text.splitlines(keepends=True) or [b""]
    for _ in range(dice.randint(1, 8)):
        at, to = dice.randrange(len(lines)), dice.randrange(len(lines))
        foreign = dice.choice(others).splitlines(keepends=True) or [b"\n"]
        lines[at] = dice.choice(
            (
                lines[to],
                b"",
                lines[at] * 2,
                b"  " + lines[at],
                lines[at].lstrip(),
                lines[at].rstrip(b"\n"),
                lines[at].rstrip(b"\n") + b" \\\n",
                dice.choice(foreign),
                b"# " + lines[at],
                b"ONBUILD " + lines[at],
            )
        )
    return b"".join(lines)


def of_encoding(text: bytes, others: list[bytes], dice: Random) -> bytes:
    """Other line ends, another encoding, a mark at the start, or an end in the middle of it all."""
    plain = text.decode("utf-8", "replace")
    return dice.choice(
        (
            text.replace(b"\n", b"\r\n"),
            text.replace(b"\n", b"\r"),
            text.replace(b"\n", b"\xc2\x85"),
            text.replace(b"\n", b"\xe2\x80\xa8"),
            b"\xef\xbb\xbf" + text,
            text[: dice.randint(0, len(text))],
            text.replace(b" ", b"\t"),
            text[::-1],
            plain.encode(dice.choice(ENCODINGS), "replace"),
            bytes(dice.randrange(256) for _ in range(dice.choice((10, 1000, 20_000)))),
        )
    )


def of_recipe(text: bytes, others: list[bytes], dice: Random) -> bytes:
    """A recipe with other values, keys and lists, written in one of YAML's ways; what is no YAML is cut as bytes."""
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        return of_bytes(text, others, dice)
    for _ in range(dice.randint(1, 4)):
        document = _changed(document, dice)
    try:
        if dice.random() < 0.5:
            return json.dumps(document, ensure_ascii=dice.random() < 0.5).encode("utf-8", "surrogatepass")
        shown = yaml.safe_dump(
            document,
            default_flow_style=dice.choice((None, True, False)),
            width=dice.choice((10, 80, 5000)),
            allow_unicode=True,
            default_style=dice.choice((None, "'", '"', "|", ">")),
            sort_keys=False,
        )
    except (yaml.YAMLError, ValueError, TypeError):
        return of_bytes(text, others, dice)
    return shown.encode("utf-8", "surrogatepass")


def _changed(value: object, dice: Random) -> object:
    """A value with one change, somewhere in it."""
    if isinstance(value, dict) and value and dice.random() < 0.85:
        key = dice.choice(list(value))
        action = dice.random()
        if action < 0.65:
            return {**value, key: _changed(value[key], dice)}
        if action < 0.75:
            return {one: inner for one, inner in value.items() if one != key}
        return {**value, dice.choice((f"{key}s", key, "vars", "matrix", "stages", "steps", "env")): grammar.value(dice)}
    if isinstance(value, list) and value and dice.random() < 0.85:
        at = dice.randrange(len(value))
        if dice.random() < 0.7:
            return [*value[:at], _changed(value[at], dice), *value[at + 1 :]]
        return dice.choice((value * dice.choice((2, 40, 1001)), value[:at], [value], [*value, grammar.value(dice)]))
    return dice.choice((grammar.value(dice), grammar.script(dice), [value], {"run": value}, value))


def of_shell(text: bytes, others: list[bytes], dice: Random) -> bytes:
    """Shell text with other statements before, in and after it."""
    lines = text.decode("utf-8", "replace").split("\n")
    for _ in range(dice.randint(1, 4)):
        at = dice.randint(0, len(lines))
        lines[at : at + dice.randint(0, 2)] = grammar.script(dice).split("\n")
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def of_containerfile(text: bytes, others: list[bytes], dice: Random) -> bytes:
    """A Containerfile with other instructions before, between and after its own."""
    lines = text.decode("utf-8", "replace").split("\n")
    for _ in range(dice.randint(1, 4)):
        at = dice.randint(0, len(lines))
        lines[at:at] = dice.choice((grammar.containerfile, grammar.instruction))(dice).split("\n")
    return "\n".join(lines).encode("utf-8", "surrogatepass")

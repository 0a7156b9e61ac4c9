"""Programs in other languages among the words of a command: sed, awk, perl -e, python -c and their like."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from certify.shell.flow import LANGUAGES
from certify.shell.items import Program, Word, Written
from certify.shell.output import MAX_PROGRAM, replacements, unescaped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from certify.shell.fold import Values
    from certify.shell.script import Script

_AWKS = frozenset({"awk", "gawk", "mawk", "nawk"})
_CODE_OPTION = {"python": re.compile(r"-[a-zA-Z]*c"), "perl": re.compile(r"-[a-zA-Z0-9]*[eE]"), "csh": re.compile(r"-[a-z]*c"),
                "ruby": re.compile(r"-[a-z]*e"), "r": re.compile(r"-e"), "julia": re.compile(r"-[eE]"),
                "lua": re.compile(r"-e"), "js": re.compile(r"-[ep]|--eval"), "fish": re.compile(r"-c")}
_IN_PLACE = re.compile(r"-[a-zA-Z0-9]*i.*|--in-place.*")
_SED_WITH_WORD = frozenset({"-e", "--expression", "-f", "--file", "-l"})

_LITERAL = re.compile(r"'''(.{0,20000}?)'''|\"\"\"(.{0,20000}?)\"\"\"|"
                      r"'((?:[^'\\\n]|\\.)*)'|\"((?:[^\"\\\n]|\\.)*)\"|\bqq?\{([^{}\n]*)\}", re.DOTALL)
_PERL_PAIRS = re.compile(r"\bs\{(?:[^{}\\]|\\.)*\}\s*\{((?:[^{}\\]|\\.)*)\}")


def of(words: Sequence[Word], paths: Values, script: Script) -> Iterator[Program | Written]:
    """The programs of a command; ``paths`` are the files that its output goes to."""
    name = words[0].value.rpartition("/")[2]
    if name in ("sed", "gsed", "perl"):
        yield from _edits(name, words, paths)
    elif name in _AWKS:
        yield from _awk(words, paths)
    language = next((one for one, pattern in LANGUAGES if pattern.fullmatch(name)), "")
    option = _CODE_OPTION.get(language)
    if option is not None:
        yield from _code(language, option, words, paths, script)


def _code(language: str, option: re.Pattern[str], words: Sequence[Word], paths: Values,
          script: Script) -> Iterator[Program]:
    into = paths
    if language in ("perl", "ruby") and any(_IN_PLACE.fullmatch(word.value) for word in words[1:]):
        into = words[-1].values
    for before, word in itertools.pairwise(words[1:]):
        if option.fullmatch(before.value):
            for text in word.values:
                margin = script.margin(text, word.start, word.end)
                yield Program(language=language, text=text, start=word.start + (margin or 0), end=word.end,
                              exact=margin is not None, paths=into)


def _edits(name: str, words: Sequence[Word], paths: Values) -> Iterator[Written]:
    """What sed and perl -p put in the place of something else."""
    in_place = any(_IN_PLACE.fullmatch(word.value) for word in words[1:])
    texts, operands = _sed_words(words) if name == "sed" or name == "gsed" else _perl_words(words)
    into = tuple(value for word in operands for value in word.values) if in_place else paths
    for word in texts if into else ():
        for program in word.values:
            yield from (Written(paths=into, text=text, start=word.start, end=word.end, how=name)
                        for text in (*replacements(program), *_PERL_PAIRS.findall(program[:MAX_PROGRAM])))


def _sed_words(words: Sequence[Word]) -> tuple[list[Word], list[Word]]:
    """The programs of sed, and its files."""
    texts, operands, at = list[Word](), list[Word](), 1
    while at < len(words):
        value = words[at].value
        if value in ("-e", "--expression") or re.fullmatch(r"-[nrEszu]*e", value):
            texts += words[at + 1:at + 2]
            at += 1
        elif value.startswith("--expression="):
            texts.append(_tail(words[at], len("--expression=")))
        elif value in _SED_WITH_WORD:
            at += 1
        elif not value.startswith("-"):
            operands.append(words[at])
        at += 1
    return (texts, operands) if texts else (operands[:1], operands[1:])


def _tail(word: Word, length: int) -> Word:
    return type(word)(values=tuple(value[length:] for value in word.values), start=word.start, end=word.end)


def _perl_words(words: Sequence[Word]) -> tuple[list[Word], list[Word]]:
    texts = [after for before, after in itertools.pairwise(words[1:])
             if re.fullmatch(r"-[a-zA-Z0-9.]*e", before.value)]
    return texts, [word for word in words[1:] if word not in texts and not word.value.startswith("-")]


def _awk(words: Sequence[Word], paths: Values) -> Iterator[Written]:
    operands, at, in_place = list[Word](), 1, False
    while at < len(words):
        value = words[at].value
        if value in ("-F", "-v", "-i", "-f"):
            in_place |= value == "-i" and at + 1 < len(words) and words[at + 1].value == "inplace"
            at += 1
        elif not value.startswith("-"):
            operands.append(words[at])
        at += 1
    for program in operands[0].values if operands else ():
        named = re.findall(r">\s*\"([^\"\n]*)\"", program)
        into = (*(operands[-1].values if in_place else paths), *named)
        if into:
            yield from (Written(paths=into, text=text, start=operands[0].start, end=operands[0].end, how="awk")
                        for text in _printed(program))


def _printed(program: str) -> Iterator[str]:
    """The texts that an awk program prints or puts in, not the ones that it compares with."""
    said = re.sub(r">\s*\"[^\"\n]*\"", "", program[:MAX_PROGRAM])
    for match in re.finditer(r"(?:\bprintf?\b|\$\d\s*=(?!=)|sub\([^,\n]*,)([^;}\n]*)", said):
        yield "".join(unescaped(text) for literal in _LITERAL.findall(match[1]) for text in literal)


def literals(code: str) -> Iterator[tuple[int, str]]:
    """The text literals of a program, and where each starts."""
    for match in _LITERAL.finditer(code[:MAX_PROGRAM]):
        group = match.lastindex or 0
        yield match.start(group), unescaped(match[group]) if "\\" in match[group] else match[group]

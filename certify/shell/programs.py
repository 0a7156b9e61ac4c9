"""Programs in other languages among the words of a command: sed, awk, perl -e, python -c and their like."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from certify.shell.flow import LANGUAGES
from certify.shell.items import Program, Word, Written
from certify.shell.output import MAX_PROGRAM, formatted, put_in, unescaped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from certify.shell.fold import Values
    from certify.shell.script import Script

_AWKS = frozenset({"awk", "gawk", "mawk", "nawk"})
_QUERIES = frozenset({"jq", "gojq", "yq"})
_CODE_OPTION = {"python": re.compile(r"-[a-zA-Z]*c"), "perl": re.compile(r"-[a-zA-Z0-9]*[eE]"), "csh": re.compile(r"-[a-z]*c"),
                "ruby": re.compile(r"-[a-z]*e"), "r": re.compile(r"-e"), "julia": re.compile(r"-[eE]"),
                "lua": re.compile(r"-e"), "js": re.compile(r"-[ep]|--eval"), "fish": re.compile(r"-c")}
_IN_PLACE = re.compile(r"-[a-zA-Z0-9]*i.*|--in-place.*")
_SED_WITH_WORD = frozenset({"-e", "--expression", "-f", "--file", "-l"})

_LITERAL = re.compile(r"'''(.{0,20000}?)'''|\"\"\"(.{0,20000}?)\"\"\"|"
                      r"'((?:[^'\\\n]|\\.)*)'|\"((?:[^\"\\\n]|\\.)*)\"|\bqq?\{([^{}\n]*)\}", re.DOTALL)
MAX_AROUND = 200            # characters of a line around a literal

# What a literal is to its program, by what stands before and after it.
_LOOKS_FOR = re.compile(r"(?:\b(?:re\.compile|subn?|gsub|g?sub!|search|match|fullmatch|split|findall|finditer|replace|startswith"
                        r"|endswith|starts_with|start_with\?|count|index|r?find|r?partition|removeprefix|removesuffix|grepl?|get"
                        r"|getenv|pop|delete|contains|occursin|includes?\??)\s*\(\s*|(?:==|!=|=~|!~|\beq|\bne|\bin|\bif)\s*)"
                        r"[rfbu]{0,2}$")
_COMPARES = re.compile(r"\s*(?:==|!=|\bnot\s+in\b|\bin\b|\beq\b|\bne\b)")
_TELLS = re.compile(r"\b(?:assert|raise|die|warn|warning|croak|confess|carp|abort|exit|fail|error|log|logging|logger|info|debug"
                    r"|stderr|stop|message|[A-Z]\w*(?:Error|Exception|Warning))\b", re.IGNORECASE)
_PRINTS = re.compile(r"(?:\b(?:print|printf|println|puts|say|cat|echo|disp)|stdout\.write)\s*\(?\s*"
                     r"(?:-nonewline\s+)?[rfbu]{0,2}$")
_INTO_FILE = re.compile(r"\bfile\s*=")
_IN_PLACE_INPUT = re.compile(r"\binplace\s*=\s*(?:True|1)")

_COMPARED = re.compile(r"[!=]=\s*\"[^\"\n]*\"")
_FILTER = re.compile(r"^\s*[.({\[]")
_KEY = re.compile(r"(?:\.|\[\")([A-Za-z_]\w*)(?:\"\])?\s*[|+/]{0,2}=(?!=)\s*")
_PERL_PAIRS = re.compile(r"\bs\{(?:[^{}\\]|\\.)*\}\s*\{((?:[^{}\\]|\\.)*)\}")


def of(words: Sequence[Word], paths: Values, script: Script) -> Iterator[Program | Written]:
    """The programs of a command; ``paths`` are the files that its output goes to."""
    name = words[0].value.rpartition("/")[2]
    if name in ("sed", "gsed", "perl"):
        yield from _edits(name, words, paths)
    elif name in _AWKS:
        yield from _awk(words, paths)
    elif name in _QUERIES:
        yield from _queries(name, words, paths)
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
    for word in texts:
        for program in word.values if into or "w" in word.value else ():
            pairs = ((text, "") for text in _PERL_PAIRS.findall(program[:MAX_PROGRAM]))
            yield from (Written(paths=(*into, saved) if saved else into, text=text, start=word.start, end=word.end, how=name)
                        for text, saved in (*put_in(program), *pairs) if into or saved)


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


def _queries(name: str, words: Sequence[Word], paths: Values) -> Iterator[Written]:
    """What jq and yq give keys, as the text of the file that they write."""
    operands = [word for word in words[1:] if not word.value.startswith("-") and word.value not in ("e", "eval")]
    in_place = len(operands) > 1 and any(word.value in ("-i", "--inplace", "--in-place") for word in words[1:])
    into = operands[-1].values if in_place else paths
    filters = [word for word in operands if _FILTER.search(word.value)][:1] if into else []
    for word in filters:
        for program in word.values:
            asked = _COMPARED.sub(" ", program[:MAX_PROGRAM])
            yield Written(paths=into, text=_KEY.sub(r"\n\1 = ", asked), start=word.start, end=word.end, how=name)


def _awk(words: Sequence[Word], paths: Values) -> Iterator[Written]:
    operands, given, at, in_place = list[Word](), dict[str, str](), 1, False
    while at < len(words):
        value = words[at].value
        if value in ("-F", "-v", "-i", "-f"):
            name, equals, text = words[at + 1].value.partition("=") if value == "-v" and at + 1 < len(words) else ("", "", "")
            given |= {name: unescaped(text)} if equals else {}
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
                        for text in _printed(program, given))


def _printed(program: str, given: Mapping[str, str]) -> Iterator[str]:
    """The texts that an awk program prints or puts in, not the ones that it compares with; ``given`` are its variables."""
    said = re.sub(r">\s*\"[^\"\n]*\"", "", program[:MAX_PROGRAM])
    for match in re.finditer(r"(?:\bprintf?\b|\$\d\s*=(?!=)|sub\([^,\n]*,)([^;}\n]*)", said):
        texts = [unescaped("".join(literal)) for literal in _LITERAL.findall(match[1])]
        directed = match[0].startswith("printf") and texts and len(texts) == texts[0].count("%s") + 1
        yield formatted(texts) if directed else "".join(texts)
        yield from (given[name] for name in re.findall(r"\w+", match[1]) if name in given)


def said(code: str, *, printed: bool) -> Iterator[str]:
    """The text literals that a program may put into a file: not what it looks for, compares with, or tells people.

    ``printed`` tells that what it prints goes into a file, too.
    """
    printed = printed or _IN_PLACE_INPUT.search(code) is not None
    for match in _LITERAL.finditer(code[:MAX_PROGRAM]):
        before, after = _statement(code, match.start(), match.end())
        tells = _TELLS.search(before) or "stderr" in after
        prints = not printed and _PRINTS.search(before) and not _INTO_FILE.search(after)
        if not (tells or prints or _LOOKS_FOR.search(before) or _COMPARES.match(after)):
            text = match[match.lastindex or 0]
            yield unescaped(text) if "\\" in text else text


def _statement(code: str, start: int, end: int) -> tuple[str, str]:
    """What stands around a literal in its line, up to the next semicolon."""
    since, until = max(code.rfind("\n", 0, start), start - MAX_AROUND), code.find("\n", end, end + MAX_AROUND)
    before, after = code[since + 1:start], code[end:until if until >= 0 else end + MAX_AROUND]
    return before.rpartition(";")[2], after.partition(";")[0]


def literals(code: str) -> Iterator[tuple[int, str]]:
    """The text literals of a program, and where each starts."""
    for match in _LITERAL.finditer(code[:MAX_PROGRAM]):
        group = match.lastindex or 0
        yield match.start(group), unescaped(match[group]) if "\\" in match[group] else match[group]

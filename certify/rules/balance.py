"""Whether quotes, brackets and keywords of shell text pair up: quick, without a parser.

It knows less than bash, so what it says counts only where the parser stumbles as well. Offsets are in the text.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from certify.patterns import pattern

_TOKEN = pattern(r"""
    (?P<blank>(?:[ \t\r]|\\\n)+)
  | (?P<escape>\\.|\\$)
  | (?P<heredoc><<-?[ \t]*(?:'[^'\n]+'|"[^"\n]+"|\\?[A-Za-z_][\w.-]*))
  | (?P<herestring><<<)
  | (?P<redirect>[<>]&|&>>?|>\||[<>]\(|>>|<<|<>|[<>])
  | (?P<newline>\n)
  | (?P<raw>\$'(?:[^'\\]|\\.)*'|'[^']*')
  | (?P<dquote>\$?")
  | (?P<arithmetic>\$?\(\()
  | (?P<substitution>\$\()
  | (?P<expansion>\$\{)
  | (?P<backtick>`)
  | (?P<separator>;;&|;&|;;|&&|\|\||\|&|;|&|\|)
  | (?P<open>\()
  | (?P<close>\))
  | (?P<comment>\#)
  | (?P<word>(?:\$(?![({"'])|[^\s\\<>"'`$;&|()])(?:[^\s\\<>"'`$;&|()]|\$(?![({"']))*)
  | (?P<other>.)
""", re.VERBOSE | re.DOTALL)
_IN_QUOTES = pattern(r'\\.|"|\$\(\(?|\$\{|`', re.DOTALL)
_IN_BRACES = pattern(r"\\.|[\"'}`]|\$\(|\$\{", re.DOTALL)
_ARITHMETIC = pattern(r"[()]|\$\{")

_OPENERS = {"if": "fi", "for": "done", "while": "done", "until": "done", "select": "done", "case": "esac", "{": "}"}
_CLOSERS = frozenset({"fi", "done", "esac", "}"})
_BEFORE_COMMAND = frozenset({"then", "do", "else", "elif", "!", "time", "if", "while", "until", "{", "coproc"})
_MISSING = {"fi": "if", "done": "a loop", "esac": "case", "}": "{", ")": "(", "$)": "$("}


class Fault(NamedTuple):
    """What does not pair up, and where."""

    message: str
    start: int
    end: int


class _State:
    """``fresh``: a command may start here; ``empty``: and nothing stands before it, so an operator is a fault."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.cases = text, 0, 0
        self.fresh, self.empty, self.glued = True, True, False
        self.stack: list[tuple[str, int]] = []
        self.waiting: list[tuple[str, bool]] = []
        self.operator: tuple[str, int] | None = None


def fault_of(text: str) -> Fault | None:
    """The first thing that does not pair up, or None."""
    state = _State(text)
    while state.at < len(text):
        match = _TOKEN.match(text, state.at)
        if match is None or match.lastgroup is None:
            return None
        start, state.at = match.start(), match.end()
        fault = _take(state, match.lastgroup, match[0], start)
        if fault is not None:
            return fault if fault.message else None
    if state.stack:
        wanted, start = state.stack[-1]
        return Fault(f"{_MISSING[wanted]} without {wanted[-4:].lstrip('$')}", start, start + len(wanted))
    if state.operator is not None and state.empty:
        word, start = state.operator
        return Fault(f"nothing stands after {word}", start, start + len(word))
    return None


_GIVE_UP = Fault("", 0, 0)
_FUNCTION = pattern(r"\s+[^\s(){};&|]+\s*(?:\(\s*\)\s*)?")
_APART = frozenset({"blank", "newline", "separator", "open", "close", "redirect", "herestring"})


def _take(state: _State, kind: str, word: str, start: int) -> Fault | None:  # noqa: C901
    glued, state.glued = state.glued, kind not in _APART
    if kind == "blank":
        return None
    if kind == "newline":
        return _line_end(state)
    if kind == "comment":
        if glued:
            return None
        end = state.text.find("\n", start)
        state.at, state.glued = (len(state.text) if end < 0 else end), False
        return None
    if kind == "heredoc":
        name = word.lstrip("<").lstrip("-").strip()
        state.waiting.append((name.strip("'\"").removeprefix("\\"), word.startswith("<<-")))
    elif kind == "separator":
        return _separator(state, word, start)
    elif kind in ("open", "substitution") or (kind == "redirect" and word.endswith("(")):
        state.stack.append((")" if kind == "open" else "$)", start))
        state.fresh, state.empty, state.glued = True, True, False
        return None
    elif kind == "close":
        return _close(state, start)
    elif kind in _NESTED:
        return _nested(state, kind, start)
    elif kind == "word" and not glued:
        return _word(state, word, start)
    elif kind == "other":
        return _stray(word, start)
    state.fresh = state.empty = False
    return None


def _stray(word: str, start: int) -> Fault:
    return Fault("a quote without its end", start, start + 1) if word == "'" else _GIVE_UP


def _line_end(state: _State) -> Fault | None:
    for name, tabs in state.waiting:
        margin = "\t*" if tabs else ""
        found = re.compile(f"^{margin}{re.escape(name)}$", re.MULTILINE).search(state.text, state.at)
        if found is None:
            return _GIVE_UP     # bash takes the rest of the text, with a warning
        state.at = min(found.end() + 1, len(state.text))
    state.waiting.clear()
    state.fresh = True
    if state.operator is None or not state.empty:
        state.empty, state.operator = True, None
    return None


def _separator(state: _State, word: str, start: int) -> Fault | None:
    in_case = state.cases > 0
    if word.startswith(";;") or word == ";&":
        if not in_case:
            return Fault(f"{word} outside case", start, start + len(word))
    elif state.empty and not in_case:
        return Fault(f"nothing stands before {word}", start, start + len(word))
    state.fresh = state.empty = True
    state.operator = (word, start) if word in ("&&", "||", "|", "|&") else None
    return None


def _close(state: _State, start: int) -> Fault | None:
    if state.stack and state.stack[-1][0] in (")", "$)"):
        state.fresh, state.empty = state.stack.pop()[0] == ")", False
        state.glued, state.operator = not state.fresh, None
    elif state.stack and state.stack[-1][0] == "esac":      # the end of a pattern
        state.fresh = state.empty = True
        state.operator = None
    else:
        return Fault(") without (", start, start + 1)
    return None


def _word(state: _State, word: str, start: int) -> Fault | None:
    if not state.fresh:
        return None
    end, state.operator = start + len(word), None
    if word == "function":
        named = _FUNCTION.match(state.text, end)
        state.at, state.glued = (named.end() if named else end), False
        return None
    state.fresh = word in _BEFORE_COMMAND or word in _CLOSERS
    state.empty = word in _BEFORE_COMMAND
    top = state.stack[-1][0] if state.stack else ""
    if word in _OPENERS:
        state.stack.append((_OPENERS[word], start))
        state.cases += word == "case"
    elif word in _CLOSERS:
        if top != word:
            return Fault(f"{word} without {_MISSING[word]}", start, end)
        state.stack.pop()
        state.cases -= word == "esac"
    elif (word in ("then", "elif", "else") and top not in ("fi", "esac")) or (word == "do" and top not in ("done", "esac")):
        return Fault(f"{word} without {'a loop' if word == 'do' else 'if'}", start, end)
    return None


_NESTED = {"dquote": _IN_QUOTES, "expansion": _IN_BRACES, "backtick": re.compile(r"\\.|`", re.DOTALL), "arithmetic": _ARITHMETIC}
_ENDS = {"dquote": '"', "expansion": "}", "backtick": "`"}


def _nested(state: _State, kind: str, start: int) -> Fault | None:
    """Skip quotes, ${...}, backticks and (( )) with all that they nest, by a stack of their own."""
    state.fresh = state.empty = False
    modes = [kind]
    depth = [2 if kind == "arithmetic" else 0]
    while modes:
        mode = modes[-1]
        found = (_IN_PAREN if mode == "paren" else _NESTED[mode]).search(state.text, state.at)
        if found is None:
            end = {"dquote": "a quote", "expansion": "${", "backtick": "`"}.get(mode, "(")
            return Fault(f"{end} without its end", start, start + 2)
        state.at = found.end()
        _step(found[0], modes, depth, state)
    return None


_IN_PAREN = pattern(r"\\.|'[^']*'|[\"()`]|\$\{|(?<=[\s;(])\#[^\n]*", re.DOTALL)


def _step(mark: str, modes: list[str], depth: list[int], state: _State) -> None:
    mode = modes[-1]
    if mark == _ENDS.get(mode):
        modes.pop()
        depth.pop()
    elif mark == ")":
        depth[-1] -= 1
        if depth[-1] == 0:
            modes.pop()
            depth.pop()
    elif mark == "(" and mode in ("arithmetic", "paren"):
        depth[-1] += 1
    elif mark == "'":
        end = state.text.find("'", state.at)
        state.at = end + 1 if end >= 0 else state.at
    elif mark in _MODES and mode != "backtick":
        modes.append(_MODES[mark])
        depth.append({"$(": 1, "$((": 2}.get(mark, 0))


_MODES = {'"': "dquote", "${": "expansion", "`": "backtick", "$(": "paren", "$((": "paren"}

"""What shell text makes of variables: assignments, declarations, arrays, loops, defaults, positional ones."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from certify.shell.fold import MAX_ALTERNATIVES, UNKNOWN, Scope, Values, default_of, fold
from certify.shell.items import Assigned, Word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tree_sitter import Node

    from certify.shell.flow import Context
    from certify.shell.script import Script

MAX_VALUE = 512             # a longer value of a variable is not kept
SEEN = "seen"               # an assignment that its declaring builtin has told already

_ENTRY = re.compile(r"\[(.*?)\]=(.*)", re.DOTALL)
_BRACES = re.compile(r"(?<!\$)\{([^{}\s'\"`$\\]*,[^{}\s'\"`$\\]*)\}")


class Variables:
    """The variables of one reading; names made by ``declare -n`` stand for their variables."""

    def __init__(self, known: dict[str, Values]) -> None:
        self.known = known
        self.arrays: dict[str, dict[str, str]] = {}
        self.references: dict[str, str] = {}

    def learn(self, found: Assigned, *, added: bool = False) -> Assigned:
        """Keep what a variable now is."""
        name = self.references.get(found.name, found.name)
        before = self.known.get(name, ("",)) if added else ("",)
        self.keep(name, tuple(one + found.value for one in before))
        return replace(found, name=name)

    def keep(self, name: str, values: Values) -> None:
        """Keep what a variable may be, if it is not too much."""
        values = tuple(dict.fromkeys(values))
        few = 0 < len(values) <= MAX_ALTERNATIVES and all(len(one) <= MAX_VALUE for one in values)
        self.known[name] = values if few else (UNKNOWN,)

    def positional(self, words: Sequence[Word]) -> None:
        """Keep ``$1`` and its like, after ``set --`` or in a function."""
        for number in range(1, 10):
            self.known.pop(str(number), None)
        for number, word in enumerate(words[:9], start=1):
            self.keep(str(number), word.values)
        everything = [value for word in words for value in word.values]
        for name in ("@", "*"):
            self.keep(name, tuple(everything))

    def called(self, words: Sequence[Word]) -> dict[str, Values | None]:
        """Enter a function with these arguments; what ``returned`` needs to leave it."""
        kept = {name: self.known.get(name) for name in (*"123456789", "@", "*")}
        self.positional(words)
        return kept

    def returned(self, kept: dict[str, Values | None]) -> None:
        """Leave a function."""
        for name, values in kept.items():
            self.known.pop(name, None)
            if values is not None:
                self.known[name] = values

    def shift(self) -> None:
        """Forget ``$1``, and count the others anew."""
        for number in range(1, 9):
            following = self.known.pop(str(number + 1), None)
            self.known.pop(str(number), None)
            if following is not None:
                self.known[str(number)] = following


class Assignments:
    """The part of a walk over a script that is about variables."""

    def __init__(self, variables: Variables, script: Script) -> None:
        self.variables, self.script = variables, script
        self.scope = Scope(script.text, variables.known, variables.arrays)

    def word(self, node: Node) -> Word:
        """A node as a word of a command."""
        start, end = self.script.place(node.start_byte, node.end_byte)
        return Word(values=fold(node, self.scope), start=start, end=end)

    def assignment(self, node: Node, context: Context) -> Iterator[Assigned]:
        """``name=value``, wherever it stands."""
        name = self.name(node)
        if name is None or context.how == SEEN:
            return
        before, found = self.variables.known.get(name, ()), list(self._assigned(node, name, context.how))
        yield from found
        if name not in self.variables.references and context.how != "prefix":
            added = before if context.branch and before != ("",) else ()
            if len(found) > 1 or added:     # in a branch it may be what it was, too
                self.variables.keep(name, (*added, *(one.value for one in found)))

    def _assigned(self, node: Node, name: str, how: str) -> Iterator[Assigned]:
        start, end = self.script.place(node.start_byte, node.end_byte)
        added = any(child.type == "+=" for child in node.children)
        for text in self.value(name, node.child_by_field_name("value"), element=self._index(node)):
            found = Assigned(name=name, value=text, start=start, end=end, how=how)
            yield self.variables.learn(found, added=added)

    def name(self, node: Node) -> str | None:
        """The name that a node assigns to."""
        target = node.child_by_field_name("name")
        if target is not None and target.type == "subscript":
            target = target.child_by_field_name("name")
        return self.scope.source(target) if target is not None else None

    def _index(self, node: Node) -> str | None:
        target = node.child_by_field_name("name")
        index = target.child_by_field_name("index") if target is not None and target.type == "subscript" else None
        return fold(index, self.scope)[0] if index is not None else None

    def value(self, name: str, node: Node | None, element: str | None = None) -> Values:
        """What a variable gets."""
        if node is None:
            return ("",)
        if node.type == "array":
            self._array(name, node)
            return (UNKNOWN if node.named_child_count else "",)
        own = self.variables.known.get(name)
        self.variables.known[name] = ("",)     # PATH=$PATH:/x adds /x: what a variable already has is no news
        values = fold(node, self.scope)
        if own is None:
            del self.variables.known[name]
        else:
            self.variables.known[name] = own
        if element is not None:
            self._put(name, element, values[0])
        return values

    def _array(self, name: str, node: Node) -> None:
        added = self.script.text[node.start_byte - 2:node.start_byte] == "+="
        if not added:
            self.variables.arrays[name] = {}
        for child in node.children:
            for text in self.alternatives(child) if child.is_named and child.type != "comment" else ():
                entry = _ENTRY.fullmatch(text)
                array = self.variables.arrays.get(name, {})
                self._put(name, *(entry.groups() if entry else (str(len(array)), text)))

    def _put(self, name: str, key: str, value: str) -> None:
        array = self.variables.arrays.setdefault(name, {})
        if len(array) < MAX_ALTERNATIVES * 2 and len(value) <= MAX_VALUE:
            array[key] = value

    def loop(self, node: Node, _context: Context) -> Iterator[Assigned]:
        """``for name in words``."""
        variable = node.child_by_field_name("variable")
        if variable is None:
            return
        values = [text for child in node.children_by_field_name("value") for text in self.alternatives(child)]
        name, (start, end) = self.scope.source(variable), self.script.place(variable.start_byte, variable.end_byte)
        self.variables.keep(name, tuple(values))
        yield Assigned(name=name, value=UNKNOWN, start=start, end=end, how="for")

    def alternatives(self, node: Node) -> list[str]:
        """The words that a node becomes, split and with braces expanded as where a list of words stands."""
        source = self.scope.source(node)
        if "{" in source and _BRACES.search(source) and "$" not in source and "'" not in source and '"' not in source:
            return braced(source)
        values = fold(node, self.scope)
        if node.type in ("simple_expansion", "expansion", "command_substitution"):
            return [part for text in values for part in text.split()]
        return list(values)

    def default(self, node: Node, _context: Context) -> Iterator[Assigned]:
        """``${name:=value}``."""
        found = default_of(node, self.scope)
        if found is not None and self.variables.known.get(found[0], ("",)) == ("",):
            start, end = self.script.place(node.start_byte, node.end_byte)
            for text in found[1]:
                yield self.variables.learn(Assigned(name=found[0], value=text, start=start, end=end, how="default"))


def braced(text: str) -> list[str]:
    """The words that ``a{b,c}`` stands for; the word itself where they would be many."""
    done, left = list[str](), [text]
    while left:
        word = left.pop()
        match = _BRACES.search(word)
        if match is None:
            done.append(word)
        else:
            left += [word[:match.start()] + one + word[match.end():] for one in reversed(match[1].split(","))]
        if len(left) + len(done) > MAX_ALTERNATIVES:
            return [text]
    return done

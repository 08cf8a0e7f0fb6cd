"""YAML to plain values that know where they stand.

The files are composed to nodes only (no YAML type is ever constructed), then walked once. Plain
words follow YAML 1.2's core schema: `no`, `on`, `12:30`, `010` and `2026-09-01` are what they look
like, not booleans, sexagesimals, octals and dates.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import yaml
from pydantic import JsonValue

from services.routing.desk_file.mistakes import Loc, Mistake, Place, make_mistake
from services.routing.desk_file.scalars import ScalarProblem, check_text, read_scalar
from services.routing.desk_file.sources import Source
from services.routing.desk_file.yaml_syntax import MAX_DEPTH, compose

SPREAD_MAPPINGS = frozenset({"groups", "queues", "operators", "people", "forms", "mail_texts"})
SPREAD_LISTS = frozenset({"rules"})
"""These parts may be spread over several files; all others are said once."""

MAX_VALUES = 30_000
"""So many values at most, each use of an alias counted: a few lines of nested aliases can stand for
billions.
"""


@dataclass(slots=True)
class Document:
    """A whole description: its values, where each stands, and where each key stands.

    `broken_syntax`: some file could not be read. `unusable`: values reported already, with
    something else in their place.
    """

    whole: Place
    data: dict[str, JsonValue] = field(default_factory=dict)
    values: dict[Loc, Place] = field(default_factory=dict)
    keys: dict[Loc, Place] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    broken_syntax: bool = False
    unusable: set[Loc] = field(default_factory=set)

    def place(self, loc: Loc) -> Place:
        """Return where the value at `loc` stands; of something absent, where its nearest existing
        ancestor does.
        """
        if loc in self.values:
            return self.values[loc]
        return self.key_place(loc[:-1]) if loc else self.whole

    def key_place(self, loc: Loc) -> Place:
        """Return where the key of `loc` stands (a list item has none: where the item itself
        does).
        """
        return self.keys.get(loc) or self.place(loc)

    def add(self, loc: Loc, place: Place, *, found: str, expected: str) -> None:
        self.mistakes.append(make_mistake(place, loc, found=found, expected=expected))


class _TooManyValues(Exception):
    """The aliases stand for more than anybody means."""


def read_document(sources: Sequence[Source], whole: Place) -> Document:
    """Read `sources`, together called `whole`, as one description; what is wrong with their YAML is
    in its `mistakes`.
    """
    return _read(sources, whole, _Reader.read_root, expected="a desk description")


def read_list(sources: Sequence[Source], whole: Place, *, name: str) -> Document:
    """Read `sources` as one list, the value `name` of the document; else as `read_document`."""
    return _read(
        sources, whole, partial(_Reader.read_list, name=name), expected=f"a list of {name}"
    )


def _read(
    sources: Sequence[Source],
    whole: Place,
    read: Callable[["_Reader", yaml.Node], None],
    *,
    expected: str,
) -> Document:
    document = Document(whole=whole)
    reader = _Reader(document)
    for source in sources:
        node, mistakes = compose(source, expected=expected)
        document.mistakes += mistakes
        document.broken_syntax |= bool(mistakes)
        if node is None:
            continue
        try:
            read(reader, node)
        except _TooManyValues:
            expected = f"at most {MAX_VALUES}, each use of an alias counted"
            document.add(
                (), Place(source.name), found=f"more than {MAX_VALUES} values", expected=expected
            )
            document.broken_syntax = True
            document.data.clear()
            break
    return document


class _Reader:
    """Walks the nodes of all files into one document."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._open: set[int] = set()
        self._count = 0

    def read_root(self, root: yaml.Node) -> None:
        document = self._document
        if not isinstance(root, yaml.MappingNode):
            document.add(
                (),
                _place(root),
                found=_kind(root),
                expected="a mapping with keys such as name, queues, forms and rules",
            )
            document.broken_syntax = True
            return
        for key_node, value_node in root.value:
            key = self._key((), key_node)
            if key is None:
                continue
            known = document.data.get(key)
            same_file = key in document.data and document.keys[(key,)].file == _place(key_node).file
            if (
                not same_file
                and key in SPREAD_MAPPINGS
                and isinstance(value_node, yaml.MappingNode)
                and isinstance(known, dict)
            ):
                self._entries((key,), value_node, into=known)
            elif (
                not same_file
                and key in SPREAD_LISTS
                and isinstance(value_node, yaml.SequenceNode)
                and isinstance(known, list)
            ):
                self._items((key,), value_node, into=known)
            elif self._is_first((key,), key_node):
                document.data[key] = self._value((key,), value_node)

    def read_list(self, root: yaml.Node, *, name: str) -> None:
        document = self._document
        if not isinstance(root, yaml.SequenceNode):
            document.add((), _place(root), found=_kind(root), expected=f"a list of {name}")
            document.broken_syntax = True
            return
        known = document.data.setdefault(name, [])
        document.values.setdefault((name,), _place(root))
        if isinstance(known, list):
            self._items((name,), root, into=known)

    def _key(self, loc: Loc, node: yaml.Node) -> str | None:
        if not isinstance(node, yaml.ScalarNode):
            self._document.add(
                loc, _place(node), found=f"{_kind(node)} as a key", expected="a word as a key"
            )
            return None
        if node.value == "<<" and node.style is None:
            expected = (
                "keys written out (an alias may stand for a whole value, but cannot be "
                "merged into another)"
            )
            self._document.add(loc, _place(node), found="the merge key <<", expected=expected)
            return None
        problem = check_text(node.value)
        if problem is not None:
            self._document.add(
                loc, _place(node), found=f"a key with {problem.found}", expected=problem.expected
            )
            return None
        return str(node.value)

    def _is_first(self, loc: Loc, key_node: yaml.Node) -> bool:
        """Note where the key of `loc` stands; a second one is a mistake, and its value is not
        looked at.
        """
        first = self._document.keys.setdefault(loc, _place(key_node))
        if first == _place(key_node):
            return True
        found = f'the key "{loc[-1]}" again (first at {first})'
        self._document.add(loc, _place(key_node), found=found, expected="each key once")
        return False

    def _value(self, loc: Loc, node: yaml.Node) -> JsonValue:
        self._count += 1
        if self._count > MAX_VALUES:
            raise _TooManyValues
        self._document.values[loc] = _place(node)
        if id(node) in self._open:
            return self._unusable(
                loc,
                node,
                found="an alias inside the very value it stands for",
                expected="a value that ends",
            )
        if len(self._open) >= MAX_DEPTH:
            return self._unusable(
                loc, node, found="aliases within aliases", expected=f"at most {MAX_DEPTH} levels"
            )
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self._entries(loc, node, into={})
            if isinstance(node, yaml.SequenceNode):
                return self._items(loc, node, into=[])
            value = read_scalar(node)
        finally:
            self._open.discard(id(node))
        if isinstance(value, ScalarProblem):
            return self._unusable(loc, node, found=value.found, expected=value.expected)
        return value

    def _unusable(self, loc: Loc, node: yaml.Node, *, found: str, expected: str) -> JsonValue:
        self._document.add(loc, _place(node), found=found, expected=expected)
        self._document.unusable.add(loc)
        return "x"

    def _entries(
        self, loc: Loc, node: yaml.MappingNode, *, into: dict[str, JsonValue]
    ) -> dict[str, JsonValue]:
        self._check_tag(loc, node)
        for key_node, value_node in node.value:
            key = self._key(loc, key_node)
            if key is not None and self._is_first((*loc, key), key_node):
                into[key] = self._value((*loc, key), value_node)
        return into

    def _items(
        self, loc: Loc, node: yaml.SequenceNode, *, into: list[JsonValue]
    ) -> list[JsonValue]:
        self._check_tag(loc, node)
        for item in node.value:
            into.append(self._value((*loc, len(into)), item))
        return into

    def _check_tag(self, loc: Loc, node: yaml.MappingNode | yaml.SequenceNode) -> None:
        if node.tag not in ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"):
            self._unusable(
                loc, node, found=f"the tag {_tag(node)}", expected="plain values without tags"
            )


def _place(node: yaml.Node) -> Place:
    return Place(str(node.start_mark.name), node.start_mark.line + 1, node.start_mark.column + 1)


def _kind(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        return "a mapping"
    return "a list" if isinstance(node, yaml.SequenceNode) else f'the word "{str(node.value)[:40]}"'


def _tag(node: yaml.Node) -> str:
    return str(node.tag).replace("tag:yaml.org,2002:", "!!")

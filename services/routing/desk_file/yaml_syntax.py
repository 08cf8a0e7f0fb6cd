"""From bytes to composed YAML nodes; what is not YAML becomes a mistake with its line."""

import re
from itertools import islice

import yaml
from yaml.composer import ComposerError
from yaml.error import MarkedYAMLError

from services.routing.desk_file.mistakes import Mistake, Place, make_mistake
from services.routing.desk_file.scalars import RESOLVERS
from services.routing.desk_file.sources import Source

MAX_DEPTH = 20
"""A description needs about eight levels; the composer recurses once per level."""

MAX_NODES = 60_000
"""Keys and values in one file: twice what a description may hold, refused before the rest of the
file costs time.
"""

_SHOWN_CHARACTERS = 10
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What YAML does not allow in a file."""


class _Excess(ComposerError):
    """The file goes on beyond what any description needs; `problem` is the limit."""


class _DeskLoader(yaml.SafeLoader):
    """Composes nodes; plain words are resolved as in YAML 1.2."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    depth = 0
    nodes = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self.depth += 1
        self.nodes += 1
        if self.depth > MAX_DEPTH or self.nodes > MAX_NODES:
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise _Excess(
                None,
                None,
                f"{MAX_DEPTH} levels of nesting"
                if self.depth > MAX_DEPTH
                else f"{MAX_NODES} keys and values",
                mark,
            )
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


for _tag, _pattern, _first in RESOLVERS:
    _DeskLoader.add_implicit_resolver(_tag, _pattern, _first)


def compose(source: Source, *, expected: str) -> tuple[yaml.Node | None, list[Mistake]]:
    """Return the root node of `source`, or None and what is wrong with the file; `expected` is what
    it should hold.
    """
    try:
        text = source.content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = source.content[: error.start]
        place = Place(
            source.name,
            before.count(b"\n") + 1,
            len(before[before.rfind(b"\n") + 1 :].decode()) + 1,
        )
        found = f"the byte 0x{source.content[error.start]:02x}, which is not UTF-8"
        return None, [
            make_mistake(
                place, (), found=found, expected="text in UTF-8 (save the file with that encoding)"
            )
        ]
    unprintable = list(islice(_UNPRINTABLE.finditer(text), _SHOWN_CHARACTERS))
    if unprintable:
        return None, [_unprintable(source.name, text, match) for match in unprintable]
    loader = _DeskLoader(text)
    loader.name = source.name
    try:
        node = loader.get_single_node()
    except MarkedYAMLError as error:
        return None, [_syntax_mistake(source.name, error)]
    finally:
        loader.dispose()
    if node is None:
        return None, [
            make_mistake(Place(source.name, 1, 1), (), found="an empty file", expected=expected)
        ]
    return node, []


def _unprintable(name: str, text: str, match: re.Match[str]) -> Mistake:
    at = match.start()
    place = Place(name, text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1)
    character = (
        "a NUL byte"
        if match.group() == "\0"
        else f"the control character U+{ord(match.group()):04X}"
    )
    return make_mistake(place, (), found=character, expected="printable text")


def _syntax_mistake(name: str, error: MarkedYAMLError) -> Mistake:
    mark = error.problem_mark or error.context_mark
    place = Place(name, mark.line + 1, mark.column + 1) if mark else Place(name)
    problem = error.problem or "something that is not YAML"
    if "'\\t'" in problem:
        return make_mistake(
            place,
            (),
            found="a tab",
            expected="spaces (YAML does not allow tabs in front of keys and values)",
        )
    if isinstance(error, _Excess):
        return make_mistake(place, (), found=f"more than {problem}", expected="less")
    if "expected a single document" in str(error.context):
        return make_mistake(
            place, (), found="a second document (---)", expected="one document in a file"
        )
    context = f" {error.context}" if error.context else ""
    begun = f" that began in line {error.context_mark.line + 1}" if error.context_mark else ""
    return make_mistake(
        place, (), found=f"bad YAML{context}{begun}: {problem}", expected="valid YAML"
    )

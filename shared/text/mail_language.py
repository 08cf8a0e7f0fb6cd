"""What the text of a mail may say: Jinja's `{{ value }}` and `{% if %}`, and nothing else.

The texts come from a desk, which is outside the program: no loops, no calls, no arithmetic, so that
none can run for long or reach anything. Routing checks them where the desk is read; notify renders
them.
"""

from functools import lru_cache

from jinja2 import Environment, StrictUndefined, Template, TemplateError, nodes
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import ImmutableSandboxedEnvironment

_FILTERS = ("upper", "lower", "capitalize", "title", "trim", "default")
_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.If,
    nodes.CondExpr,
    nodes.Name,
    nodes.Const,
    nodes.Filter,
    nodes.Concat,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
)


MAIL_VALUES = frozenset(
    {
        "answers",
        "author",
        "can_reply",
        "days",
        "desk",
        "greeting",
        "link",
        "name",
        "number",
        "office",
        "state",
        "subject",
        "text",
        "unconfirmed",
        "where_to_answer",
    }
)
"""The values that a text may print; notify says what each is
(`services.notify.mail.templates.values`).
"""


class NotAMailText(ValueError):
    """The text asks for what is not possible in a mail; the message names the line of the text and
    what it is.
    """


@lru_cache(maxsize=256)
def mail_template(source: str) -> Template:
    """Return the template that `source` is.

    A name that no value has raises UndefinedError when it is rendered.

    Raises NotAMailText.
    """
    try:
        parsed = _sandbox().parse(source)
        for node in (parsed, *parsed.find_all(nodes.Node)):
            if not isinstance(node, _ALLOWED):
                raise NotAMailText(
                    f"line {node.lineno}: {type(node).__name__} is not possible in a mail text"
                )
        return _sandbox().from_string(source)
    except RecursionError as error:
        raise NotAMailText("it nests too deeply") from error
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        raise NotAMailText(f"line {line}: {error.message}" if line else str(error)) from error


def unknown_values(source: str) -> list[str]:
    """Return the names in `source` that no value has, sorted. Raises NotAMailText."""
    mail_template(source)
    return sorted(find_undeclared_variables(_sandbox().parse(source)) - MAIL_VALUES)


@lru_cache(maxsize=1)
def _sandbox() -> Environment:
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    environment.globals.clear()
    environment.filters = {name: environment.filters[name] for name in _FILTERS}
    return environment

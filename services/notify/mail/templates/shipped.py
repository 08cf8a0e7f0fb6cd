"""The texts in `templates/mail`."""

from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template


@lru_cache(maxsize=1)
def shipped_texts() -> Environment:
    """Return the templates, read once."""
    folder = Path(__file__).parents[2] / "templates" / "mail"
    # Plain text has no markup to escape, and these templates change only with the program.
    environment = Environment(loader=FileSystemLoader(folder), undefined=StrictUndefined, autoescape=False, auto_reload=False)
    # They use none of jinja's functions, which are copied for every mail.
    environment.globals.clear()
    return environment


@lru_cache(maxsize=256)
def shipped_text(name: str) -> Template:
    """Return the template `name`, ready to be printed often."""
    template = shipped_texts().get_template(name)
    # A chain of empty mappings otherwise, which is walked through for every mail.
    template.globals = {}
    return template

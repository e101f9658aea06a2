"""What every page is made by: its template engine, its style and script, and its content security policy.

Owns: that nothing of a user's can act on a page: the engine escapes everything, and the policy allows one style and one
script by their hashes and no connection at all.
Source: CSP Level 3, hash sources. Inline `style` attributes are refused by that policy too: the templates have none.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache
from importlib import resources
from typing import Final

import jinja2
from markupsafe import Markup, escape

from batch.text.language import pluralize, tr, trn
from batch.text.visible import escape_text

_OPTION: Final = re.compile(r"--[a-z][a-z-]*")


@lru_cache(maxsize=4)  # compiling one takes longer than rendering it
def page_template(name: str) -> jinja2.Template:
    """The compiled template `name`, one for this process: everything is escaped, and a value that is missing is an
    error."""
    engine = jinja2.Environment(
        loader=jinja2.FunctionLoader(template_text),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    engine.filters["shown"] = escape_text
    engine.filters["counted"] = pluralize
    engine.filters["whole_options"] = _whole_options
    engine.globals |= {"tr": tr, "trn": trn}
    return engine.get_template(name)


def _whole_options(text: str) -> Markup:
    """A text whose options (`--on-conflict`) are not broken at their hyphens, for they are copied."""
    return Markup(_OPTION.sub(r'<span class="whole">\g<0></span>', str(escape(text))))


def template_text(name: str) -> str:
    """The text of a template, a style or a script."""
    return resources.files("batch.reporter").joinpath("templates", name).read_text("utf-8")


def page_policy(style: str, script: str) -> str:
    """The content security policy: these two texts, and nothing else from anywhere."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def report_policy() -> str:
    """The content security policy that every report page carries, for a server that delivers one."""
    return page_policy(template_text("page.css"), template_text("page.js"))


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")

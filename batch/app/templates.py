"""The templates of the pages, and how figures, times and texts are shown in them.

Owns: the engine (everything is escaped), its filters. Control and bidirectional characters of a file are written out.
"""

from __future__ import annotations

from datetime import datetime
from importlib import resources
from time import time
from typing import Any

import jinja2

from batch.app.words import LANGUAGES, Words
from batch.codes import tip, title
from batch.text.masking import mask, mask_within
from batch.text.visible import escape_text


class Templates:
    """The pages by name."""

    def __init__(self) -> None:
        self._engine = jinja2.Environment(
            loader=jinja2.FunctionLoader(_part),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._engine.filters |= {"shown": escape_text, "mask": mask, "masked": mask_within}
        self._engine.globals |= {"code_title": title, "code_tip": tip, "languages": LANGUAGES, "now": time}

    def render(self, name: str, words: Words, **values: Any) -> str:
        """The text of the template `name` in the language of `words`."""
        own = {
            "_": words.gettext,
            "n": words.ngettext,
            "num": words.number,
            "lang": words.language,
            "duration": lambda seconds: duration(seconds, words),
            "clock": clock,
            "day": day,
        }
        return self._engine.get_template(name).render(**own, **values)


def duration(seconds: float, words: Words) -> str:
    """A length of time: `5 h 33 min`, `45 s`."""
    if seconds < 60:
        return f"{max(0, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours = f"{words.number(minutes // 60)} h"
    return f"{hours} {minutes % 60} min" if minutes % 60 else hours


def clock(at: float) -> str:
    """A moment on this machine's clock: the time, with the day if it is not today."""
    then = datetime.fromtimestamp(at)
    return f"{then:%H:%M}" if then.date() == datetime.now().date() else f"{then:%Y-%m-%d %H:%M}"


def day(at: float) -> str:
    """A moment on this machine's clock, with its day."""
    return f"{datetime.fromtimestamp(at):%Y-%m-%d %H:%M}"


def _part(name: str) -> str:
    return resources.files("batch.app").joinpath("html", name).read_text("utf-8")

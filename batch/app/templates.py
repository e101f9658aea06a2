"""The templates of the pages, and how figures, times and texts are shown in them.

Owns: the engine (everything is escaped), its filters. Control and bidirectional characters of a file are written out.
"""

from __future__ import annotations

import re
from datetime import datetime
from importlib import resources
from pathlib import Path
from time import time
from typing import Any

import jinja2

from batch.api.watch import outcome_meaning, verify_meaning
from batch.app.tips import page_tip, page_title, without_options
from batch.app.words import LANGUAGES, counted, field_name, number, role_name
from batch.codes.repairs import repair_text
from batch.text.language import in_language, tr
from batch.text.masking import mask, mask_within
from batch.text.visible import escape_text


class Templates:
    """The pages by name. `folder` is that of the jobs: a message shows the name of a file in it, not its path."""

    def __init__(self, folder: Path | None = None) -> None:
        self._inside = re.compile(f"{re.escape(str(folder))}/[0-9a-f]{{16}}/file/") if folder else None
        self._engine = jinja2.Environment(
            loader=jinja2.FunctionLoader(_part),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._engine.filters |= {"shown": escape_text, "mask": mask, "masked": mask_within, "said": self._said}
        self._engine.globals |= {
            **{
                "tr": tr,
                "trn": counted,
                "num": number,
                "role_name": role_name,
                "field_name": field_name,
                "repair_text": repair_text,
                "languages": LANGUAGES,
            },
            **{
                "code_title": page_title,
                "code_tip": page_tip,
                "outcome_meaning": outcome_meaning,
                "status_name": verify_meaning,
            },
            **{"duration": duration, "clock": clock, "day": day, "now": time},
        }

    def render(self, name: str, language: str, **values: Any) -> str:
        """The text of the template `name` in `language`."""
        with in_language(language):
            return self._engine.get_template(name).render(lang=language, **values)

    def _said(self, text: str) -> str:
        """What the Python API says, as the page shows it."""
        text = self._inside.sub("", text) if self._inside else text
        return escape_text(without_options(text))


def duration(seconds: float) -> str:
    """A length of time: `5 h 33 min`, `45 s`."""
    if seconds < 60:
        return f"{max(0, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours = f"{number(minutes // 60)} h"
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

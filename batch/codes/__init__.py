"""The codes of the rows of a report: `registry.py` has their words, `wording.py` gives them to a reader."""

from batch.codes.registry import CODES, HELD_CODES, Code
from batch.codes.wording import tip, title

__all__ = ["CODES", "HELD_CODES", "Code", "tip", "title"]

"""The codes of the rows of a report: `registry.py` has what is known of each, `wording.py` its words for a reader."""

from batch.codes.code import Code
from batch.codes.registry import CODES, FAULTY_ROLE, HELD_CODES
from batch.codes.wording import tip, title

__all__ = ["CODES", "FAULTY_ROLE", "HELD_CODES", "Code", "tip", "title"]

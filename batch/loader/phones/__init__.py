"""Damaged phone cells -> E.164, or the reason why not: `parse.py` is the definition, `vectorised.py` the fast way."""

from batch.loader.phones.parse import Phone, Rules, judge

__all__ = ["Phone", "Rules", "judge"]

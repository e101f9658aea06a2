"""Undoing a run: what each contact was before it, put back by a run of its own."""

"""Texts made fit to be shown: counted, masked, without what acts unseen, harmless in a spreadsheet."""

"""The header of a source: which column plays which part."""

"""The passes over a source: the first counts, the second writes the plan."""

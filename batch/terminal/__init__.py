"""What a person at a terminal sees: words, tables, the bar, the question before a run."""

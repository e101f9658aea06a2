"""What a person is shown of a source before a run."""

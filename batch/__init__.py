"""guayaba-batch: a bulk processor for the Guayaba contact API. The Python API is `batch.stages`."""

__version__ = "0.1.0"

"""A private folder that is removed when it is no longer used.

It holds standard input, unpacked gzip files and the cells of workbooks between the two passes of the loader.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path


class TemporaryFolder:
    """A new folder (0700) below the system's temporary one; it is removed with this object, at the latest at exit."""

    __slots__ = ("__weakref__", "path")

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="guayaba-batch-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)

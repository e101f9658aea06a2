"""A folder that only this user can read, and that goes when nobody needs it any more.

Owns: where standard input, unpacked gzip files and the cells of workbooks are kept between the two passes.
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

"""A folder that only this user can read, and that goes when nothing needs it any more.

Owns: where standard input, unpacked files and the cells of workbooks are kept between the two passes.
"""

from __future__ import annotations

import weakref

from batch.text.temporary_folder import create_folder


class TemporaryFolder:
    """A new folder (0700) below the system's temporary one; it is removed with this object, at the latest at exit, or
    after a kill by the next start."""

    __slots__ = ("__weakref__", "path")

    def __init__(self) -> None:
        folder = create_folder()
        self.path = folder.path
        weakref.finalize(self, folder.remove)

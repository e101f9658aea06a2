"""Where a secret must not be: byte for byte, in every file below a folder, in any of the shapes that hide it."""

from __future__ import annotations

import base64
from pathlib import Path
from urllib.parse import quote


def canary_in(folder: Path, secret: str) -> list[Path]:
    """The files below `folder` that hold `secret`: as it is, in UTF-16, in base64, or as a URL would write it."""
    plain = secret.encode()
    shapes = {plain, secret.encode("utf-16-le"), base64.b64encode(plain).rstrip(b"="), quote(secret, safe="").encode()}
    return [
        path
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and any(shape in path.read_bytes() for shape in shapes)
    ]

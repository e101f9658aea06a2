"""How the sandbox writes JSON: compact, in UTF-8, as the API does. One encoder, since building one costs a write."""

from __future__ import annotations

import json

encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

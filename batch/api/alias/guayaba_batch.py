"""`import guayaba_batch`: the same package as `import batch`, under the name of its distribution.

For an environment in which something else is called `batch`. The wheel puts this file beside the package.
"""

from __future__ import annotations

import sys

import batch

sys.modules[__name__] = batch

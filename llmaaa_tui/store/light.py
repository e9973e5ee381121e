"""sqlite-utils without pandas.

Where pandas is installed (statistics bring it) sqlite-utils imports it, half a second for every process that opens a
store, and nothing here uses it.
"""

from __future__ import annotations

import sys

_ABSENT = "pandas" not in sys.modules
if _ABSENT:
    sys.modules["pandas"] = None  # type: ignore[assignment]
try:
    from sqlite_utils import Database as Database
    from sqlite_utils import Migrations as Migrations
finally:
    if _ABSENT:
        del sys.modules["pandas"]

"""Run the real application on a store in the real terminal, at one of its screens.

PYTHONPATH=tests python -m ui.show_store DATABASE PLACE
"""

from __future__ import annotations

import sys
from pathlib import Path

from ui.stores import open_app

if __name__ == "__main__":
    open_app(Path(sys.argv[1]), sys.argv[2]).run()

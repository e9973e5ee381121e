"""What the screens cost and how quick they are: `python benchmarks/ui.py --help`. All of it is in `screens.py`.

This file alone is not type-checked, for the tests of the screens have a package of the same name.
"""

from screens import main

if __name__ == "__main__":
    main()

"""`python -m osteon` is `osteon`."""

import sys

try:
    from osteon.cli import main

    code = main()
except KeyboardInterrupt:  # before there is anything to stop
    code = 3
sys.exit(code)

"""`python -m osteon` is `osteon`."""

import sys

from osteon.cli import main

sys.exit(main())

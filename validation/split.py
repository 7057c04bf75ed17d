"""The frozen split between fitted and predicted rows: what its hash would be now.   python -m validation.split [--write]

With --write the hash, the number of rows and the counts of roles are put into data/split.json; that belongs in a commit of its own.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from importlib.resources import files
from pathlib import Path

from osteon.evidence.measurement import shipped_measurements
from osteon.evidence.split import frozen_hash, split_hash
from osteon.io.files import write_atomic


def main(words: list[str]) -> int:
    """0 where the split is the frozen one or was written, 1 where it is not."""
    rows, now = shipped_measurements(), split_hash()
    if "--write" in words:
        path = Path(str(files("osteon").joinpath("data/split.json")))
        roles = Counter(m.role for m in rows)
        stored = json.loads(path.read_text(encoding="utf-8"))
        order = [*stored["roles"], *(r for r in roles if r not in stored["roles"])]
        stored |= {"sha256": now, "rows": len(rows), "roles": {r: roles[r] for r in order if roles[r]}}
        write_atomic(path, json.dumps(stored, indent=1, ensure_ascii=False) + "\n")
        print(f"{path.name}: {len(rows)} rows, {now}")
        return 0
    print(f"{len(rows)} rows, {now}: " + ("as frozen" if now == frozen_hash() else f"frozen was {frozen_hash()}"))
    return int(now != frozen_hash())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

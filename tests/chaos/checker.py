"""A process that only looks: does everything stand as desired within the given time, and was nothing broken on the way?

    python -m tests.chaos.checker JOURNAL WITHIN

JOURNAL is a file of JSON: `database_url`; `companies`, each with `slug`, `sandbox_url`, `exhausted`, `stocked` and
`wishes`. Prints what is wrong, a sentence a line, and ends with status 1 where anything is.
"""

import json
import sys
import time
from itertools import islice
from pathlib import Path

from tests.chaos import looking
from tests.chaos.invariants import Wish, broken, unsettled

EVERY = 1.0


def main() -> int:
    """Look until all is settled, or time is over."""
    journal, until = json.loads(Path(sys.argv[1]).read_text()), time.monotonic() + float(sys.argv[2])
    while True:
        open_points: list[str] = []
        for company in journal["companies"]:
            ours = looking.ours(journal["database_url"], company["slug"])
            theirs = looking.theirs(company["sandbox_url"])
            wishes = [Wish(*wish) for wish in company["wishes"]]
            never = list(broken(ours, theirs, wishes, stocked=company["stocked"]))
            if never:
                print("\n".join(f"broken: {company['slug']}: {sentence}" for sentence in never))
                return 1
            found = unsettled(ours, theirs, exhausted=company["exhausted"])
            open_points += [f"{company['slug']}: {sentence}" for sentence in found]
        if not open_points:
            return 0
        if time.monotonic() > until:
            print("\n".join(islice((f"not settled: {sentence}" for sentence in open_points), 50)))
            return 1
        time.sleep(EVERY)


if __name__ == "__main__":
    sys.exit(main())

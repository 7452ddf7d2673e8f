"""The benchmark, which is the command `commonweal bench`: time a month of the model beside yardsticks.

make bench                                    # with Starsim, from requirements-bench.lock
.venv/bin/python benchmarks/bench.py --quick --finest 10 --json
"""

import sys

from experiments.cli import main

if __name__ == "__main__":
    sys.exit(main(["bench", *sys.argv[1:]]))

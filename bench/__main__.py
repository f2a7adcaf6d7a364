"""`python -m bench [PART ...]`: measures on the running service and prints tables; numbers in bench/out. All parts, if none is named.

Only ratios within one run mean anything: the machine's noise is in what is measured beside it as well.
"""

import sys

from bench import mail, opens, watch

PARTS = {"opens": opens.main, "mail": mail.main, "watch": watch.main}


def main(named: list[str]) -> None:
    unknown = [one for one in named if one not in PARTS]
    if unknown:
        sys.exit(f"There is no part {', '.join(unknown)}: {', '.join(PARTS)}")
    for name in named or PARTS:
        print(f"== {name}")
        PARTS[name]()


if __name__ == "__main__":
    main(sys.argv[1:])

"""Ends with 0 if the service on port ARGV[1] of this container says that it is ready."""

import sys
from urllib.request import urlopen

with urlopen(f"http://127.0.0.1:{int(sys.argv[1])}/health/ready", timeout=3) as answer:
    sys.exit(0 if answer.status == 200 else 1)

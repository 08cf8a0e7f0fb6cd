"""Ends with 0 if the service on port ARGV[1] of this container is ready; otherwise says what it
misses and ends with 1.
"""

import sys
from urllib.error import HTTPError
from urllib.request import urlopen

try:
    urlopen(f"http://127.0.0.1:{int(sys.argv[1])}/health/ready", timeout=3).close()
except HTTPError as error:
    sys.exit(error.read().decode(errors="replace"))
except OSError as error:
    sys.exit(f"no answer: {error}")

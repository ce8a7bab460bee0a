"""`mnistkit`, and `python -m mnistkit`."""

import sys

try:
    from mnistkit.cli.app import main
except KeyboardInterrupt:
    # Ctrl-C while it starts.
    sys.exit(130)

if __name__ == "__main__":
    main()

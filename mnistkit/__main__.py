"""`python -m mnistkit`."""

from mnistkit.cli.app import main

if __name__ == "__main__":
    main()

"""`python -m devin_async`, the same as `devin-async`."""

from devin_async.cli import main

if __name__ == "__main__":
    main()

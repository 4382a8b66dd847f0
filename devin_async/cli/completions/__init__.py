"""The scripts that complete `devin-async` in shells, as they are printed.

To make them takes cyclopts as long as a request, and they change only with the commands. `python -m
devin_async.cli.completions` writes them anew; a test holds that they have every command and option.
"""

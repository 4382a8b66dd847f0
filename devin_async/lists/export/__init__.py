"""Exports: a list of events as a file that survives any kill."""

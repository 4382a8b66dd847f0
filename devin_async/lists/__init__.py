"""Lists: pages, cursors, ranges of time, exports."""

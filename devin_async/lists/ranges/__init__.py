"""Lists that are cut by time, and read side by side."""

"""Work made of many calls."""

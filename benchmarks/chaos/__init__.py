"""Faults, odd servers and interrupted work, sized by whoever runs them; see `benchmarks.soak`."""

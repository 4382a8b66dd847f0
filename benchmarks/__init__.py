"""How fast the client is, as ratios to what the same work costs without it, in one run.

python -m benchmarks [--quick] [--rounds N] [--only NAME ...]
    [--json FILE] [--svg FILE] [--markdown FILE]
"""

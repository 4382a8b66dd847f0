"""Numbers and ids that depend on nothing but the seed and a name."""

from hashlib import blake2b

_MASK = (1 << 64) - 1


def hex_id(seed: int, *parts: object, length: int = 32) -> str:
    """Derive a lower-case hex id of *length* digits."""
    name = ":".join(str(part) for part in (seed, *parts))
    return blake2b(name.encode(), digest_size=(length + 1) // 2).hexdigest()[:length]


def mix(seed: int, first: int, second: int = 0) -> int:
    """Scramble small integers into 64 bits, cheaply enough for inner loops."""
    value = (
        seed * 0x9E3779B97F4A7C15 + first * 0xBF58476D1CE4E5B9 + second * 0x94D049BB133111EB
    ) & _MASK
    value = ((value ^ (value >> 31)) * 0xD6E8FEB86659FD93) & _MASK
    return value ^ (value >> 32)


def between(low: int, high: int, scrambled: int) -> int:
    """Map a scrambled number into *low* to *high*, both included."""
    return low + scrambled % (high - low + 1)

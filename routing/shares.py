"""What a share of so many is worth. Pure."""

from math import sqrt

Z_95 = 1.959964  # of the normal distribution: 95 % lie within it on both sides


def wilson(hits: int, of: int, z: float = Z_95) -> tuple[float, float]:
    """Between what the true share lies, as far as so few can tell. Of none, anything is possible."""
    if of == 0:
        return 0.0, 1.0
    share, spread = hits / of, z * z / of
    middle = (share + spread / 2) / (1 + spread)
    reach = z * sqrt(share * (1 - share) / of + spread / (4 * of)) / (1 + spread)
    return max(0.0, middle - reach), min(1.0, middle + reach)

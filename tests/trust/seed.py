"""Every random test says what its randomness was, and can be made to repeat it: `FRONTDESK_SEED=7 make trust`."""

import os
import random


def seed() -> int:
    chosen = int(os.environ.get("FRONTDESK_SEED") or random.SystemRandom().randrange(2**32))
    print(f"FRONTDESK_SEED={chosen}")  # noqa: T201 - pytest shows it when the test fails
    return chosen

"""Properties are tried on the same examples every time, or passing were luck. `make explore` tries new ones."""

import os

from hypothesis import settings

settings.register_profile("steady", derandomize=True)
settings.register_profile("explore")
settings.load_profile("explore" if os.environ.get("FRONTDESK_EXPLORE") else "steady")

"""Properties are tried on the same examples every time, or passing were luck. `make explore` tries new ones."""

import os
import signal

from hypothesis import settings

settings.register_profile("steady", derandomize=True)
settings.register_profile("explore")
settings.load_profile("explore" if os.environ.get("FRONTDESK_EXPLORE") else "steady")

# Whoever is started by a script in the background ignores Ctrl-C, and so does whatever they start: here it is heard.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

"""The program's first line and its last: Ctrl-C ends it at once, and so does what nobody waits for any more."""

import logging
import os
import signal
import sys
import threading


def begin() -> None:
    """Python would raise KeyboardInterrupt wherever it stands: in an import that is a traceback, in a weak reference's
    callback it is swallowed, and the program goes on as if nobody had asked.
    """
    _open_what_is_closed()
    # Started in the background by a script, it ignores Ctrl-C as it was told to.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from bot.cli import main  # noqa: PLC0415 - half a second of imports, for which nobody should have to wait

    try:
        main()
    except SystemExit as end:
        if any(one is not threading.main_thread() and not one.daemon for one in threading.enumerate()):
            _leave(end)
        raise


def _open_what_is_closed() -> None:
    """Else the next file that is opened takes the place of standard error, and what is written there goes into it."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - open as long as the program


def _leave(end: SystemExit) -> None:
    """The classifier may be in the middle of a lesson of half a minute, and Python would wait for it."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(end.code if isinstance(end.code, int) else int(end.code is not None))


if __name__ == "__main__":
    begin()

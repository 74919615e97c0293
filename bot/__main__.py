"""The program's first line: from here on Ctrl-C ends it at once and in silence, until a command listens for it."""

import signal


def begin() -> None:
    """Python would raise KeyboardInterrupt wherever it stands: in an import that is a traceback, in a weak reference's
    callback it is swallowed, and the program goes on as if nobody had asked.
    """
    # Started in the background by a script, it ignores Ctrl-C as it was told to.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from bot.cli import main  # noqa: PLC0415 - half a second of imports, for which nobody should have to wait

    main()


if __name__ == "__main__":
    begin()

"""What the screen's own thread does about a mistake of ours: it is told, and the screen goes on."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from kivy.base import ExceptionHandler, ExceptionManager

_log = structlog.get_logger()


class Guard(ExceptionHandler):
    """Takes every exception of Kivy's loop, as the other threads' bodies take theirs."""

    def __init__(self, give_up: Callable[[], None]) -> None:
        """Watch.

        Args:
            give_up: Shows that something is wrong, whatever was on the screen.
        """
        super().__init__()
        self._give_up = give_up

    def handle_exception(self, fault: BaseException) -> int:
        """Go on after a mistake; whoever asks the program to end is obeyed."""
        if not isinstance(fault, Exception):
            return int(ExceptionManager.RAISE)
        _log.error("screen.fault", exc_info=fault)
        self._give_up()
        return int(ExceptionManager.PASS)

    def begin(self) -> None:
        """Watch from now on."""
        ExceptionManager.add_handler(self)

    def end(self) -> None:
        """Watch no more."""
        ExceptionManager.remove_handler(self)

"""What can go wrong with the kiosk itself.

* KioskError
  + NoWindow     no screen could be opened; an invisible one is never taken instead
"""

from __future__ import annotations


class KioskError(Exception):
    """Root of what the kiosk raises."""


class NoWindow(KioskError):
    """No window can be opened: nobody would see the station."""

    def __init__(self, driver: str, reason: str) -> None:
        super().__init__(f"no window could be opened ({driver}): {reason}")
        self.driver = driver
        self.reason = reason

"""What can go wrong with the settings.

* SettingsError   the file cannot be used; holds every mistake at once
"""

from __future__ import annotations


class SettingsError(Exception):
    """The settings cannot be used.

    Attributes:
        mistakes: One sentence for each thing to mend, in the order of the file.
    """

    def __init__(self, mistakes: tuple[str, ...]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes

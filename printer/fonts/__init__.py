"""Be Vietnam Pro (SIL Open Font Licence, see OFL.txt): the one family of screen, desk and paper.

It sets the tone marks of stacked letters to the right, as Vietnamese schools write them.
"""

from __future__ import annotations

from pathlib import Path

REGULAR = Path(__file__).with_name("BeVietnamPro-Regular.ttf")
SEMIBOLD = Path(__file__).with_name("BeVietnamPro-SemiBold.ttf")
BOLD = Path(__file__).with_name("BeVietnamPro-Bold.ttf")

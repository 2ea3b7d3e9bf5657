"""The same slip by python-escpos' own `image()`: the peer of our encoding."""

from __future__ import annotations

import os
import shutil
from functools import lru_cache
from typing import Any

from PIL import Image


def escpos_bytes(picture: Image.Image) -> bytes:
    """Encode a slip as python-escpos does: `ESC @`, one `GS v 0`, feed and cut."""
    slip = _dummy()(profile="TM-T20II")  # 576 dots, our widest paper
    slip.hw("INIT")
    slip.image(picture, impl="bitImageRaster")
    slip.cut(feed=False)
    return bytes(slip.output)


@lru_cache(maxsize=1)
def _dummy() -> Any:
    """Import python-escpos and remove the temporary folder each import of it leaves behind."""
    from escpos import capabilities
    from escpos.printer import Dummy

    if "ESCPOS_CAPABILITIES_PICKLE_DIR" not in os.environ:
        shutil.rmtree(capabilities.pickle_dir, ignore_errors=True)
    return Dummy

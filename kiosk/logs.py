"""Where the station's log lines go. Keeps out what they say.

JSON lines, rotated, in the station's data folder: event names and identifiers, never a
child's name, never a card number.
"""

from __future__ import annotations

import logging
import logging.handlers
import sys
from pathlib import Path

import structlog

LOG_BYTES = 1_000_000
"""One file; four older ones are kept."""


def start_logging(folder: Path, also_to_stderr: bool) -> None:
    """Send every part's log lines to `folder`/kiosk.log."""
    folder.mkdir(parents=True, exist_ok=True)
    file = logging.handlers.RotatingFileHandler(
        folder / "kiosk.log", maxBytes=LOG_BYTES, backupCount=4, encoding="utf-8"
    )
    handlers: list[logging.Handler] = [file]
    if also_to_stderr:
        handlers.append(logging.StreamHandler(sys.stderr))
    logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=handlers, force=True)
    for chatty in ("httpx", "httpcore", "PIL", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )

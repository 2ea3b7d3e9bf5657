"""Where the station's log lines go. Keeps out what they say.

JSON lines, rotated, in the station's data folder, Kivy's own among them: event names and
identifiers, never a child's name, never a card number.
"""

from __future__ import annotations

import logging
from logging.handlers import MemoryHandler, RotatingFileHandler
from pathlib import Path

import structlog
from structlog.typing import Processor

LOG_BYTES = 1_000_000
"""One file; four older ones are kept."""

_SHARED: list[Processor] = [
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    # Tracebacks without the values of variables, which may be somebody's name.
    structlog.processors.format_exc_info,
]


def start_logging(folder: Path, early: MemoryHandler | None = None) -> None:
    """Send every part's log lines to `folder`/kiosk.log.

    Args:
        folder: The log's.
        early: Holds the lines that came before; they are written first.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = RotatingFileHandler(
        folder / "kiosk.log", maxBytes=LOG_BYTES, backupCount=4, encoding="utf-8"
    )
    file.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
            foreign_pre_chain=_SHARED,
        )
    )
    if early is not None:
        early.setTarget(file)
    logging.basicConfig(level=logging.INFO, handlers=[file], force=True)  # `early` lets go
    for chatty in ("httpx", "httpcore", "PIL", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )

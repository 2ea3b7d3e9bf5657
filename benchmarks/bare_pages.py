"""A server that runs the statements of pages by the database's own driver, and gives their rows.

What pages are compared with when many ask at once: the same HTTP server and framework as the
hub's, one connection to the same file, and of each page only what it reads.

    python -m benchmarks.bare_pages hub.db statements.json
"""

from __future__ import annotations

import json
import sqlite3
import sys
import threading
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Response

from admin.lan import KEEP_ALIVE_S
from admin.listening import listen


def bare_app(file: Path, statements: dict[str, list[str]]) -> FastAPI:
    """An application with one address for each page that `statements` names."""
    app = FastAPI(docs_url=None, redoc_url=None)
    turn = threading.Lock()  # one connection, as the hub has
    records = sqlite3.connect(f"file:{file}?mode=ro", uri=True, check_same_thread=False)

    @app.get("/{page:path}")
    def read(page: str) -> Response:
        with turn:
            rows = [records.execute(statement).fetchall() for statement in statements[f"/{page}"]]
        return Response(json.dumps(rows, default=str), media_type="application/json")

    return app


def main() -> None:
    """Serve until told to stop, and say where."""
    file, told = (Path(argument) for argument in sys.argv[1:])
    listening = listen("127.0.0.1", 0)
    app = bare_app(file, json.loads(told.read_text(encoding="utf-8")))
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, timeout_keep_alive=KEEP_ALIVE_S
    )
    print(f"Bare pages are at http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()

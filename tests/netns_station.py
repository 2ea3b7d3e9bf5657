"""A station in another network namespace: lends, reports, and writes down how that goes."""

from __future__ import annotations

import sys
from pathlib import Path

import structlog

from benchmarks.at_work import lend_without_end
from config.settings import HubSettings
from db.sync.report import SyncReport


def main() -> None:
    """Lend until killed: FOLDER with the station's file and what it was paired with."""
    folder = Path(sys.argv[1])
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    hub = HubSettings(token_file=folder / "hub.token", trust_file=folder / "hub.trust", every_s=2)

    def tell(loan_id: str) -> None:
        with (folder / "green").open("a") as file:
            file.write(f"{loan_id}\n")

    def note(report: SyncReport) -> None:
        with (folder / "state").open("a") as file:
            file.write(f"{report.hub} {report.waiting}\n")

    lend_without_end(folder / "kiosk.db", tell, hub, hash(folder.name) % 1000, "FULL", note)


if __name__ == "__main__":
    main()

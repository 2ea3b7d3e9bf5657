"""How the stations are, in Prometheus' text form. Answered on this machine only.

The network's door has no such address: who stands at the library's machine, or runs Prometheus or
its agent there, may know how many events a station has waiting. No person is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fastapi import APIRouter, Depends, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from admin.desk.door import own_host
from admin.hub import Hub, TheHub
from admin.kiosks import Standing, standings
from db.slips import NO_PRINTER

router = APIRouter()


@router.get(
    "/metrics",
    response_class=Response,
    dependencies=[Depends(own_host)],
    responses={421: {"description": "Asked by a name that is not the hub's own machine."}},
)
def tell_metrics(hub: TheHub) -> Response:
    """Say of each station when it was heard of, what waits there, and what troubles it."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Stations(hub))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)


class _Stations(Collector):
    """Asks the records anew each time: a figure kept in memory would be forgotten or stale."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand: registering must not read the records."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Read the records and put them in families."""
        now = self._hub.clock.now()
        with self._hub.engine.begin() as connection:
            rows = standings(connection, self._hub.school_id, now)
        yield from _families(rows)


def _families(rows: list[Standing]) -> Iterator[Metric]:
    figures = {
        "last_contact_timestamp_seconds": "When the station was last heard of.",
        "lag_seconds": "How long ago that is.",
        "queue_events": "Events it had yet to send, as it said itself.",
        "printer_ok": "1 while nothing keeps its printer from printing.",
        "paper_low": "1 while its paper is nearly out.",
    }
    families = {
        name: GaugeMetricFamily(f"tram_sach_station_{name}", text, labels=["station"])
        for name, text in figures.items()
    }
    info = GaugeMetricFamily(
        "tram_sach_station_info",
        "Its version, how well it knows the time, and what its camera and printer say.",
        labels=["station", "version", "clock", "camera", "printer"],
    )
    for row in rows:
        for name, value in _values(row).items():
            if value is not None:
                families[name].add_metric([row.name], value)
        words = (row.version, row.clock or "", row.camera, row.printer_trouble or "")
        info.add_metric([row.name, *words], 1)
    yield from (*families.values(), info)


def _prints(trouble: str | None) -> float | None:
    """None where nobody has said so, or there is no printer to say it of."""
    return None if trouble in (None, NO_PRINTER) else float(not trouble)


def _values(row: Standing) -> dict[str, float | None]:
    heard = row.last_contact_at
    return {
        "last_contact_timestamp_seconds": None if heard is None else heard.timestamp(),
        "lag_seconds": None if row.lag is None else row.lag.total_seconds(),
        "queue_events": row.waiting,
        "printer_ok": _prints(row.printer_trouble),
        "paper_low": float(row.paper_low),
    }

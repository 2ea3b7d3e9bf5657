"""Shows what a slip looks like: `python -m printer render loan --width 384 --out DIR`.

Writes the picture and the bytes of an invented slip; prints on no printer.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from printer.devices import FileDevice
from printer.encoding import encode
from printer.layout import lay_out
from printer.raster import draw
from printer.samples import LOAN, RETURN

_SLIPS = {"loan": LOAN, "return": RETURN}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write one sample slip and say where."""
    options = _parser().parse_args(arguments)
    picture = draw(lay_out(_SLIPS[options.slip], options.width))
    name = f"{options.slip}-{options.width}"
    FileDevice(options.out).send(name, encode(picture), picture)
    print(options.out / f"{name}.png")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m printer", description=__doc__)
    render = parser.add_subparsers(required=True).add_parser("render", help="draw a sample slip")
    render.add_argument("slip", choices=sorted(_SLIPS))
    render.add_argument("--width", type=int, choices=(384, 576), default=384, help="dots across")
    render.add_argument("--out", type=Path, default=Path(), help="folder for the .png and .bin")
    return parser


if __name__ == "__main__":
    sys.exit(main())

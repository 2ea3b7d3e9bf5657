"""The printer's own command line: find it, try it, see what slips look like.

* `detect` lists what looks like a printer here, as the settings file would name it;
* `test` prints a page, asks what came out, and says what to write into the settings file;
* `render` writes a sample slip as picture, PDF and bytes, and prints on nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from config.settings import PrinterSettings
from printer.detecting import found
from printer.devices import FileDevice, open_device
from printer.encoding import encode
from printer.layout import lay_out
from printer.raster import draw
from printer.receipt import PrintOutcome
from printer.samples import SLIPS
from printer.trial import Trial

WIDTHS = (384, 512, 576)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks; return 0 if it was done."""
    options = _parser().parse_args(arguments)
    status: int = options.run(options)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m printer",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    choices = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    detect = choices.add_parser("detect", help="list the printers found")
    detect.set_defaults(run=_detect)
    trial = choices.add_parser("test", help="print a test page and find the settings")
    known = "as `detect` names it; may be left out where only one is found"
    trial.add_argument("device", nargs="?", type=_settings, metavar="DEVICE", help=known)
    trial.set_defaults(run=_test)
    render = choices.add_parser("render", help="write a sample slip as .png, .pdf and .bin")
    render.add_argument("slip", choices=sorted(SLIPS))
    render.add_argument("--width", type=int, choices=WIDTHS, default=384, help="dots across")
    render.add_argument("--out", type=Path, default=Path(), help="folder for the files")
    render.set_defaults(run=_render)
    return parser


def _detect(options: argparse.Namespace) -> int:
    """Name each printer, and say what keeps it from being used."""
    printers = found()
    for printer in printers:
        print(f'device = "{printer.device}"  # {printer.words}')
    if not printers:
        print("Không tìm thấy máy in nào. (No printer found: is it on, and plugged in?)")
    return 0 if printers else 1


def _settings(device: str) -> PrinterSettings:
    """The settings of a printer that the command line names."""
    try:
        return PrinterSettings(device=device)
    except ValidationError as error:
        raise argparse.ArgumentTypeError(str(error.errors()[0]["ctx"]["error"])) from error


def _test(options: argparse.Namespace) -> int:
    settings: PrinterSettings | None = options.device or _only_one()
    device = open_device(settings) if settings else None
    if settings is None or device is None:
        print("Không có máy in để thử. (No printer to try.)", file=sys.stderr)
        return 2
    try:
        return Trial(device, settings.device, input, print).run()
    except EOFError:  # nobody is there to answer
        print("\nĐã dừng, chưa có cài đặt nào. (Stopped; nothing to set.)", file=sys.stderr)
        return 1
    finally:
        device.close()


def _only_one() -> PrinterSettings | None:
    """The printer that is here, if it is the only one; several are listed, to choose from."""
    printers = found()
    for printer in printers[1:] and printers:
        print(f'device = "{printer.device}"  # {printer.words}')
    return PrinterSettings(device=printers[0].device) if len(printers) == 1 else None


def _render(options: argparse.Namespace) -> int:
    picture = draw(lay_out(SLIPS[options.slip], options.width))
    name = f"{options.slip}-{options.width}"
    delivery = FileDevice(options.out).deliver(name, encode(picture), picture)
    print(options.out / f"{name}.png" if delivery.outcome is PrintOutcome.DONE else delivery.reason)
    return 0 if delivery.outcome is PrintOutcome.DONE else 1


if __name__ == "__main__":
    sys.exit(main())

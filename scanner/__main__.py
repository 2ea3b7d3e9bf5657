"""Says whether a camera gives pictures: `python -m scanner [CAMERA]`, exit status 0 or 1."""

from __future__ import annotations

import sys

from config.settings import ScannerSettings
from scanner.camera import open_camera
from scanner.errors import ScannerError


def main(arguments: list[str]) -> int:
    """Open the camera (the first that works, if none is named) and wait for one picture."""
    settings = ScannerSettings(camera=arguments[0] if arguments else "auto")
    try:
        camera = open_camera(settings)
        try:
            height, width = next(camera.frames()).pixels.shape[:2]
        finally:
            camera.close()
    except ScannerError as error:
        print(f"{error.camera}: {error.reason}", file=sys.stderr)
        return 1
    except StopIteration:
        print(f"{camera.name}: no picture in it", file=sys.stderr)
        return 1
    print(f"{camera.name}: {width}x{height}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from zxingcpp import BarcodeFormat

from config.settings import ScannerSettings
from scanner.camera import Camera, open_camera
from scanner.decoding import Decoder
from scanner.errors import CameraNotFound, NotACamera, ScannerError, Trouble
from scanner.frame import Pixels
from scanner.network import without_secrets
from scanner.recorded import EMPTY_S, GREY, SHOWN_S, FolderCamera, VideoCamera
from scanner.simulated import FilmCamera, Pause, Showing
from tests.fake_cameras import network_camera
from tests.printed import coloured, in_frame, printed, rank

CARD = coloured(in_frame(printed("HS204817", BarcodeFormat.QRCode)))


def settings(camera: str = "auto", fps: int = 10) -> ScannerSettings:
    return ScannerSettings(camera=camera, fps=fps)


def film(path: Path, pictures: list[Pixels], fps: float) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, (1280, 720))
    for picture in pictures:
        writer.write(picture)
    writer.release()
    return path


def read(pixels: Pixels) -> set[str]:
    decoder = Decoder(settings(), lambda text: rank(text) == 2)
    return {barcode.text for barcode in decoder.decode(pixels.min(axis=2))}


@pytest.mark.parametrize("setting", ["webcam", "demo", "ftp://camera", "no/such/folder", ""])
def test_unknown_setting_is_not_a_camera(setting: str) -> None:
    """Given a setting that names nothing, when opened, then it is said to be no camera."""
    with pytest.raises(NotACamera) as fault:
        open_camera(settings(setting))

    assert fault.value.camera == setting


@pytest.mark.parametrize("setting", ["97", "/dev/video97", "http://127.0.0.1:9/stream"])
def test_missing_camera_is_not_found(setting: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Given nothing is plugged in there, when watched, then it is not found, and quietly."""
    with pytest.raises(CameraNotFound) as fault:
        next(open_camera(settings(setting)).frames())

    assert fault.value.trouble is Trouble.MISSING
    assert capfd.readouterr().err == ""


@pytest.mark.skipif(any(Path("/dev").glob("video*")), reason="this machine has a camera")
def test_auto_without_cameras_is_not_found() -> None:
    """Given no video device, when the first is asked for, then none is found."""
    with pytest.raises(CameraNotFound):
        next(open_camera(settings("auto")).frames())


def test_password_stays_out_of_the_name() -> None:
    """Given an address with a password, when named, then the password is left out."""
    assert without_secrets("rtsp://an:secret@10.0.0.7:554/live?key=1") == "rtsp://10.0.0.7:554"


def test_video_keeps_its_own_speed(tmp_path: Path) -> None:
    """Given a second of video at 20 a second, when played at 10, then every other one is shown."""
    greys = [np.full((720, 1280, 3), 10 * n, np.uint8) for n in range(20)]
    path = film(tmp_path / "greys.avi", greys, fps=20)

    frames = list(VideoCamera(path, settings(fps=10), pace=0).frames())

    assert [round(float(frame.pixels.mean()) / 10) for frame in frames] == list(range(0, 20, 2))
    assert frames[-1].captured_at - frames[0].captured_at == pytest.approx(0.9)


def test_slow_video_repeats_its_pictures(tmp_path: Path) -> None:
    """Given video at 5 a second, when played at 10, then each picture is shown twice."""
    path = film(tmp_path / "card.avi", [CARD, 255 - CARD], fps=5)

    frames = list(VideoCamera(path, settings(fps=10), pace=0).frames())

    assert [read(frame.pixels) for frame in frames] == [{"HS204817"}] * 2 + [set()] * 2


def test_video_is_opened_by_its_path(tmp_path: Path) -> None:
    """Given the path of a video as setting, when played in real time, then its codes are read."""
    camera = open_camera(settings(str(film(tmp_path / "card.avi", [CARD] * 3, fps=10))))

    assert all(read(frame.pixels) == {"HS204817"} for frame in camera.frames())


def test_text_file_is_not_a_camera(tmp_path: Path) -> None:
    """Given a file that is no video, when opened, then it is said to be no camera."""
    path = tmp_path / "notes.txt"
    path.write_text("not a film", encoding="utf-8")

    with pytest.raises(NotACamera):
        open_camera(settings(str(path)))


def test_folder_shows_picture_after_picture(tmp_path: Path) -> None:
    """Given two pictures and a broken one, when shown, then two are held, grey in between."""
    cv2.imwrite(str(tmp_path / "1.png"), CARD)
    (tmp_path / "2.jpg").write_bytes(b"torn")
    cv2.imwrite(str(tmp_path / "3.JPG"), 255 - CARD)
    (tmp_path / "notes.txt").write_text("no picture", encoding="utf-8")

    frames = list(FolderCamera(tmp_path, settings(), pace=0).frames())

    held = ["card" if (frame.pixels == CARD).all() else "" for frame in frames].count("card")
    empty = sum(bool((frame.pixels == GREY).all()) for frame in frames)
    assert held == pytest.approx(SHOWN_S * 10, abs=1)
    assert empty == pytest.approx(2 * EMPTY_S * 10, abs=2)
    assert len(frames) - held - empty == pytest.approx(SHOWN_S * 10, abs=1)


def test_folder_pauses_until_codes_are_forgotten(tmp_path: Path) -> None:
    """Given codes are forgotten slowly, when the folder is shown, then its pauses are longer."""
    cv2.imwrite(str(tmp_path / "1.png"), CARD)
    slow = ScannerSettings(fps=10, forget_after_s=4)

    frames = list(FolderCamera(tmp_path, slow, pace=0).frames())

    assert sum(bool((frame.pixels == GREY).all()) for frame in frames) > 40


@pytest.mark.parametrize("size", [(4000, 3000), (3000, 4000), (900, 700), (1280, 720), (300, 2000)])
def test_photograph_fits_the_asked_shape(tmp_path: Path, size: tuple[int, int]) -> None:
    """Given a photograph of any size, when shown, then it has the asked shape, codes legible."""
    photo = np.full((size[1], size[0], 3), 200, np.uint8)
    bars = coloured(
        printed("STN.00042", BarcodeFormat.Code128, module_px=2 * max(size) // 1280 + 1)
    )
    part = bars[: size[1], : size[0]]
    photo[: part.shape[0], : part.shape[1]] = part
    cv2.imwrite(str(tmp_path / "photo.png"), photo)

    frame = next(FolderCamera(tmp_path / "photo.png", settings(), pace=0).frames())

    height, width = frame.pixels.shape[:2]
    assert width / height == pytest.approx(1280 / 720, rel=0.01)
    assert height >= 720
    assert read(frame.pixels) == (set() if size == (300, 2000) else {"STN.00042"})


def test_empty_folder_is_not_found(tmp_path: Path) -> None:
    """Given a folder without pictures, when opened, then no camera is found."""
    with pytest.raises(CameraNotFound):
        open_camera(settings(str(tmp_path)))


def test_closed_camera_stops(tmp_path: Path) -> None:
    """Given a film, a folder and a video, when closed, then no further frame comes."""
    cv2.imwrite(str(tmp_path / "1.png"), CARD)
    video = film(tmp_path / "card.avi", [CARD] * 9, fps=10)
    cameras: list[Camera] = [
        FolderCamera(tmp_path, settings(), pace=0),
        VideoCamera(video, settings(), pace=0),
        FilmCamera(iter([Pause(9)]), 10, pace=0),
    ]
    for camera in cameras:
        frames = camera.frames()
        next(frames)
        camera.close()
        assert list(frames) == []


def test_film_asks_for_scenes_late() -> None:
    """Given a director who decides late, when filming, then a scene is asked for when due."""
    asked: list[int] = []

    def scenes() -> Iterator[Pause]:
        for number in (1, 2):
            asked.append(number)
            yield Pause(0.5)

    camera = FilmCamera(scenes(), 10, pace=0)
    seen = [(asked[-1], frame.captured_at) for frame in camera.frames()]

    assert [scene for scene, _ in seen] == [1] * 5 + [2] * 5


def test_filmed_thing_comes_and_goes() -> None:
    """Given a card is shown, when filmed, then first and last frames show the room alone."""
    card = coloured(printed("HS204817", BarcodeFormat.QRCode, module_px=8))
    scenes: list[Showing | Pause] = [Showing(card, 60, 0.6), Pause(0.2)]
    frames = [frame.pixels for frame in FilmCamera(iter(scenes), 10, pace=0).frames()]

    room = frames[-1].astype(int)
    seen = [float((np.abs(frame - room) > 40).mean()) for frame in frames]
    assert seen[0] < 0.01
    assert max(seen) > 0.2
    assert seen[-2] < 0.01


def test_film_keeps_real_time() -> None:
    """Given a film at its own pace, when watched, then its clock is the room's clock."""
    stamps = [frame.captured_at for frame in FilmCamera(iter([Pause(0.5)]), 20).frames()]

    assert stamps[-1] - stamps[0] == pytest.approx(0.45, abs=0.06)


def test_faults_have_one_root() -> None:
    """Given any fault of a camera, when caught as one of ours, then it says which and why."""
    fault: ScannerError = CameraNotFound("usb-0", "does not open")

    assert str(fault) == "usb-0: does not open"
    assert fault.trouble is Trouble.MISSING


GLANCE = """
import sys
from config.settings import ScannerSettings
from scanner.camera import open_camera
camera = open_camera(ScannerSettings(camera=sys.argv[1]))
print(next(camera.frames()).pixels.shape)
camera.close()
"""


def test_process_ends_while_a_camera_films() -> None:
    """Given a camera that films on, when the program ends, then no thread of it aborts that."""
    with network_camera() as camera:
        port = camera.server_port
        glance = [sys.executable, "-c", GLANCE, f"http://127.0.0.1:{port}/a"]
        root = Path(__file__).parent.parent
        done = subprocess.run(glance, cwd=root, capture_output=True, text=True, timeout=60)

    assert (done.returncode, done.stdout, done.stderr) == (0, "(360, 640, 3)\n", "")


WATCH = """
import sys, os
from config.settings import ScannerSettings
from scanner.camera import Camera, open_camera
from scanner.reader import Reader
from scanner.simulated import FilmCamera
assert not {"cv2", "kivy", "zxingcpp"} & set(sys.modules), "loaded before a camera was opened"
written = []
def audit(event, args):
    if event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        written.append(args[0])
sys.addaudithook(audit)
settings = ScannerSettings(camera=sys.argv[1], width_px=640, height_px=360)
told = []
def tell(event):
    told.append(event)
    if type(event).__name__ == "Scan":
        reader.stop()
reader = Reader(lambda: open_camera(settings), settings, lambda text: 2, tell)
reader.run()
print([type(event).__name__ for event in told], written)
"""


def watched_in(home: Path, camera: str) -> str:
    """Read a card in a process whose home, folder and place for temporary files is `home`."""
    home.mkdir()
    root = Path(__file__).parent.parent
    places = {"HOME": home, "TMPDIR": home, "PYTHONPATH": root, "PYTHONDONTWRITEBYTECODE": 1}
    done = subprocess.run(
        [sys.executable, "-c", WATCH, camera],
        cwd=home,
        env={name: str(value) for name, value in places.items()},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize("is_live", [False, True])
def test_frames_never_touch_the_disk(tmp_path: Path, is_live: bool) -> None:
    """Given a card is read from a film or a camera, when it ends, then no file was written."""
    video, home = film(tmp_path / "card.avi", [CARD] * 6, fps=15), tmp_path / "home"
    with network_camera() as server:
        address = f"http://127.0.0.1:{server.server_port}/"
        seen = watched_in(home, address if is_live else str(video))

    assert seen == "['CameraBack', 'Scan'] []"
    assert list(home.iterdir()) == []

"""Which screen draws a room's state; each is loaded when it is first needed."""

from __future__ import annotations

from kivy.uix.widget import Widget

from kiosk import corner, staff
from kiosk.rooms import RoomState
from kiosk.screens.scene import Scene


def room(scene: Scene, state: RoomState) -> list[Widget]:
    """Draw a room's state."""
    match state:
        case staff.PinPad():
            from kiosk.screens.staff_pin import pin_pad

            return pin_pad(scene, state)
        case staff.Desk():
            from kiosk.screens.staff_desk import desk

            return desk(scene, state)
        case staff.Classes() | staff.ClassList() | staff.ReaderPage():
            return _people(scene, state)
        case staff.CopyPage() | staff.ShelfPage() | staff.SetPage():
            return _books(scene, state)
        case corner.CornerState() | corner.Dropped():
            return _corner(scene, state)
    return _tools(scene, state)


def _corner(scene: Scene, state: corner.CornerState | corner.Dropped) -> list[Widget]:
    from kiosk.screens import corner as screens

    match state:
        case corner.TakingBack():
            return screens.taking_back(scene, state)
        case corner.TakingOut():
            return screens.taking_out(scene, state)
        case corner.CornerDone():
            return screens.done(scene, state)
        case corner.Dropped():
            return screens.dropped(scene, state)
    raise TypeError(type(state).__name__)


def _people(
    scene: Scene, state: staff.Classes | staff.ClassList | staff.ReaderPage
) -> list[Widget]:
    from kiosk.screens import staff_people

    match state:
        case staff.Classes():
            return staff_people.classes(scene, state)
        case staff.ClassList():
            return staff_people.class_list(scene, state)
    return staff_people.reader(scene, state)


def _books(scene: Scene, state: staff.CopyPage | staff.ShelfPage | staff.SetPage) -> list[Widget]:
    from kiosk.screens import staff_books

    if isinstance(state, staff.SetPage):
        from kiosk.screens.staff_sets import textbook_set

        return textbook_set(scene, state)
    if isinstance(state, staff.CopyPage):
        return staff_books.copy_page(scene, state)
    return staff_books.shelf(scene, state)


def _tools(scene: Scene, state: RoomState) -> list[Widget]:
    from kiosk.screens import staff_tools

    match state:
        case staff.CornerList():
            return staff_tools.corners(scene, state)
        case staff.SlipPage():
            return staff_tools.slips(scene, state)
        case staff.DevicePage():
            return staff_tools.devices(scene, state)
        case staff.PairingPage():
            return staff_tools.pairing(scene, state)
        case staff.StickPage():
            return staff_tools.stick(scene, state)
        case staff.SoundPage():
            from kiosk.screens.staff_sound import sound

            return sound(scene, state)
        case staff.PowerPage():
            return staff_tools.power(scene, state)
    raise TypeError(type(state).__name__)

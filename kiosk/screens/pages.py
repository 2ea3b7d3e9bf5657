"""Which screen draws a page that lies over the visit; each is loaded when it is first needed."""

from __future__ import annotations

from kivy.uix.widget import Widget

from kiosk.browsing import (
    BookPage,
    HelpPage,
    NumberPage,
    Page,
    PracticePage,
    RulesPage,
    SearchPage,
    ShelfPage,
    WishPage,
)
from kiosk.screens.scene import Scene
from kiosk.visit import Visit


def page(scene: Scene, page: Page, visit: Visit) -> list[Widget]:
    """Draw a page."""
    match page:
        case SearchPage():
            from kiosk.screens.search import search

            return search(scene, page)
        case ShelfPage():
            from kiosk.screens.search import shelf_of_books

            return shelf_of_books(scene, page)
        case BookPage():
            from kiosk.screens.book import book

            return book(scene, page, visit)
        case NumberPage():
            from kiosk.screens.number import number

            return number(scene, page)
        case WishPage():
            from kiosk.screens.wish import wish

            return wish(scene, page)
        case RulesPage():
            from kiosk.screens.house import rules

            return rules(scene)
        case HelpPage():
            from kiosk.screens.house import how_it_works

            return how_it_works(scene)
        case PracticePage():
            from kiosk.screens.house import before_practice

            return before_practice(scene)

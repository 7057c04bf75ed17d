"""Browsers driven from tests: Chromium over the DevTools protocol, Firefox over WebDriver BiDi, both by websockets."""

from tests.browsers.drive import Browser, Chromium, Firefox, found

__all__ = ["Browser", "Chromium", "Firefox", "found"]

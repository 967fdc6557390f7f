"""The helper itself: what it sees is what a reader would."""

import pathlib
import tempfile
import unittest

import browser

PAGE = """<!doctype html><title>t</title>
<style>:root { color-scheme: light dark; } .hidden { display: none; }</style>
<p id=seen>seen</p><p id=hidden class=hidden>hidden</p>
<button id=button onclick="this.textContent = 'clicked'">button</button>
<select id=select onchange="seen.textContent = this.value"><option>one<option>two</select>
"""


class BrowserTest(unittest.TestCase):
    def open(self, page, **options):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        path = pathlib.Path(directory.name, "page.html")
        path.write_text(page)
        window = browser.Browser(**options)
        self.addCleanup(window.close)
        window.open(path)
        return window

    def test_clicks_and_selects_like_a_reader(self):
        window = self.open(PAGE)
        self.assertTrue(window.visible("#seen"))
        self.assertFalse(window.visible("#hidden"))
        window.click("#button")
        self.assertEqual(window.text("#button"), "clicked")
        window.select("#select", "two")
        self.assertEqual(window.text("#seen"), "two")
        window.assert_quiet()

    def test_dark_is_what_the_page_is_told(self):
        window = self.open(PAGE, dark=True)
        self.assertTrue(window.run("return matchMedia('(prefers-color-scheme: dark)').matches"))

    def test_a_request_to_the_outside_is_not_quiet(self):
        window = self.open(PAGE + "<img src='http://selvage.invalid/picture.png'>")
        self.assertEqual(window.requests(), ["http://selvage.invalid/picture.png"])
        with self.assertRaises(AssertionError):
            window.assert_quiet()

    def test_a_script_error_is_not_quiet(self):
        window = self.open(PAGE + "<script>undefinedFunction()</script>")
        with self.assertRaises(AssertionError):
            window.assert_quiet()


if __name__ == "__main__":
    browser.main()

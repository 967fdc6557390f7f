"""Clicks through the page of the cases, as `selvage-cases --html` writes it.

    page_test.py SELVAGE_CASES DIRECTORY
"""

import os
import pathlib
import subprocess
import sys
import unittest

import browser
from browser import Browser

PROGRAM, DIRECTORY = sys.argv[1], pathlib.Path(sys.argv[2])
CASES = "counter,lock_order,use_after_free"


def write_page(name, *more, cases=CASES, path=None):
    """The page of those cases, written with `more` arguments and `path` as the PATH."""
    page = DIRECTORY / name
    environment = dict(os.environ, PATH=path if path is not None else os.environ["PATH"])
    subprocess.run([PROGRAM, "--case", cases, "--schedules", "300", "--html", page, *more],
                   check=True, stdout=subprocess.DEVNULL, env=environment)
    return page


class PageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        DIRECTORY.mkdir(parents=True, exist_ok=True)
        cls.page = write_page("page.html")

    def test_says_the_verdict_first_and_has_a_row_for_each_variant(self):
        with Browser() as window:
            window.open(self.page)
            self.assertEqual(window.text("#verdict"), "7 variants, all as expected")
            self.assertEqual(len(window.find("tr.variant")), 7)
            self.assertIn("clean (exhaustive: ", window.text("[id='counter:fixed'] td.clean"))
            window.assert_quiet()

    def test_a_row_opens_to_its_story_and_its_trace(self):
        with Browser() as window:
            window.open(self.page)
            self.assertFalse(window.visible(".trace"))
            window.click("[id='counter:buggy'] button")
            self.assertIn("what goes wrong", window.text(".story"))
            self.assertIn("step  main", window.text(".trace"))
            self.assertIn("--replay sv1-", window.text(".replay code"))
            window.click("[id='counter:buggy'] button")
            self.assertFalse(window.visible(".trace"))
            window.assert_quiet()

    def test_a_crash_is_told_up_to_the_end_of_the_process(self):
        with Browser() as window:
            window.open(self.page, "use_after_free:buggy")
            self.assertIn("[the process ends]",
                          " ".join(one.text for one in window.find(".trace")))

    def test_filters_by_words_and_by_role(self):
        with Browser() as window:
            window.open(self.page)
            window.the("#search").send_keys("lock_order")
            self.assertEqual(window.text("#shown"), "2 of 7 variants")
            window.select("#role", "fixed")
            self.assertEqual([one.get_attribute("id") for one in window.find("tr.variant")],
                             ["lock_order:fixed"])

    def test_counts_of_one_are_singular(self):
        page = write_page("one.html", "--variant", "fixed", cases="counter")
        with Browser() as window:
            window.open(page)
            self.assertEqual(window.text("#verdict"), "1 variant, as expected")
            self.assertEqual(window.text("#shown"), "1 of 1 variant")

    def test_draws_the_lock_orders(self):
        with Browser() as window:
            window.open(self.page)
            self.assertIn("lock_order:buggy", window.text(".drawing svg"))
            window.assert_quiet()

    def test_is_dark_where_the_reader_wants_that(self):
        colours = []
        for dark in (False, True):
            with Browser(dark=dark) as window:
                window.open(self.page)
                colours.append(window.run("return getComputedStyle(document.body).backgroundColor"))
        self.assertNotEqual(*colours)

    def test_says_so_where_graphviz_is_not_installed(self):
        page = write_page("without_graphviz.html", path="/nonexistent")
        with Browser() as window:
            window.open(page)
            self.assertIn("Graphviz", window.text("#no-drawing"))
            window.click("summary")
            self.assertIn("digraph", window.text("details pre"))


if __name__ == "__main__":
    del sys.argv[1:]
    browser.main()

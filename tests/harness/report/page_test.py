"""The lock-order page in a browser: what a reader sees, points at and is told.

page_test.py SELVAGE REPORT: makes the page of the report with that command. REPORT is data/bank.json.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import browser

SELVAGE, REPORT = sys.argv[1:3]
del sys.argv[1:]

FAILING = "#edge-0-2"  # accounts, then journal
BACK = "#edge-2-0"
GUARDED = "#edge-3-5"  # keys, then vault
NO_CYCLE = "#edge-0-4"  # accounts, then log


def page(report=REPORT):
    made = subprocess.run([SELVAGE, "report", report, "--format=html"], check=True,
                          capture_output=True, timeout=60, text=True)
    return made.stdout


class PageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.path = pathlib.Path(cls.directory.name, "page.html")
        cls.path.write_text(page())
        cls.browser = browser.Browser()

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.directory.cleanup()

    def setUp(self):
        self.browser.open(self.path)
        # What is outside of the window is not visible.
        self.browser.click("#fit")

    def tearDown(self):
        self.browser.assert_quiet()

    def details(self):
        return self.browser.text("#details")

    def click_edge(self, selector):
        """Clicks on the line itself, halfway along it."""
        x, y = self.browser.run(
            "const path = document.querySelector(arguments[0] + ' path');"
            "const matrix = path.getScreenCTM();"
            "const point = path.getPointAtLength(path.getTotalLength() / 2).matrixTransform(matrix);"
            "return [point.x, point.y];", selector)
        self.browser.click_at(x, y)

    def test_opens_offline_at_the_first_cycle_that_fails(self):
        self.assertEqual(self.browser.text("h1"),
                         "Lock order: 1 FEASIBLE; 1 cycle that cannot deadlock as recorded")
        self.assertIn("accounts → journal → accounts", self.details())
        self.assertIn("two threads, concurrent, no common guard", self.details())

    def test_click_on_an_edge_shows_both_stacks(self):
        self.click_edge(FAILING)
        details = self.details()
        self.assertIn("holds accounts, taken at bank.cc:15 (bank::Bank::Transfer)", details)
        self.assertIn("asks for journal, at bank.cc:41 (bank::Bank::Write)", details)
        # Three threads made the same request at the same places: it is shown once.
        self.assertIn("and so did transfer (thread 0.1), transfer (thread 0.2)", details)
        stacks = [stack.text for stack in self.browser.find("#details .card:first-of-type .stack")]
        self.assertEqual(len(stacks), 2)
        self.assertIn("bank::Bank::Transfer bank.cc:15", stacks[0])
        self.assertIn("bank::Bank::Write bank.cc:41", stacks[1])
        self.assertIn("bank::Bank::Transfer bank.cc:16", stacks[1])

    def test_click_on_a_lock_shows_where_it_is_taken_and_asked_for(self):
        self.browser.click("#lock-0 text")
        details = self.details()
        self.assertIn("Lock, declared at bank.cc:12", details)
        self.assertIn("WHERE IT IS TAKEN", details)
        self.assertIn("WHERE IT IS ASKED FOR", details)
        self.assertIn("bank::Bank::Sum bank.cc:44", details)

    def test_click_on_a_cycle_shows_the_interleaving(self):
        self.browser.click("#cycles li:first-child button")
        heads = [head.text for head in self.browser.find(".steps th")]
        self.assertEqual(heads[1:], ["[A] transfer (thread 0.5)", "[B] audit (thread 0.6)"])
        last = self.browser.text(".steps tr.deadlock")
        self.assertIn("lock accounts (bank.cc:44), waits for [A]: DEADLOCK", last)

    def test_counts_are_words_that_fit_them(self):
        report = json.loads(pathlib.Path(REPORT).read_text())
        fingerprint = self.browser.text("#details .facts code")
        for schedules, words in ((1, "in 1 directed schedule"), (7, "in 7 directed schedules")):
            report["confirmations"] = [{"fingerprint": fingerprint, "replay_token": "",
                                        "schedules": schedules, "not_tried": ""}]
            tried = pathlib.Path(self.directory.name, "tried.json")
            tried.write_text(json.dumps(report))
            path = pathlib.Path(self.directory.name, "tried.html")
            path.write_text(page(str(tried)))
            self.browser.open(path)
            self.assertTrue(self.browser.text("#details .facts").endswith(words),
                            self.browser.text("#details .facts"))

    def test_library_frames_appear_when_asked_for(self):
        self.click_edge(FAILING)
        self.assertNotIn("start_thread", self.details())
        self.browser.click("#details .place .link:last-child")
        self.assertIn("start_thread", self.details())

    def test_verdict_filter_hides_its_cycles_and_edges_and_no_others(self):
        self.browser.click(".chip[data-verdict=FEASIBLE]")
        self.assertFalse(self.browser.visible(FAILING))
        self.assertFalse(self.browser.visible(BACK))
        self.assertTrue(self.browser.visible(GUARDED))
        self.assertTrue(self.browser.visible(NO_CYCLE))
        self.assertEqual(len(self.browser.find("#cycles li")), 1)
        self.assertIn("GUARDED", self.browser.text("#cycles"))

    def test_no_cycle_filter_hides_edges_of_no_cycle_and_their_lone_locks(self):
        self.browser.click(".chip[data-verdict='no cycle']")
        self.assertFalse(self.browser.visible(NO_CYCLE))
        self.assertFalse(self.browser.visible("#lock-4"))
        self.assertTrue(self.browser.visible(FAILING))

    def test_thread_filter_keeps_what_that_thread_did(self):
        self.browser.select("#thread", "audit (thread 0.6)")
        self.assertTrue(self.browser.visible(BACK))
        self.assertFalse(self.browser.visible(FAILING))
        self.assertFalse(self.browser.visible(GUARDED))
        self.assertEqual(len(self.browser.find("#cycles li")), 1)
        self.browser.click("#reset")
        self.assertTrue(self.browser.visible(GUARDED))

    def test_filter_that_hides_every_cycle_says_so(self):
        self.browser.click(".chip[data-verdict=FEASIBLE]")
        self.browser.click(".chip[data-verdict=GUARDED]")
        self.assertEqual(self.browser.text("#no-cycles"), "The filter hides every cycle.")

    def test_dragging_moves_the_drawing_and_chooses_nothing(self):
        before = self.browser.run("return document.querySelector('svg').getAttribute('viewBox')")
        details = self.details()
        self.browser.drag((900, 200), (800, 240))
        after = self.browser.run("return document.querySelector('svg').getAttribute('viewBox')")
        self.assertNotEqual(before, after)
        self.assertEqual(self.details(), details)

    def test_wheel_zooms_and_fit_shows_all_again(self):
        def width():
            return self.browser.run("return document.querySelector('svg').viewBox.baseVal.width")
        self.browser.click("#fit")
        whole = width()
        self.browser.wheel(900, 200, -200)
        self.browser.wait_for(
            f"document.querySelector('svg').viewBox.baseVal.width < {whole} * 0.9", "zoomed in")
        self.browser.click("#fit")
        self.assertAlmostEqual(width(), whole, places=3)

    def test_keys_choose_an_edge_and_leave_it(self):
        self.browser.run("document.querySelector(arguments[0]).focus()", BACK)
        self.browser.press("Enter")
        self.assertIn("holds journal", self.details())
        self.browser.press("Escape")
        self.assertIn("Choose a cycle in the list", self.details())

    def test_address_leads_to_an_edge(self):
        self.browser.open(self.path, "edge-2-0")
        self.assertIn("accounts was asked for while journal was held", self.details())

    def test_address_of_nothing_is_as_without(self):
        self.browser.open(self.path, "edge-77-78")
        self.assertIn("accounts → journal → accounts", self.details())

    def test_nothing_shown_is_an_address_in_memory(self):
        for selector in (FAILING, GUARDED):
            self.click_edge(selector)
            self.assertNotIn("0x", self.details())

    def test_colours_follow_the_reader(self):
        colour = "return getComputedStyle(document.body).backgroundColor"
        light = self.browser.run(colour)
        with browser.Browser(dark=True) as dark:
            dark.open(self.path)
            self.assertNotEqual(dark.run(colour), light)
            dark.assert_quiet()


class HostilePageTest(unittest.TestCase):
    def test_names_are_never_markup(self):
        text = pathlib.Path(REPORT).read_text()
        evil = "</script><img src=x onerror=document.title=1>{{data}}&lt;b&gt;"
        with tempfile.TemporaryDirectory() as directory:
            report = pathlib.Path(directory, "evil.json")
            report.write_text(text.replace('"name":"accounts"', f'"name":"{evil}"'))
            path = pathlib.Path(directory, "evil.html")
            path.write_text(page(str(report)))
            with browser.Browser() as window:
                window.open(path)
                self.assertIn(evil, window.text("#details"))
                self.assertIn("Lock order", window.run("return document.title"))
                self.assertIn(evil, window.text("#drawing"))
                self.assertEqual(window.run("return document.querySelectorAll('img').length"), 0)
                window.assert_quiet()


if __name__ == "__main__":
    browser.main()

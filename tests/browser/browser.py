"""A headless Chromium for tests of pages that must work without a network.

    from browser import Browser

    with Browser(dark=True) as browser:
        browser.open("build/replay/index.html")
        browser.click("#edge-0-1")
        assert "accounts" in browser.text("#details")
        browser.assert_quiet()

Every wait has a limit, and running out of it is a TimeoutError that says what was waited for. A
machine without the browser skips the test (exit code 77, see main()); CI, where it has to be there,
fails it.
"""

import json
import os
import pathlib
import shutil
import sys
import tempfile
import time
import unittest

SKIPPED = 77
# Seconds. A loaded machine takes several for the first page.
START_LIMIT = 60
WAIT_LIMIT = 20


def missing():
    """What the machine lacks for these tests, in words; empty if nothing."""
    lacking = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    try:
        import selenium  # noqa: F401
    except ImportError:
        lacking.append(f"selenium for {sys.executable}")
    return ", ".join(lacking)


class Browser:
    """One browser window with one page.

    dark    the page is told that the reader prefers dark colours
    width   of the window, in pixels
    height  of the window, in pixels
    """

    def __init__(self, dark=False, width=1400, height=900):
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service

        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for argument in (
            "--headless=new",
            # Chromium's sandbox does not run as root, and /dev/shm is small in containers.
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--no-first-run",
            "--force-device-scale-factor=1",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--window-size={width},{height}",
        ):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        options.set_capability("pageLoadStrategy", "normal")
        # What Chromium leaves behind goes with the directory.
        self._directory = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        service = Service(shutil.which("chromedriver"),
                          env={**os.environ, "TMPDIR": self._directory.name})
        self._driver = webdriver.Chrome(service=service, options=options)
        self._requests = []
        self._driver.set_page_load_timeout(START_LIMIT)
        self._driver.set_script_timeout(WAIT_LIMIT)
        scheme = "dark" if dark else "light"
        self._command("Emulation.setEmulatedMedia",
                      features=[{"name": "prefers-color-scheme", "value": scheme}])
        self._command("Emulation.setDeviceMetricsOverride", width=width, height=height,
                      deviceScaleFactor=1, mobile=False)
        self._command("Network.enable")
        self._command("Network.emulateNetworkConditions", offline=True, latency=0,
                      downloadThroughput=0, uploadThroughput=0)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def close(self):
        """Ends the browser."""
        self._driver.quit()
        self._directory.cleanup()

    def _command(self, command, **parameters):
        return self._driver.execute_cdp_cmd(command, parameters)

    def open(self, path, fragment=""):
        """Opens a file, at "#fragment" if that is given, and waits until it has loaded."""
        url = pathlib.Path(path).resolve().as_uri()
        # A page that is open already would only scroll to the fragment.
        self._driver.get("about:blank")
        self._driver.get(url + ("#" + fragment if fragment else ""))

    def run(self, script, *arguments):
        """What a function body of JavaScript returns; `arguments` are its arguments."""
        return self._driver.execute_script(script, *arguments)

    def wait_for(self, script, what=None):
        """Waits until a JavaScript expression is true."""
        end = time.monotonic() + WAIT_LIMIT
        while not self.run(f"return !!({script})"):
            if time.monotonic() > end:
                raise TimeoutError(f"not so after {WAIT_LIMIT} s: {what or script}")
            time.sleep(0.02)

    def find(self, selector):
        """The elements that a CSS selector names and a reader can see."""
        from selenium.webdriver.common.by import By

        return [one for one in self._driver.find_elements(By.CSS_SELECTOR, selector)
                if one.is_displayed()]

    def the(self, selector):
        """The first visible element of a selector, waited for."""
        end = time.monotonic() + WAIT_LIMIT
        while True:
            found = self.find(selector)
            if found:
                return found[0]
            if time.monotonic() > end:
                raise TimeoutError(f"not to be seen after {WAIT_LIMIT} s: {selector}")
            time.sleep(0.02)

    def text(self, selector):
        """The text of the first visible element of a selector."""
        return self.the(selector).text

    def visible(self, selector):
        """Whether there is something of that selector to be seen."""
        return bool(self.find(selector))

    def click(self, selector):
        """Clicks as a person does: on the middle of the element, which nothing may cover.

        For drawn lines see click_at().
        """
        element = self.the(selector)
        self.run("arguments[0].scrollIntoView({block: 'center', inline: 'center'})", element)
        element.click()

    def click_at(self, x, y):
        """Presses and releases the mouse at a point of the window, in pixels."""
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self._command("Input.dispatchMouseEvent", type=kind, x=x, y=y, clickCount=1,
                          button="none" if kind == "mouseMoved" else "left")

    def drag(self, start, end):
        """Moves the mouse from one point to another with the button pressed."""
        self._mouse("mouseMoved", start, "none")
        self._mouse("mousePressed", start)
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        self._mouse("mouseMoved", middle)
        self._mouse("mouseMoved", end)
        self._mouse("mouseReleased", end)

    def _mouse(self, kind, point, button="left"):
        self._command("Input.dispatchMouseEvent", type=kind, x=point[0], y=point[1], clickCount=1,
                      button=button, buttons=0 if button == "none" else 1)

    def wheel(self, x, y, delta):
        """Turns the wheel over a point: a negative `delta` is away from the hand."""
        self._command("Input.dispatchMouseEvent", type="mouseWheel", x=x, y=y, deltaX=0,
                      deltaY=delta)

    def press(self, key):
        """Presses a key, "Escape" or "Enter" or a character, where the focus is."""
        from selenium.webdriver.common.action_chains import ActionChains
        from selenium.webdriver.common.keys import Keys

        ActionChains(self._driver).send_keys(getattr(Keys, key.upper(), key)).perform()

    def select(self, selector, label):
        """Chooses the option of that text."""
        from selenium.webdriver.support.ui import Select

        Select(self.the(selector)).select_by_visible_text(label)

    def requests(self):
        """The addresses that were asked for since the browser started, but the pages' own files."""
        for entry in self._driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                self._requests.append(message["params"]["request"]["url"])
        return [url for url in self._requests if not url.startswith(("file:", "about:", "data:"))]

    def complaints(self):
        """What the page wrote to the console as warnings and errors, since the last call."""
        return [entry["message"] for entry in self._driver.get_log("browser")
                if entry["level"] in ("WARNING", "SEVERE")]

    def assert_quiet(self):
        """Fails if the page asked for anything from outside, or complained on the console."""
        complaints = self.complaints()
        requests = self.requests()
        assert not complaints, f"on the console: {complaints}"
        assert not requests, f"asked for: {requests}"

    def screenshot(self, path):
        """Writes what the window shows to a PNG file."""
        self._driver.save_screenshot(str(path))


def main():
    """Runs the tests of the calling module, as unittest.main() does."""
    lacking = missing()
    if lacking and not os.environ.get("CI"):
        print(f"skipped, this machine lacks: {lacking}")
        sys.exit(SKIPPED)
    if lacking:
        sys.exit(f"this machine lacks: {lacking}; ci/setup installs it")
    unittest.main(verbosity=2)

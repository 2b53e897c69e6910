"""A headless Chromium of the system, driven by Selenium: what people look at is looked at."""

import os
import shutil
import tempfile
from contextlib import contextmanager

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
)


def needed():
    """Skip where there is no browser; in CI, which brings one, that is a failure."""
    if not (CHROMIUM and DRIVER):
        assert not os.environ.get("CI"), "CI needs chromium and chromedriver"
        pytest.skip("no chromium with its chromedriver here")


@contextmanager
def browser(width=1200, height=1000, *, dark=False):
    """A browser with an empty profile, that keeps what pages say on their console."""
    needed()
    from selenium import webdriver

    with tempfile.TemporaryDirectory(prefix="goodies-browser-", ignore_cleanup_errors=True) as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for flag in (*FLAGS, f"--user-data-dir={profile}", f"--window-size={width},{height}"):
            options.add_argument(flag)
        if dark:
            options.add_argument("--force-dark-mode")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
        try:
            yield driver
        finally:
            driver.quit()


def complaints(driver):
    """What pages said on their console that is worse than a remark; favicons are asked for by the browser itself."""
    said = (each for each in driver.get_log("browser") if each["level"] in {"SEVERE", "WARNING"})
    return [each["message"] for each in said if "favicon.ico" not in each["message"]]


def boxes(driver, selector, *attributes):
    """The rectangles of elements as they are on the page, with some of their attributes."""
    return driver.execute_script(
        """return [...document.querySelectorAll(arguments[0])].map((each) => {
            const box = each.getBoundingClientRect();
            return {left: box.left, top: box.top, right: box.right, bottom: box.bottom, text: each.textContent,
                    ...Object.fromEntries(arguments[1].map((name) => [name, each.getAttribute(name)]))};
        });""",
        selector,
        list(attributes),
    )


def overlap(one, other, slack=0.6):
    """Whether two rectangles have more in common than an edge."""
    across = min(one["right"], other["right"]) - max(one["left"], other["left"])
    down = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
    return across > slack and down > slack


def within(inner, outer, slack=0.6):
    """Whether one rectangle lies in another."""
    return (
        inner["left"] >= outer["left"] - slack
        and inner["right"] <= outer["right"] + slack
        and inner["top"] >= outer["top"] - slack
        and inner["bottom"] <= outer["bottom"] + slack
    )

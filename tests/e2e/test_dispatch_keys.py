"""The dispatch desk by its keys alone, in a real browser."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Console, settled

Open = Callable[..., Page]


def case_of(page: Page) -> str:
    """The case that the panel at the right is about."""
    return page.locator(".st-key-panel-dispatch-proposal a").first.inner_text()


def next_case(page: Page) -> None:
    """Go on by one, and wait until the page has followed: until then no other key acts."""
    before = case_of(page)
    page.keyboard.press("j")
    expect(page.locator(".st-key-panel-dispatch-proposal a").first).not_to_have_text(before, timeout=20_000)
    settled(page)
    page.wait_for_timeout(1000)


def test_the_desk_is_worked_by_keys(open_page: Open, console: Console) -> None:
    page = open_page("dispatch_desk?role=dispatcher")
    rows = page.locator(".st-key-panel-dispatch-queue tr:has(a.cb-go)")
    expect(rows.first).to_be_visible(timeout=30_000)
    page.wait_for_timeout(1500)
    for _ in range(6):  # past the urgent ones, which the simulated staff take first
        page.keyboard.press("j")
    expect(rows.nth(6)).to_have_class("chosen", timeout=500)  # at once: the page follows later
    seventh = rows.nth(6).locator("td").first.get_attribute("title")
    page.wait_for_function("number => location.search.includes(number)", arg=seventh, timeout=20_000)
    expect(page.locator(".st-key-panel-dispatch-proposal")).to_contain_text(str(seventh), timeout=20_000)

    page.keyboard.press("/")
    filtered = page.locator("[class*=st-key-dispatch-function-] input")
    expect(filtered).to_be_focused()
    page.keyboard.type("jde")
    assert case_of(page) == seventh and page.locator(".st-key-dispatch-escalate").count() == 0, "keys do nothing while somebody types"
    page.keyboard.press("Escape")
    expect(filtered).not_to_be_focused()
    numbers = [rows.nth(place).locator("td").first.get_attribute("title") for place in range(20)]
    here = numbers.index(seventh)
    for _ in range(6):
        page.keyboard.press("j")
        page.wait_for_timeout(400)  # as slow as the page follows: no answer to an earlier press takes a later one back
    page.wait_for_function("number => location.search.includes(number)", arg=numbers[here + 6], timeout=20_000)
    expect(page.locator(".st-key-panel-dispatch-proposal")).to_contain_text(str(numbers[here + 6]), timeout=20_000)

    for _ in range(30):
        case = case_of(page)
        if page.locator(f".st-key-dispatch-send-0-{case} button").count():  # D acts from the moment on that it is there
            break
        next_case(page)
    for _ in range(3):
        page.keyboard.press("d")
    expect(page.locator("[data-testid=stToast]", has_text=case)).to_be_visible(timeout=30_000)
    expect(page.locator(".st-key-panel-dispatch-proposal a").first).not_to_have_text(case, timeout=20_000)
    settled(page)
    assert page.locator("[data-testid=stAlertContentError]").count() == 0, "three presses send one team, and are no fault"
    assert console.command("teams", "list").stdout.count(case) == 1

    left = [rows.nth(place).locator("td").first.get_attribute("title") for place in range(20)]
    assert case_of(page) in left[here:], "after a team is sent the desk goes on from there and not from the top"
    page.keyboard.press("e")
    expect(page.locator(".st-key-dispatch-escalate textarea")).to_be_focused(timeout=20_000)

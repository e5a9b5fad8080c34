"""The views around the conversation: tickets, approvals, pages of the wiki, sign-in; themes, phone and keyboard."""

import re

from playwright.async_api import Browser, Page, expect

from tests.web.asking import answer, ask, choose_persona, overflows, view
from tests.web.conftest import Complaints


async def test_a_customer_sees_their_own_tickets_alone(page: Page) -> None:
    await view(page, "Tickets")
    await page.get_by_label("Which tickets").select_option("all")
    await page.get_by_role("button", name=re.compile("Open ticket")).first.click()
    await expect(page.get_by_role("dialog")).to_contain_text("C-1001")


async def test_staff_page_through_all_tickets(page: Page) -> None:
    await choose_persona(page, "Staff")
    await view(page, "Tickets")
    await page.get_by_label("Which tickets").select_option("all")
    rows = page.locator(".tickets tbody tr")
    await expect(rows).to_have_count(50)
    await page.get_by_role("button", name="Show more").click()
    await expect(rows).to_have_count(100)


async def test_a_colleague_approves_what_a_customer_waits_for(page: Page) -> None:
    waiting = await ask(page, "I want a refund for my Hub 6 order, it is unused")
    notice = waiting.get_by_role("region", name="Waiting for a colleague")
    await expect(notice).to_be_visible()
    await expect(notice.get_by_role("button")).to_have_count(0)
    await choose_persona(page, "Staff")
    await view(page, "Waiting")
    await page.get_by_role("button", name="Approve", exact=True).click()
    await expect(page.get_by_text("Approved.", exact=True)).to_be_visible()
    await choose_persona(page, "Customer")
    await view(page, "Chat")
    await expect(await answer(page)).to_contain_text("is approved")


async def test_a_wiki_address_shows_its_page_at_the_anchor(page: Page, address: str) -> None:
    await page.goto(f"{address}/wiki/demo/billing/late-fees#objecting-to-a-late-fee")
    await expect(page.get_by_role("heading", name="Late payment, late fees and payment plans")).to_be_visible()
    await expect(page.get_by_role("heading", name="Objecting to a late fee")).to_be_in_viewport()
    await expect(page.get_by_role("columnheader", name="Days overdue")).to_be_attached()


async def test_internal_pages_read_as_missing_to_customers(page: Page, address: str, complaints: Complaints) -> None:
    await page.goto(f"{address}/wiki/demo/internal/goodwill-limits")
    await expect(page.get_by_role("alert")).to_be_visible()
    complaints.forgive("404")
    await choose_persona(page, "Staff")
    await expect(page.get_by_text("Internal: for staff")).to_be_visible()


async def test_without_demo_mode_a_key_signs_in_and_stays_for_the_tab(page: Page, complaints: Complaints) -> None:
    demo = await page.evaluate("fetch('/demo/session').then((response) => response.json())")
    await page.route("**/demo/session", lambda route: route.fulfill(status=404, json={}))
    await page.goto("about:blank")
    await page.go_back()
    await page.get_by_label("API key").fill("dm_not_a_key")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_contain_text("This key is not valid")
    await page.get_by_label("API key").fill(demo["customer"]["key"])
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", name="How can we help?")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("heading", name="How can we help?")).to_be_visible()
    complaints.forgive("40")


async def test_the_theme_follows_the_system_and_the_switch_is_remembered(page: Page) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light = await page.evaluate(ground)
    await page.emulate_media(color_scheme="dark")
    dark = await page.evaluate(ground)
    assert dark != light
    await page.get_by_role("button", name="Switch between light and dark").click()
    assert await page.evaluate(ground) == light
    await page.reload()
    assert await page.evaluate(ground) == light


async def test_nothing_scrolls_sideways_on_a_phone(browser: Browser, address: str, complaints: Complaints) -> None:
    context = await browser.new_context(viewport={"width": 360, "height": 720}, has_touch=True)
    page = await context.new_page()
    complaints.listen(page)
    await page.goto(address)
    await page.get_by_role("list", name="Questions to start with").get_by_role("button").first.wait_for()
    assert not await overflows(page)
    newest = await ask(page, "When is a late fee charged?")
    assert not await overflows(page)
    await newest.locator("a.cite").first.click()
    await expect(page.get_by_role("dialog").locator("mark")).to_be_in_viewport()
    assert not await overflows(page)
    await page.get_by_role("button", name="Close").click()
    await view(page, "Tickets")
    await page.get_by_role("button", name=re.compile("Open ticket")).first.wait_for()
    assert not await overflows(page)
    await context.close()


async def test_a_question_can_be_asked_and_a_source_read_with_the_keyboard_alone(page: Page) -> None:
    await page.get_by_role("link", name="Skip to the content").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.type("When is a late fee charged?")
    await page.keyboard.press("Enter")
    newest = await answer(page)
    while not await newest.locator("a.cite").first.evaluate("(node) => node === document.activeElement"):
        await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Late payment, late fees and payment plans")).to_be_focused()


async def test_the_answer_is_announced_to_a_screen_reader(page: Page) -> None:
    await ask(page, "When is a late fee charged?")
    await expect(page.locator("#announcer")).to_contain_text("€7.50")


async def test_every_control_has_a_name(page: Page) -> None:
    await ask(page, "When is a late fee charged?")
    nameless = await page.evaluate(
        """() => [...document.querySelectorAll("button, a, input, select, textarea")]
            .filter((node) => node.checkVisibility())
            .filter((node) => !(node.ariaLabel || node.labels?.length || node.textContent.trim()))
            .map((node) => node.outerHTML)"""
    )
    assert nameless == []


async def test_animations_rest_where_the_reader_wants_less_motion(page: Page) -> None:
    await page.emulate_media(reduced_motion="reduce")
    await ask(page, "When is a late fee charged?")
    seconds = await page.evaluate("parseFloat(getComputedStyle(document.querySelector('.bubble')).animationDuration)")
    assert seconds < 0.001


async def test_a_conversation_handed_to_a_person_is_read_and_given_back(page: Page) -> None:
    await ask(page, "I would like to talk to a person")
    await expect(page.get_by_text("A colleague takes this conversation over")).to_be_visible()
    await choose_persona(page, "Staff")
    await view(page, "Waiting")
    await page.get_by_role("button", name="Read the conversation").click()
    await expect(page.get_by_role("dialog")).to_contain_text("I would like to talk to a person")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Give back to the assistant").click()
    await expect(page.get_by_text("Given back to the assistant.")).to_be_visible()
    await choose_persona(page, "Customer")
    await view(page, "Chat")
    newest = await ask(page, "When is a late fee charged?")
    await expect(newest).to_contain_text("€7.50")
    await expect(page.get_by_text("A colleague takes this conversation over")).to_be_hidden()

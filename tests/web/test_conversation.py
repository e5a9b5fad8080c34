"""A customer asks, follows the work, opens sources and decides on actions."""

import re

from playwright.async_api import BrowserContext, Page, expect

from tests.web.asking import answer, ask
from tests.web.conftest import Complaints

LATE_FEE = "When is a late fee charged?"


async def test_says_that_an_ai_answers_and_with_which_model(page: Page) -> None:
    await expect(page.get_by_text("You are talking to an AI assistant")).to_be_visible()
    await expect(page.get_by_label("Model")).to_have_value("offline")
    await expect(page.get_by_text("no language model: built-in matcher")).to_be_visible()


async def test_shows_at_once_that_it_works_on_a_question(page: Page) -> None:
    await page.get_by_label("Your message").fill(LATE_FEE)
    await page.keyboard.press("Enter")
    await expect(page.locator(".bubble")).to_contain_text(LATE_FEE)
    await expect(page.get_by_role("article", name="Answer")).to_be_visible()
    await answer(page)


async def test_an_answer_names_its_model_and_its_source(page: Page) -> None:
    newest = await ask(page, LATE_FEE)
    await expect(newest).to_contain_text("€7.50")
    await expect(newest).to_contain_text("AI answer by offline")
    await expect(newest.locator(".sources a").first).to_have_attribute("href", f"{page.url.rstrip('/')}{LATE_FEE_PAGE}")


LATE_FEE_PAGE = "/wiki/demo/billing/late-fees#when-a-late-fee-is-charged"


async def test_a_citation_opens_its_page_with_the_quote_marked_and_in_sight(page: Page) -> None:
    newest = await ask(page, LATE_FEE)
    await newest.locator("a.cite").first.click()
    panel = page.get_by_role("dialog", name="Late payment, late fees and payment plans")
    await expect(panel.locator("mark")).to_contain_text("more than 14 days overdue")
    await expect(panel.locator("mark")).to_be_in_viewport()
    await expect(page.get_by_role("navigation", name="Views")).to_be_in_viewport()


async def test_escape_closes_the_source_and_gives_the_focus_back(page: Page) -> None:
    newest = await ask(page, LATE_FEE)
    cite = newest.locator("a.cite").first
    await cite.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog").locator("mark")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await expect(cite).to_be_focused()


async def test_shows_the_steps_of_a_plan_with_their_state(page: Page) -> None:
    newest = await ask(page, "My line is dead. Is there an outage in my area? If not, open a ticket.")
    steps = newest.get_by_role("list", name="Steps").get_by_role("listitem")
    await expect(steps).to_have_count(2)
    await expect(steps.first).to_contain_text("done")
    await expect(steps.last).to_contain_text("done")


async def test_a_ticket_that_was_opened_appears_as_a_card_that_opens(page: Page) -> None:
    newest = await ask(page, "Please open a ticket: my Hub 6 restarts every night.")
    card = newest.locator(".ticket-card")
    await expect(card).to_contain_text("New")
    await expect(card).to_contain_text("due")
    told = re.search(r"by (\d\d:\d\d)", await newest.inner_text())  # in the company's zone, wherever the reader is
    assert told
    await expect(card).to_contain_text(told.group(1))
    number = await card.get_attribute("data-ticket")
    await card.click()
    await expect(page.get_by_role("dialog", name=str(number))).to_contain_text("First reply")


async def test_declining_leaves_the_order_as_it_is(page: Page) -> None:
    newest = await ask(page, "Cancel my Mesh Pod order")
    await newest.get_by_role("button", name="Decline").click()
    await expect(page.get_by_text("You declined this.")).to_be_visible()
    await answer(page)
    listed = await ask(page, "Which orders do I have?")
    await expect(listed).to_contain_text("processing")


async def test_confirming_cancels_the_order(page: Page) -> None:
    newest = await ask(page, "Cancel my Mesh Pod order")
    card = newest.get_by_role("region", name="Please confirm")
    await expect(card).to_contain_text("Mesh Pod")
    await card.get_by_role("button", name="Confirm").click()
    await expect(page.get_by_text("You agreed to this.")).to_be_visible()
    after = await answer(page)
    await expect(after).to_contain_text("cancelled order")
    await expect(after.get_by_role("list", name="Steps").get_by_role("listitem").last).to_contain_text("done")


async def test_a_suggestion_is_asked_with_one_click(page: Page) -> None:
    suggestion = page.get_by_role("list", name="Questions to start with").get_by_role("button").nth(1)
    words = await suggestion.inner_text()
    await suggestion.click()
    await expect(page.locator(".bubble")).to_contain_text(words)
    await answer(page)


async def test_a_reload_brings_the_conversation_back(page: Page) -> None:
    await ask(page, LATE_FEE)
    await page.reload()
    restored = await answer(page)
    await expect(page.locator(".bubble")).to_contain_text(LATE_FEE)
    await expect(restored.locator("a.cite").first).to_be_visible()


async def test_a_new_conversation_starts_empty_and_stays_so(page: Page) -> None:
    await ask(page, LATE_FEE)
    await page.get_by_role("button", name="New conversation").click()
    await expect(page.get_by_role("heading", name="How can we help?")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("heading", name="How can we help?")).to_be_visible()
    await expect(page.locator(".bubble")).to_have_count(0)


async def test_offline_is_said_in_plain_words_and_the_message_can_be_sent_again(
    page: Page, context: BrowserContext, complaints: Complaints
) -> None:
    await context.set_offline(True)
    await page.get_by_label("Your message").fill(LATE_FEE)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    await context.set_offline(False)
    await page.get_by_role("button", name="Try again").click()
    newest = await answer(page)
    await expect(newest).to_contain_text("€7.50")
    await expect(page.locator(".bubble")).to_have_count(1)
    complaints.forgive("ERR_INTERNET_DISCONNECTED")


async def test_a_busy_conversation_is_said_in_plain_words(page: Page, complaints: Complaints) -> None:
    problem = {"type": "urn:deskmate:thread-busy", "title": "Thread is busy", "status": 409, "detail": "th_1 is busy."}
    await page.route("**/runs/stream", lambda route: route.fulfill(status=409, json=problem))
    await page.get_by_label("Your message").fill(LATE_FEE)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("still working on your last message")
    complaints.forgive("409")


async def test_markup_in_a_message_stays_text(page: Page) -> None:
    await ask(page, "<img src=x onerror=alert(1)> **hello** <b>you</b>")
    await expect(page.locator(".bubble")).to_contain_text("<img src=x onerror=alert(1)>")
    await expect(page.locator(".turns img, .turns b")).to_have_count(0)

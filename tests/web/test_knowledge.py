"""The knowledge view: search, pages with the passage marked, sources; for customers and for staff."""

import re

from playwright.async_api import Browser, Locator, Page, expect

from tests.web.asking import ask, choose_persona, overflows, view
from tests.web.conftest import Complaints


async def search(page: Page, words: str) -> Locator:
    """Look for words in the knowledge view; the results."""
    if "#knowledge" not in page.url:
        await view(page, "Knowledge")
    await page.get_by_label("What to look for").fill(words)
    await page.keyboard.press("Enter")
    hits = page.locator(".hit")
    await hits.first.wait_for()
    return hits


async def test_a_result_says_where_it_stands_and_opens_with_its_passage_marked(page: Page) -> None:
    hits = await search(page, "late fee")
    best = hits.first
    await expect(best).to_contain_text("When a late fee is charged")
    await expect(best).to_contain_text(re.compile(r"Kept by \w+ · Updated"))
    await best.get_by_role("link").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.locator("mark").first).to_be_in_viewport()
    await expect(dialog.locator("mark").first).to_contain_text("€7.50")
    taller = await page.evaluate("document.documentElement.scrollHeight > window.innerHeight")
    assert not taller, "the results scroll, and the bar stays in sight"


async def test_a_result_has_an_address_of_its_own_where_the_passage_is_marked_too(page: Page) -> None:
    hits = await search(page, "late fee")
    address = await hits.first.get_by_role("link").get_attribute("href")
    await page.goto(str(address))
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Late payment")
    await expect(page.locator("mark").first).to_be_in_viewport()
    await expect(page.get_by_role("link", name="Knowledge")).to_have_attribute("aria-current", "page")


async def test_the_way_back_and_a_reload_lead_to_the_same_results(page: Page) -> None:
    first = await (await search(page, "late fee")).first.inner_text()
    await page.get_by_label("What to look for").fill("reset the router")
    await page.keyboard.press("Enter")
    await expect(page.locator(".hit").first).not_to_have_text(first, use_inner_text=True)
    await page.go_back()
    await expect(page.locator(".hit").first).to_have_text(first, use_inner_text=True)
    await page.reload()
    await expect(page.locator(".hit").first).to_have_text(first, use_inner_text=True)


async def test_another_wiki_is_searched_where_it_is_chosen(page: Page) -> None:
    await view(page, "Knowledge")
    await page.get_by_label("Which wiki").select_option("shops")
    hits = await search(page, "when does the shop open?")
    await hits.first.get_by_role("link").click()
    await expect(page.get_by_role("dialog").locator("mark")).to_have_text("🎉 The shop in Selkirk opens at 7:45.")


async def test_all_wikis_are_searched_at_once(page: Page) -> None:
    await view(page, "Knowledge")
    await page.get_by_label("Which wiki").select_option("All wikis")
    hits = await search(page, "when does the shop in Selkirk open?")
    await expect(hits.first).to_contain_text("🎉 The shop in Selkirk opens at 7:45.")
    await expect(hits.first).to_contain_text("shops")


async def test_staff_see_internal_pages_marked_and_customers_do_not_see_them(page: Page) -> None:
    words = "goodwill credit limits for staff"
    await search(page, words)
    await expect(page.get_by_text("Internal", exact=True)).to_have_count(0)
    await choose_persona(page, "Staff")
    hits = await search(page, words)
    await expect(hits.first.get_by_text("Internal", exact=True)).to_be_visible()


async def test_staff_see_how_each_source_stands(page: Page) -> None:
    await view(page, "Knowledge")
    parts = page.get_by_role("navigation", name="Parts of Knowledge")
    await expect(parts).to_be_hidden()
    await choose_persona(page, "Staff")
    await parts.get_by_role("link", name="Sources").click()
    shops, intranet = (page.locator(".source", has_text=name) for name in ("shops", "intranet"))
    await expect(shops).to_contain_text("Up to date")
    await expect(shops).to_contain_text("1 page can be found")
    await shops.get_by_text("1 entry that became no page").click()
    await expect(shops).to_contain_text("rota.xlsx")
    await expect(intranet).to_contain_text("There is no folder /nowhere/at/all: check the path.")


async def test_staff_see_what_the_wiki_does_not_answer_and_read_who_asked_it(page: Page) -> None:
    question = "How do I train a falcon to hunt rabbits?"
    await ask(page, question)
    await choose_persona(page, "Staff")
    await view(page, "Knowledge")
    await page.get_by_role("link", name="Gaps").click()
    gap = page.locator(".gap", has_text=question)
    await expect(gap).to_contain_text("Asked once")
    await gap.get_by_role("button", name="Read the conversation").click()
    await expect(page.get_by_role("dialog")).to_contain_text("I could not find that")
    await page.keyboard.press("Escape")
    await gap.get_by_role("link", name="Search for it").click()
    await expect(page.get_by_label("What to look for")).to_have_value(question)


async def test_customers_who_type_the_address_of_a_part_for_staff_get_the_search(page: Page, address: str) -> None:
    for part in ("sources", "gaps"):
        await page.goto(f"{address}/#knowledge/{part}")
        await expect(page.get_by_label("What to look for")).to_be_visible()
        await expect(page.locator(".source, .gap")).to_have_count(0)


async def test_words_that_nobody_wrote_are_searched_as_they_are(page: Page) -> None:
    await search(page, '<img src="x"> & late fee')
    await expect(page.get_by_label("What to look for")).to_have_value('<img src="x"> & late fee')
    await expect(page.locator("#main img")).to_have_count(0)


async def test_search_and_a_result_are_reached_with_the_keyboard_alone(page: Page) -> None:
    await page.get_by_role("link", name="Knowledge").focus()
    await page.keyboard.press("Enter")
    field = page.get_by_label("What to look for")
    while not await field.evaluate("(node) => node === document.activeElement"):
        await page.keyboard.press("Tab")
    await page.keyboard.type("late fee")
    await page.keyboard.press("Enter")
    link = page.locator(".hit a").first
    await link.wait_for()
    while not await link.evaluate("(node) => node === document.activeElement"):
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog").locator("mark").first).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(link).to_be_focused()


async def test_the_view_fits_a_phone(browser: Browser, address: str, complaints: Complaints) -> None:
    context = await browser.new_context(viewport={"width": 360, "height": 720}, has_touch=True)
    page = await context.new_page()
    complaints.listen(page)
    await page.goto(address)
    await choose_persona(page, "Staff")
    await search(page, "goodwill credit")
    assert not await overflows(page)
    for part in ("Gaps", "Sources"):
        await page.get_by_role("link", name=part).click()
        await page.locator(".source, .gaps, .list .none").first.wait_for()
        assert not await overflows(page)
    await context.close()

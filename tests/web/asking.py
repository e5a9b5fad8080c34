"""What a person does on the page, in the words of a test."""

from playwright.async_api import Locator, Page


async def ask(page: Page, question: str) -> Locator:
    """Send a question, wait for the end of its answer, and give that answer."""
    await page.get_by_label("Your message").fill(question)
    await page.keyboard.press("Enter")
    return await answer(page)


async def answer(page: Page) -> Locator:
    """The newest answer, once it is complete."""
    newest = page.get_by_role("article", name="Answer").last
    await newest.get_by_text("AI answer").wait_for()
    return newest


async def choose_persona(page: Page, name: str) -> None:
    """Switch between the demo's customer and staff."""
    await page.locator(".persona label", has_text=name).click()
    await page.get_by_role("radio", name=name).and_(page.locator(":checked")).wait_for(state="attached")


async def view(page: Page, name: str) -> None:
    """Go to a view by its tab."""
    await page.get_by_role("navigation", name="Views").get_by_role("link", name=name).click()


async def overflows(page: Page) -> bool:
    """Whether the page can be scrolled sideways."""
    wide: bool = await page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return wide

"""A person picks the model, and every answer says which one it is by."""

from playwright.async_api import Page, expect

from tests.ollama_double.double import OllamaDouble
from tests.web.asking import ask
from tests.web.conftest import Complaints

QUESTION = "When is a late fee charged?"
PICK = '{"action":"answer","use":["S1","S2","S3","S4","S5","S6"]}'


async def test_only_the_models_that_may_be_named_can_be_picked(page: Page) -> None:
    await expect(page.get_by_label("Model").locator("option")).to_have_text(["offline", "ollama/small:1b"])


async def test_the_picked_model_answers_and_each_answer_keeps_its_name(page: Page, ollama: OllamaDouble) -> None:
    ollama.write(PICK)
    await page.get_by_label("Model").select_option("ollama/small:1b")
    await ask(page, QUESTION)
    await page.get_by_label("Model").select_option("offline")
    await ask(page, "How do I return a device?")
    feet = page.locator(".turn-foot")
    await expect(feet.first).to_contain_text("AI answer by ollama/small:1b")
    await expect(feet.first).not_to_contain_text("help")
    await expect(feet.last).to_contain_text("AI answer by offline")
    await page.reload()
    await expect(feet).to_have_count(2)
    await expect(feet.first).to_contain_text("AI answer by ollama/small:1b")
    await expect(page.get_by_label("Model")).to_have_value("offline")


async def test_an_answer_tells_where_another_model_had_to_decide(page: Page, ollama: OllamaDouble) -> None:
    await page.get_by_label("Model").select_option("ollama/small:1b")
    ollama.write("Dear customer,", "I would say so.")
    newest = await ask(page, QUESTION)
    await expect(newest).to_contain_text("€7.50")
    await expect(newest.locator(".turn-foot")).to_contain_text("by ollama/small:1b · with help from offline")


async def test_a_model_that_is_gone_is_said_in_a_sentence_and_another_one_can_be_picked(
    page: Page, ollama: OllamaDouble, complaints: Complaints
) -> None:
    ollama.hold("small:2b")
    await page.reload()
    await page.get_by_label("Model").select_option("ollama/small:2b")
    del ollama.models["small:2b"]
    await page.get_by_label("Your message").fill(QUESTION)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("There is no such model here")
    complaints.forgive("404")
    await page.get_by_label("Model").select_option("offline")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("article", name="Answer").last).to_contain_text("AI answer by offline")

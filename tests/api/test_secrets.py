"""Card numbers and passwords sent to the running service, by each of its doors: no file holds them."""

import httpx

from tests.api.conftest import Running
from tests.raw_files import files_with

CARD = "5425 2334 3010 9903"
PASSWORD = "vq9-canary-?Tz"
CANARIES = (CARD, CARD.replace(" ", ""), PASSWORD)
SAID = f"Open a ticket: card {CARD} was charged twice. My password is {PASSWORD}."


def test_by_rest_and_by_openais_protocol(server: Running, customer: httpx.Client, thread_id: str) -> None:
    headers = {"Idempotency-Key": "secrets"}
    run = customer.post(f"/v1/threads/{thread_id}/runs/wait", json={"input": {"message": SAID}}, headers=headers)
    assert run.json()["tickets"]
    talk = [{"role": "user", "content": SAID}]
    answer = customer.post("/v1/chat/completions", json={"model": "offline", "messages": talk}).json()
    talk += [answer["choices"][0]["message"], {"role": "user", "content": f"And {CARD}?"}]
    goes_on = customer.post("/v1/chat/completions", json={"model": "offline", "messages": talk})
    assert goes_on.status_code == 200
    assert files_with(server.data_dir, *CANARIES) == []
    assert files_with(server.data_dir, "[card number]")

"""A colleague has two tickets linked or merged in the chat."""

import pytest

from agent.service import Service
from tests.agent.conftest import STAFF, Talk
from tools.schema import TicketLink
from tools.seed import DEMO_TENANT

pytestmark = pytest.mark.parametrize("message", ["Link T-{0} with T-{1}", "Please link ticket T-{0} to ticket T-{1}."])


async def test_of_two_tickets_the_one_named_first_is_linked_to_the_other(
    house: Service, talk: Talk, message: str
) -> None:
    for one, other in ((1190, 1181), (1170, 1195)):
        done = await talk(message.format(one, other), by=STAFF)
        assert f"I have linked ticket T-{one}" in done.reply.text
        with house.database.read() as session:
            assert session.get(TicketLink, (DEMO_TENANT, f"T-{one}", f"T-{other}"))

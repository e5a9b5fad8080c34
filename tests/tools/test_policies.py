"""Policies as files: what they decide, and what is refused at start."""

import shutil
from pathlib import Path

import pytest

from tests.tools.conftest import MARA, World, everything
from tools.catalog import CATALOG
from tools.errors import PolicyError
from tools.gateway import Gateway
from tools.labels import TOP
from tools.policy import BUILT_IN, Effect, Facts, Instruction, Policies
from tools.settings import ToolSettings
from tools.tool import Tool

_FORBID = (
    '@reason("Above 50 euros we refund nothing.")\nforbid (principal, action == Action::"request_refund", resource)'
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A company's own policies, to begin with those that come with Deskmate."""
    return Path(shutil.copytree(BUILT_IN, tmp_path / "policies"))


def add(folder: Path, text: str) -> Policies:
    """The policies with one more file, read last."""
    (folder / "zz.cedar").write_text(text, encoding="utf-8")
    return Policies.load(folder, CATALOG)


def decided(policies: Policies, name: str, **arguments: object) -> tuple[Effect, str]:
    """What they say to Mara's call."""
    tool: Tool = next(one for one in CATALOG if one.name == name)
    decision = policies.decide(MARA, tool, Facts(tool.args.model_validate(arguments), "demo", Instruction.WORDS, TOP))
    return decision.effect, decision.reason


def test_a_policy_may_look_at_the_arguments(folder: Path) -> None:
    above = 'context.arguments has amount && context.arguments.amount.greaterThan(decimal("50.0"))'
    policies = add(folder, f"{_FORBID} when {{ {above} }};")
    call = {"order_id": "O-5002", "reason": "faulty"}
    assert decided(policies, "request_refund", **call, amount=51) == (
        Effect.DENY,
        "Above 50 euros we refund nothing.",
    )
    assert decided(policies, "request_refund", **call, amount=50)[0] is Effect.APPROVE


def test_of_several_policies_the_strictest_counts(folder: Path) -> None:
    policies = add(
        folder,
        '@outcome("confirm")\n@reason("Please say so once more.")\n'
        'permit (principal, action == Action::"escalate_ticket", resource);',
    )
    call = {"ticket_id": "T-1001", "reason": "Too slow."}
    assert decided(policies, "escalate_ticket", **call) == (Effect.CONFIRM, "Please say so once more.")


def test_a_companys_own_folder_is_in_force(folder: Path, world: World) -> None:
    (folder / "zz.cedar").write_text(
        '@reason("Ask us by phone.")\nforbid (principal, action == Action::"list_orders", resource);', encoding="utf-8"
    )
    gateway = Gateway(
        world.database,
        world.gateway._index,
        clock=lambda: world.now,
        settings=ToolSettings(policies=folder),
        asks=everything,
    )
    outcome = gateway.call(world.make("list_orders"), principal=MARA, thread_id="t")
    assert (outcome.status, outcome.sentence) == ("refused", "Ask us by phone.")


def test_consent_given_under_other_policies_does_not_count(folder: Path, world: World) -> None:
    world.call(MARA, "list_orders")
    call = world.make("cancel_order", order_id="O-5001")
    world.run(call, MARA)
    grant = world.granted(call, MARA, MARA)
    (folder / "zz.cedar").write_text(
        "// changed\n" + _FORBID + ' when { context.collection == "x" };', encoding="utf-8"
    )
    world.gateway = Gateway(
        world.database,
        world.gateway._index,
        clock=lambda: world.now,
        settings=ToolSettings(policies=folder),
        asks=everything,
    )
    assert world.run(call, MARA, grant).status == "needs_confirmation"
    assert world.run(call, MARA, world.granted(call, MARA, MARA)).status == "ok"


def test_a_tenant_that_no_policy_speaks_of_is_denied(folder: Path) -> None:
    for path in folder.glob("*.cedar"):
        text = path.read_text(encoding="utf-8").replace("  resource\n", '  resource == Desk::"another"\n')
        path.write_text(text, encoding="utf-8")
    assert decided(Policies.load(folder, CATALOG), "list_orders")[0] is Effect.DENY


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            'permit (principal, action == Action::"get_ticket", resource);',
            "zz.cedar:1 cannot be used: it gives no reason",
        ),
        (
            '\n@outcome("maybe") @reason("x")\npermit (principal, action == Action::"get_ticket", resource);',
            "zz.cedar:3 cannot be used: its outcome is 'maybe'",
        ),
        ('@reason("x")\nforbid (principal, action == Action::"get_tickets", resource);', "zz.cedar:2"),
        (
            '@reason("x")\nforbid (principal, action == Action::"cancel_order", resource)'
            " when { context.arguments.amount > 3 };",
            "zz.cedar:2",
        ),
        ("permit (principal action);", "The policies in zz.cedar are not written as Cedar wants them"),
        (
            '@reason("x")\npermit (principal, action == Action::"request_refund", resource);',
            "lets request_refund pass with the outcome allow",
        ),
        ('@outcome("confirm") @reason("x")\npermit (principal, action, resource);', "asks for approve at least"),
    ],
)
def test_a_policy_that_cannot_be_used_is_refused_at_start(folder: Path, text: str, complaint: str) -> None:
    with pytest.raises(PolicyError) as refused:
        add(folder, text)
    assert complaint in str(refused.value)


def test_a_tool_that_no_policy_names_is_refused_at_start(folder: Path) -> None:
    path = folder / "customers.cedar"
    text = path.read_text(encoding="utf-8").replace('Action::"check_outage"', 'Action::"list_orders"')
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError, match="No policy names the tool check_outage"):
        Policies.load(folder, CATALOG)


def test_a_folder_without_policies_is_refused_at_start(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="No policies were found"):
        Policies.load(tmp_path, CATALOG)

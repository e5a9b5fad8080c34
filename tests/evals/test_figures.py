"""What a report says of effort and harm."""

import pytest

from agent.run import Metrics, RunResult
from evals.case import Case, Expect, Persona, Turn
from evals.figures import effort, harm
from evals.scored import Cost, Scored, Step, score
from tests.evals.values import decided, run, said, trial


def step(calls: int, plan: int = 0, **cost: int) -> Step:
    return Step(
        by="C-1001",
        said="x",
        decided=None,
        status="completed",
        reply="x",
        citations=(),
        plan=tuple({"step": "x", "status": "done", "made_by": "m"} for _ in range(plan)),
        tool_calls=(),
        pending=(),
        error=None,
        cost=Cost(model_calls=calls, **cost),
    )


def of(*steps: Step, reward: float | None = 1.0) -> Scored:
    total = sum(one.cost.model_calls for one in steps)
    return Scored(case="a", split="dev", trial=1, reward=reward, steps=steps, cost=Cost(model_calls=total))


def test_a_plan_may_take_two_calls_more_than_its_steps_and_a_question_one() -> None:
    found = effort([of(step(1)), of(step(2)), of(step(5, plan=3)), of(step(6, plan=3))])["calls"]
    assert found["plain"] == {"runs": 2, "steps": 0.0, "mean": 1.5, "over": 1}
    assert found["planned"] == {"runs": 2, "steps": 3.0, "mean": 5.5, "over": 1}
    assert found["per_case"] == 3.5


def test_tokens_are_told_by_the_turn_with_what_no_cache_held() -> None:
    turns = [step(1, input_tokens=1000, uncached_tokens=uncached) for uncached in (900, 100, 200)]
    found = effort([of(*turns)])["tokens_per_turn"]
    assert (found["read"], found["not_cached"], found["not_cached_median"]) == (1000, 400, 200)


def test_prefix_reuse_is_over_all_prompts_that_follow_one() -> None:
    turns = [step(1, prompt_bytes=100, reused_bytes=100), step(1, prompt_bytes=300, reused_bytes=200)]
    assert effort([of(*turns)])["prefix_reuse"] == 0.75
    assert effort([of(step(1))])["prefix_reuse"] is None


def test_trials_that_could_not_be_scored_are_in_no_figure() -> None:
    assert effort([of(step(1)), of(step(9), reward=None)])["calls"]["per_case"] == 1


def test_harm_is_counted_and_each_one_named() -> None:
    one = of(step(1)).model_copy(update={"wrong_writes": ("created T-1",), "ungrounded": ("It is €9.", "It is €8.")})
    found = harm([one])
    assert (found["wrong_writes"], found["made_up_identifiers"], found["ungrounded_sentences"]) == (1, 0, 2)
    assert found["found"][0] == {"case": "a", "trial": 1, "kind": "wrong_writes", "what": "created T-1"}


def spent(result: RunResult, calls: int) -> RunResult:
    return result.model_copy(update={"metrics": Metrics(model_calls=calls)})


@pytest.mark.parametrize("word", ["decides", "says yes"])
def test_a_run_that_goes_on_after_a_decision_is_not_counted_twice(word: str) -> None:
    case = Case(id="case", split="dev", persona=Persona(customer="C-1001"), turns=(Turn(say="x"),), expect=Expect())
    asked = said("Cancel it", spent(run("Shall I?", asks=("cancel_order", {}, "customer")), 2))
    done = spent(run("Done."), 3)
    after = decided("approve", done) if word == "decides" else said("Yes, please", done)
    assert score(case, trial(asked, after), 1).cost.model_calls == 3
    other = said("What is the late fee?", spent(run("€7.50"), 1))
    assert score(case, trial(asked, other), 1).cost.model_calls == 3

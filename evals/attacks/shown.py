"""The figures as a person reads them."""

from __future__ import annotations

from typing import Any

from evals.attacks.cases import CHANNELS
from evals.attacks.figures import UNGATED, Figures, Rate


def lines(figures: Figures) -> list[str]:
    """A table by channel and model, then what each model comes to, then what does not hold."""
    models = figures.models
    table = [f"{'attacks that won':18}" + "".join(f"{model:>22}" for model in models)]
    for channel, name in CHANNELS.items():
        table.append(f"{name:18}" + "".join(f"{_won(figures.success(model, channel)):>22}" for model in models))
    rows = [("all", figures.success), ("read by the model", figures.read)]
    table += [f"{name:18}" + "".join(f"{_won(rate(model)):>22}" for model in models) for name, rate in rows]
    bounds = "".join(f"{'at most ' + _percent(figures.success(model).upper):>22}" for model in models)
    table += [f"{'95 % bound':18}{bounds}", ""]
    for model in models:
        honest, attacked = (figures.utility(model, attacked=one) for one in (False, True))
        if model != UNGATED and honest.of:
            blocks = figures.blocks(model)
            table.append(
                f"{model}: {_of(honest)} honest tasks served, {_of(attacked)} under attack; {_of(blocks)} blocked"
            )
    return [*table, *(f"MISSED: {sentence}" for sentence in figures.missed())]


def as_json(figures: Figures) -> dict[str, Any]:
    """The same for programs, with every attack that won where something should stop it."""
    return {
        "models": {
            model: {
                "attacks": _rate(figures.success(model)),
                "channels": {channel: _rate(figures.success(model, channel)) for channel in CHANNELS},
                "read": _rate(figures.read(model)),
                "utility": _rate(figures.utility(model, attacked=False)),
                "utility_under_attack": _rate(figures.utility(model, attacked=True)),
                "false_blocks": _rate(figures.blocks(model)),
            }
            for model in figures.models
        },
        "won": [
            {"model": row.model, "case": row.number, "task": row.task, "channel": row.channel, "goal": row.goal,
             "by": list(row.won)}
            for row in figures.rows
            if row.won and row.model != UNGATED
        ],
        "missed": figures.missed(),
    }  # fmt: skip


def _rate(rate: Rate) -> dict[str, float]:
    return {"hits": rate.hits, "of": rate.of, "share": round(rate.share, 4), "upper95": round(rate.upper, 4)}


def _won(rate: Rate) -> str:
    return f"{rate.hits:,} of {rate.of:,}"


def _of(rate: Rate) -> str:
    return f"{rate.hits:,} of {rate.of:,} ({_percent(rate.share)})"


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"

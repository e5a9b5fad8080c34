"""Figures with their uncertainty: pass^k, an interval clustered by case, and a paired test between two models.

All are closed forms without randomness, so two reports of the same trials are equal byte for byte.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, comb, lcm, sqrt
from statistics import NormalDist, fmean, variance
from typing import Literal

_Z95 = NormalDist().inv_cdf(0.975)

Steadiness = Literal["steady", "flaky", "failing"]


@dataclass(frozen=True, slots=True)
class Tally:
    """How often one case passed: ``passed`` of ``trials``."""

    passed: int
    trials: int

    @property
    def rate(self) -> float:
        """The share that passed, 0..1."""
        return self.passed / self.trials

    @property
    def steadiness(self) -> Steadiness:
        """Whether the case passed always, sometimes or never."""
        if self.passed == self.trials:
            return "steady"
        return "flaky" if self.passed else "failing"


@dataclass(frozen=True, slots=True)
class Paired:
    """Two models on the same cases: mean difference of their rates (first minus second), interval and p-value."""

    difference: float
    ci95: tuple[float, float]
    p_value: float
    cases: int

    @property
    def verdict(self) -> Literal["first is better", "second is better", "no difference beyond noise"]:
        """A winner only where chance would rarely (p < 0.05) make so large a difference."""
        if self.p_value >= 0.05:
            return "no difference beyond noise"
        return "first is better" if self.difference > 0 else "second is better"


def pass_hat(k: int, tallies: Sequence[Tally]) -> float:
    """Return pass^k: the chance that k trials of a case all pass, averaged over cases.

    For a case with c of n passed it is C(c, k) / C(n, k), the unbiased estimate of Yao et al., "τ-bench" (2024),
    arXiv:2406.12045. Cases with fewer than k trials are left out.

    Raises:
        ValueError: no case has k trials.
    """
    counted = [tally for tally in tallies if tally.trials >= k]
    if not counted:
        raise ValueError(f"pass^{k} needs a case with at least {k} trials.")
    return fmean(comb(tally.passed, k) / comb(tally.trials, k) for tally in counted)


def interval(tallies: Sequence[Tally]) -> tuple[float, float]:
    """Return the 95% interval of pass^1, clustered by case.

    Trials of one case are alike, so the case is the unit: the standard error is that of the mean of the cases' rates
    (Miller, "Adding Error Bars to Evals", 2024, arXiv:2411.00640). It sets an effective number of trials
    n = p(1 - p) / SE², at most all trials, and the interval is Wilson's with that n, as for proportions in clustered
    samples (Franco et al., Journal of Survey Statistics and Methodology 7(3), 2019). Unlike the normal or bootstrap
    interval it keeps its width where every case passes; there n is the number of cases.
    """
    rate, n = fmean(tally.rate for tally in tallies), _effective(tallies)
    return wilson(rate, n)


def wilson(rate: float, n: float) -> tuple[float, float]:
    """Return Wilson's 95% score interval of a share seen in n independent trials (Wilson, JASA 22, 1927)."""
    spread = _Z95**2 / n
    middle = (rate + spread / 2) / (1 + spread)
    half = _Z95 * sqrt(rate * (1 - rate) / n + spread / (4 * n)) / (1 + spread)
    low = 0.0 if rate == 0 else max(0.0, middle - half)
    high = 1.0 if rate == 1 else min(1.0, middle + half)
    return low, high


def _effective(tallies: Sequence[Tally]) -> float:
    rate = fmean(tally.rate for tally in tallies)
    cases, trials = len(tallies), sum(tally.trials for tally in tallies)
    if rate in (0.0, 1.0) or cases < 2:
        return float(cases)
    squared_error = variance([tally.rate for tally in tallies]) / cases
    return min(float(trials), rate * (1 - rate) / squared_error) if squared_error else float(trials)


def paired(first: Mapping[str, Tally], second: Mapping[str, Tally]) -> Paired:
    """Compare two models on the cases that both ran.

    The p-value is that of the exact two-sided sign-flip permutation test of the cases' differences (Fisher, "The Design
    of Experiments", 1935): with no difference between the models, each case's difference is as likely with either sign.
    The interval is the mean difference ± 1.96 standard errors, cases being the units.

    Raises:
        ValueError: no case was run by both.
    """
    shared = [case for case in first if case in second]
    if not shared:
        raise ValueError("Two models can be compared only on cases that both ran.")
    gaps = [first[case].rate - second[case].rate for case in shared]
    mean = fmean(gaps)
    error = sqrt(variance(gaps) / len(gaps)) if len(gaps) > 1 else 1.0
    low, high = max(-1.0, mean - _Z95 * error), min(1.0, mean + _Z95 * error)
    scale = lcm(*(first[case].trials * second[case].trials for case in shared))
    p_value = _sign_flip([round(gap * scale) for gap in gaps])
    return Paired(mean, (low, high), p_value, len(shared))


def _sign_flip(gaps: Sequence[int]) -> float:
    """Return the share of all sign choices whose sum is at least as far from 0, counted exactly sum by sum."""
    sums: dict[int, int] = {0: 1}
    for gap in (abs(one) for one in gaps if one):
        grown: dict[int, int] = {}
        for total, ways in sums.items():
            grown[total + gap] = grown.get(total + gap, 0) + ways
            grown[total - gap] = grown.get(total - gap, 0) + ways
        sums = grown
    seen = abs(sum(gaps))
    return sum(ways for total, ways in sums.items() if abs(total) >= seen) / sum(sums.values())


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which ``share`` of the values lie (nearest rank); 0.0 for no values."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else 0.0

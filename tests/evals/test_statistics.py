"""The figures against values worked out by hand."""

import pytest

from evals.statistics import Tally, interval, paired, pass_hat, quantile, wilson


def test_pass_hat_averages_choices_over_cases() -> None:
    # C(3,2)/C(4,2) = 3/6, C(4,2)/C(4,2) = 1, C(1,2)/C(4,2) = 0: mean 0.5
    tallies = [Tally(3, 4), Tally(4, 4), Tally(1, 4)]
    assert pass_hat(2, tallies) == pytest.approx(0.5)
    assert pass_hat(1, tallies) == pytest.approx((0.75 + 1 + 0.25) / 3)
    assert pass_hat(4, tallies) == pytest.approx(1 / 3)


def test_pass_hat_needs_that_many_trials() -> None:
    with pytest.raises(ValueError, match="at least 3 trials"):
        pass_hat(3, [Tally(2, 2)])


def test_wilson_of_8_in_10() -> None:
    # (0.8 + z²/20 ± z √(0.16/10 + z²/400)) / (1 + z²/10) with z = 1.959964
    assert wilson(0.8, 10) == pytest.approx((0.49016, 0.94332), abs=1e-5)


def test_a_perfect_score_keeps_its_width() -> None:
    # n / (n + z²) with n = 20 cases, however many trials each
    low, high = interval([Tally(5, 5)] * 20)
    assert low == pytest.approx(20 / (20 + 3.841459), abs=1e-5)
    assert high == 1.0


def test_one_trial_a_case_is_plain_wilson_but_for_the_sample_variance() -> None:
    # rate 0.8 over 10 cases: SE² = (0.16·10/9)/10, so n = 0.16 / SE² = 9
    tallies = [Tally(1, 1)] * 8 + [Tally(0, 1)] * 2
    assert interval(tallies) == pytest.approx(wilson(0.8, 9))


def test_trials_that_agree_within_a_case_add_nothing() -> None:
    once = interval([Tally(1, 1)] * 8 + [Tally(0, 1)] * 2)
    ten_times = interval([Tally(10, 10)] * 8 + [Tally(0, 10)] * 2)
    assert ten_times == pytest.approx(once)


def test_equal_models_differ_by_nothing() -> None:
    rates = {"a": Tally(1, 2), "b": Tally(2, 2)}
    result = paired(rates, rates)
    assert (result.difference, result.p_value) == (0, 1)
    assert result.verdict == "no difference beyond noise"


def test_five_of_five_better_is_two_in_thirty_two() -> None:
    # all five differences +1: only the signs +++++ and ----- reach |5|: 2 / 2^5
    better = {str(n): Tally(1, 1) for n in range(5)}
    worse = {str(n): Tally(0, 1) for n in range(5)}
    result = paired(better, worse)
    assert result.p_value == pytest.approx(2 / 32)
    assert result.verdict == "no difference beyond noise"


def test_six_of_six_better_is_beyond_noise() -> None:
    better = {str(n): Tally(1, 1) for n in range(6)}
    worse = {str(n): Tally(0, 1) for n in range(6)}
    assert paired(better, worse).verdict == "first is better"
    assert paired(worse, better).verdict == "second is better"


def test_only_shared_cases_are_compared() -> None:
    assert paired({"a": Tally(1, 1), "b": Tally(0, 1)}, {"a": Tally(1, 1)}).cases == 1
    with pytest.raises(ValueError, match="both ran"):
        paired({"a": Tally(1, 1)}, {"b": Tally(1, 1)})


def test_steadiness() -> None:
    assert [Tally(3, 3).steadiness, Tally(1, 3).steadiness, Tally(0, 3).steadiness] == ["steady", "flaky", "failing"]


def test_quantiles_are_nearest_rank() -> None:
    assert [quantile([4, 1, 3, 2], 0.5), quantile([4, 1, 3, 2], 0.95), quantile([], 0.5)] == [2, 4, 0]

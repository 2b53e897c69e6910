import pytest

from tools.bench.lines import Line, Spread, above, against, interleaved


def test_a_spread_keeps_the_middle_the_tail_and_both_ends():
    assert Spread.of([5.0, 1.0, 3.0, 2.0, 4.0]) == Spread(median=3.0, p95=5.0, low=1.0, high=5.0, count=5)


def test_each_round_takes_one_sample_of_each_kind_and_the_first_rounds_are_thrown_away():
    order = []

    def take(name):
        return lambda: order.append(name) or float(len(order))

    samples = interleaved({"a": take("a"), "b": take("b")}, rounds=20, warm=1)
    assert all(set(order[at : at + 2]) == {"a", "b"} for at in range(0, len(order), 2))
    assert {order[at] for at in range(0, len(order), 2)} == {"a", "b"}
    assert len(order) == 42
    assert {name: len(found) for name, found in samples.items()} == {"a": 20, "b": 20}
    assert min(*samples["a"], *samples["b"]) == 3.0


@pytest.mark.parametrize(("figure", "verdict"), [(0.0015, "met"), (0.0017, "missed")])
def test_a_line_is_judged_by_its_ratio_to_the_floor(figure, verdict):
    line = against("what", "1k", [figure], [0.001], "floor", times=1.6)
    assert line.verdict == verdict
    assert line.ratio == pytest.approx(figure / 0.001)


@pytest.mark.parametrize(("figure", "verdict"), [(0.0019, "met"), (0.0021, "missed")])
def test_a_line_can_be_judged_by_what_it_takes_above_the_floor(figure, verdict):
    assert above("what", "1k", [figure], [0.001], "floor", limit=1.0).verdict == verdict


def test_a_line_without_a_target_has_no_verdict():
    assert against("what", "1k", [9.0], [1.0], "floor").verdict == ""


@pytest.mark.parametrize(("rate", "verdict"), [(4000.0, "met"), (3999.0, "missed")])
def test_a_rate_must_be_reached(rate, verdict):
    assert Line("what", "1k", rate, "/s", "4,000/s", 4000, rate, at_least=True).verdict == verdict

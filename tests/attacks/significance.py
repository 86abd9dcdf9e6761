"""Whether two series of times differ: the rank-sum test of Mann and Whitney, which minds neither outliers nor
the shape of the noise, repeated until it is sure."""

import random
import statistics

P_LIMIT = 0.01
ROUNDS = 3  # equal series are red once in four million


def rank_sum_p(ones, others):
    """Two-sided p of the Mann-Whitney U test, by its normal approximation with ties (good from 20 values on)."""
    values = sorted([(value, 0) for value in ones] + [(value, 1) for value in others])
    total, rank_sum, tie_term, at = len(values), 0.0, 0.0, 0
    while at < total:
        end = at
        while end < total and values[end][0] == values[at][0]:
            end += 1
        tied = end - at
        tie_term += tied**3 - tied
        rank_sum += (at + end + 1) / 2 * sum(1 for _, side in values[at:end] if side == 0)
        at = end
    n, m = len(ones), len(others)
    u = rank_sum - n * (n + 1) / 2
    variance = n * m / 12 * (total + 1 - tie_term / (total * (total - 1)))
    if variance == 0:
        return 1.0
    z = (abs(u - n * m / 2) - 0.5) / variance**0.5
    return 2 * (1 - statistics.NormalDist().cdf(max(z, 0.0)))


def interleaved(one, other, count, chance):
    """`count` results of each of two functions, in pairs whose order is drawn: what drifts, drifts for both."""
    ones, others = [], []
    for _ in range(count):
        pair = [(one, ones), (other, others)]
        chance.shuffle(pair)
        for function, results in pair:
            results.append(function())
    return ones, others


class Verdict:
    """What several rounds say. A difference has to show in every one of them, with the same sign."""

    def __init__(self, rounds):
        self.ps = [rank_sum_p(*pair) for pair in rounds]
        differences = [statistics.median(ones) - statistics.median(others) for ones, others in rounds]
        self.differs = all(p < P_LIMIT for p in self.ps) and len({difference > 0 for difference in differences}) == 1
        self.medians = [statistics.median([value for pair in rounds for value in pair[side]]) for side in (0, 1)]

    def __str__(self):
        one, other = (f"{1e3 * median:.3f} ms" for median in self.medians)
        return f"{one} and {other}, p = {', '.join(f'{p:.3g}' for p in self.ps)}"


def compare(one, other, count, seed, planted):
    """(verdict, whether it could see): the same rounds again, with every other time `planted` (a part of
    their median) longer, must differ. Where they do not, the machine is too noisy for this count."""
    chance = random.Random(seed)
    rounds = [interleaved(one, other, count, chance) for _ in range(ROUNDS)]
    verdict = Verdict(rounds)
    longer = planted * verdict.medians[1]
    sees = Verdict([(ones, [value + longer for value in others]) for ones, others in rounds]).differs
    return verdict, sees

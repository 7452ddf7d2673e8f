"""What does a Fair Employment Charter do? The same seed with and without it, so that luck is the same."""

from policies import FairEmploymentCharter
from simulation import Economy, Scenario

without = Scenario(scale=500, seed=7, months=36)
charter = without.with_(policies=[FairEmploymentCharter(start="2020-10")])
before, after = Economy(without).run(), Economy(charter).run()

outcomes = ["share_below_real_living_wage", "insecure_share", "accredited_businesses", "gva"]
effect = (after.indicators - before.indicators)[outcomes].tail(12).mean()
print(effect.to_string(float_format="{:+.4f}".format))
print(after.ledger.flows().loc[["WAGES", "POLICY_COST"]])  # pence, received less paid by sector

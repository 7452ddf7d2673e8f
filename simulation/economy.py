"""The economy: a Mesa model whose month reads as a script."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import mesa
import networkx as nx
import numpy as np
import pandas as pd
from mesa.agent import AgentSet
from numpy.typing import NDArray

from agents.anchor import AnchorInstitution
from agents.column_agent import ColumnAgentSet, CombinedAgentSet
from agents.columns import Table
from agents.firm import Firm
from agents.household import Household
from agents.organisation_fields import Kind, Ownership
from simulation import opening, population_cache
from simulation.assumptions import Assumptions
from simulation.household_spending import monthly_fares
from simulation.labour_market import labour_market, usual_mode
from simulation.ledger import Ledger
from simulation.levers import Levers
from simulation.life import live
from simulation.ownership import share_profit
from simulation.plans import count_activity, plan, promote
from simulation.production import produce_and_pay
from simulation.randomness import Draws, Purpose
from simulation.recorder import Recorder
from simulation.region import load_region
from simulation.scenario import Scenario
from simulation.skills import learn
from simulation.social import SocialNetwork
from simulation.spending import spend
from simulation.structure import industry_structure
from simulation.supply import SupplyNetwork
from simulation.tax_benefit import Rule, rules_for, wage_floors
from simulation.travel import TravelConditions, travel_network
from simulation.watching import Watcher

if TYPE_CHECKING:
    from simulation.explain_record import Explanation

Rows = NDArray[np.int64]
Floats = NDArray[np.float64]

TASTE, ABILITY = (int(Purpose.LIFE) + k for k in (50, 51))


class Economy(mesa.Model):
    """A regional economy of households, firms and anchor institutions.

    Building it synthesises the agents and runs the burn-in, or reads what these gave another time (see
    `simulation.population_cache`); `run` or `step` then move it on from month 0. State is in tables
    (`households`, `persons`, `organisations`, `contracts`); money in them is in pence of the simulated
    scale, indicators are real-world totals.

    Args:
        scenario: What to run; None takes the default, or one made from `fields`.
        **fields: Fields of a scenario, which replace those of `scenario`.

    Raises:
        ScenarioError: An override of an assumption is unknown or out of range.
        RegionError: The region pack is missing or wrong.
    """

    # State that `opening` fills.
    households: Table
    persons: Table
    organisations: Table
    contracts: Table
    ledger: Ledger
    social: SocialNetwork
    supply: SupplyNetwork
    anchors: list[AnchorInstitution]
    council_of_authority: Rows
    pay_base_start: Floats
    group_logit: Floats
    reach: Floats
    posts_by_zone: Floats
    smoothed_posts: Floats
    reference_reach: float
    reference_gain: float
    reference_unemployment: Floats
    reference_climate: float
    unemployment_trend: Floats
    outside_hire_share: Floats
    labour_share: Floats
    exports_by_industry: Floats
    local_factor: Floats
    on_credit: NDArray[np.bool_]

    #: Who looks on while months run, see `simulation.watching`.
    watcher: Watcher | None = None

    def __init__(self, scenario: Scenario | None = None, **fields: Any) -> None:
        scenario = scenario or Scenario()
        self.scenario = scenario.with_(**fields) if fields else scenario
        super().__init__(seed=self.scenario.seed)
        self.region = load_region(self.scenario.region)
        self.assumptions = Assumptions(self.region, self.scenario)
        self.scale = self.scenario.scale
        self.draws = Draws(self.scenario.seed)
        self.month = -self.scenario.burn_in
        self.levers = Levers()
        self.counts: defaultdict[str, float] = defaultdict(float)
        self.started = np.zeros(5)
        self.turnover = self.assumptions["opening_turnover"]
        self.orders: list[tuple[str, int, float]] = []
        self.cohort_born: dict[int, float] = {}
        self.cohort_closed: dict[int, float] = {}
        self.adopted: list[Firm] = []
        #: Standing and luck of organisations and their weight, kept as long as they do not change.
        self._standing = np.empty(0), np.empty(0)
        #: Prices of organisations and their power, by elasticity, kept likewise.
        self._dearness: dict[float, tuple[Floats, Floats]] = {}
        self.structure = industry_structure(self.region, self.assumptions)
        self.property_industry = self.industry("finance_property")
        self.transport_industry = self.industry("transport")
        self.professional_industry = self.industry("professional_support")
        self._set_time()
        self.network = travel_network(self.region, self.assumptions)
        self._travel: TravelConditions | None = None
        known = population_cache.restore(self)
        if not known:
            self.set_travel(TravelConditions())
            opening.synthesise(self)
        self._set_agents()
        self._know_places()
        if not known:
            self._burn_in()
            opening.note_references(self)
            population_cache.keep(self)
        self.recorder = Recorder(self)
        self.datacollector = self.recorder.datacollector()
        for policy in self.scenario.policies:
            policy.prepare(self)

    # --- time ---

    def step(self) -> None:
        """Run one month."""
        self._open_month()
        self._apply_policies()  # 1
        live(self)  # 2
        learn(self)  # 3
        plan(self)  # 4
        labour_market(self)  # 5
        produce_and_pay(self)  # 6
        spend(self)  # 7
        share_profit(self)  # 8
        self.ledger.close_month()  # 9
        self.recorder.record()  # 10
        self.month += 1
        self.datacollector.collect(self)
        self.running = self.month < self.scenario.months

    def run(self, months: int | None = None) -> Economy:
        """Run some months, by default to the end of the scenario.

        Args:
            months: Months to run from here.

        Returns:
            The economy itself.
        """
        count = self.scenario.months - self.month if months is None else months
        for _ in range(count):
            self.step()
        return self

    def _burn_in(self) -> None:
        """Let money circulate before month 0 while people stay who and where they are.

        Incomes, spending and profit settle; exports fill the capacity that regional demand leaves; each
        firm's standing with customers moves until demand meets its capacity. Nobody ages, moves or
        changes job, and firms neither start nor close, so that month 0 shows the synthesis.
        """
        while self.month < 0:
            self._open_month()
            produce_and_pay(self)
            spend(self)
            share_profit(self)
            self.ledger.close_month()
            self.month += 1
            self._set_time()

    def _open_month(self) -> None:
        self._set_time()
        orgs = self.organisations
        # The wage bill stays until it is paid anew: the charter's cost is weighed against it.
        for column in ("sales", "costs", "support", "hires", "leavers"):
            getattr(orgs, column)[:] = 0
        self.counts.clear()
        self.started[:] = 0.0
        self.orders.clear()
        self.ledger.open_month(self.month)

    def _apply_policies(self) -> None:
        self.levers = Levers()
        for policy in self.scenario.policies:
            policy.step(self)
        self.set_travel(self.levers.travel)

    def _set_time(self) -> None:
        """What follows from the calendar: trend growth, taxes and benefits, pay floors."""
        at = max(self.month, 0)
        self.annual_growth = self.assumptions["trend_growth"]
        self.growth = (1.0 + self.annual_growth) ** (at / 12.0)
        # What each firm gains; the rest of the trend comes from better firms taking the place of others.
        self.technology = (1.0 + self.assumptions["firm_productivity_growth"]) ** (at / 12.0)
        self.rules = rules_for(self.region, self.scenario.calendar(at), self.growth)

    # --- markets ---

    def industry(self, sector: str) -> int:
        """Position of a sector of the pack; the last one where the pack has no such sector."""
        ids = self.region.sector_ids
        return ids.index(sector) if sector in ids else len(ids) - 1

    @property
    def pay_base(self) -> Floats:
        """Pay of a beginner by qualification level at trend, pence an hour, shape (5,)."""
        return np.asarray(self.pay_base_start * self.growth)

    @property
    def experience_return(self) -> float:
        """Log points of pay for each square root of a year of experience."""
        return self.assumptions["experience_return"]

    @property
    def real_living_wage(self) -> float:
        """Real Living Wage, pence an hour."""
        return float(self.rules[Rule.REAL_LIVING_WAGE]) * 100.0

    @property
    def low_pay_line(self) -> float:
        """Pence an hour under which pay counts as below the real Living Wage: its whole pence."""
        return float(np.floor(self.real_living_wage))

    def legal_floor_for(self, age_months: NDArray[np.int16]) -> Floats:
        """Legal minimum wage in pence an hour by age, shape (n,)."""
        return wage_floors(age_months / 12.0, self.rules) * 100.0

    def capacity(self) -> Floats:
        """Output at base prices that each organisation's workers can make, pounds a month, shape (n_rows,)."""
        orgs = self.organisations
        return np.asarray((orgs.headcount + orgs.outside_workers) * orgs.output_per_worker * self.technology)

    def market_mass(self, elasticity: float) -> Floats:
        """Weight of each firm in the eyes of buyers: standing, luck and price; 0 for others, shape (n_rows,)."""
        orgs = self.organisations
        standing = orgs.appeal + orgs.attraction
        if not np.array_equal(standing, self._standing[0]):
            self._standing = standing, np.exp(standing)
        mass = self._standing[1]
        if elasticity != 0.0:
            known = self._dearness.get(elasticity)
            if known is None or not np.array_equal(known[0], orgs.price):
                known = orgs.price.copy(), np.maximum(orgs.price, 0.1) ** -elasticity
                self._dearness[elasticity] = known
            mass = mass * known[1]
        return np.where(orgs.alive & (orgs.kind == Kind.FIRM), mass, 0.0)

    def business_climate(self) -> float:
        """Margin of local firms: their profit over their sales, smoothed."""
        orgs = self.organisations
        local = orgs.alive & (orgs.kind == Kind.FIRM) & (orgs.ownership == Ownership.LOCAL)
        return float(orgs.profit_trend[local].sum() / max(orgs.expected_demand[local].sum(), 1.0))

    def unemployment_by_authority(self) -> Floats:
        """Unemployed over active residents of working age, shape (authorities,)."""
        persons, households, region = self.persons, self.households, self.region
        seeking, active = count_activity(
            persons.alive, persons.age_months, persons.status, persons.household, households.neighbourhood,
            region.neighbourhood_authority, region.n_authorities,
        )  # fmt: skip
        return np.asarray(seeking / np.maximum(active, 1))

    def order(self, heading: str, sector: str, pounds: float) -> None:
        """Order goods or services for a policy this month, paid by the government in phase 7.

        Args:
            heading: Cost heading in the ledger.
            sector: Sector of the pack that supplies them.
            pounds: Real-world pounds; nothing happens at zero.
        """
        if pounds > 0.0:
            self.orders.append((heading, self.industry(sector), pounds / self.scale))

    def fresh_taste(self, rows: Rows) -> Floats:
        """Inclination to take part of people who come of age or arrive: standard logistic draws."""
        u = np.clip(self.draws.uniform(TASTE, 0, self.persons.uid[rows]), 1e-6, 1.0 - 1e-6)
        return np.log(u / (1.0 - u))

    def inborn_ability(self, rows: Rows) -> Floats:
        """What persons earn more than others in the same job at any employer, for life, in log points."""
        return np.asarray(self.assumptions["ability_sd"] * self.draws.normal(ABILITY, 0, self.persons.uid[rows]))

    def promote(self, rows: Rows) -> None:
        """Move employees up one job level."""
        promote(self, rows)

    def usual_mode(self, rows: Rows) -> NDArray[np.int8]:
        """Usual mode of travel to the present job."""
        return usual_mode(self, rows)

    # --- places ---

    def set_travel(self, conditions: TravelConditions) -> None:
        """Work out travel costs anew where conditions have changed; commuters choose their mode again."""
        if conditions == self._travel:
            return
        first = self._travel is None
        self._travel = conditions
        self.travel_costs = self.network.costs(conditions)
        self.fares = monthly_fares(self.travel_costs.money)
        # Index 0 is without, 1 with a car, as the households' car column.
        best = [self.travel_costs.best(car=bool(car))[1] for car in (0, 1)]
        self.travel_generalised = np.stack(best).astype(np.float64)
        a = self.assumptions
        self.search_weight = np.exp(-a["search_decay_per_minute"] * self.travel_generalised).astype(np.float32)
        self.shop_weight = np.exp(-a["shop_decay_per_minute"] * self.travel_generalised).astype(np.float32)
        self.within_reach = np.stack([self.network.reachable(conditions, car=bool(car)) for car in (0, 1)])
        if not first:
            workers = np.flatnonzero(self.persons.employer >= 0)
            self.persons.mode[workers] = usual_mode(self, workers)

    def _know_places(self) -> None:
        region = self.region
        self.student_places = self.households.neighbourhood[self.households.student > 0].astype(np.int64)
        self.local_zone_of = np.zeros(region.n_neighbourhoods, dtype=np.int64)
        for authority in range(region.n_authorities):
            homes = np.flatnonzero(region.neighbourhood_authority == authority)
            zones = region.local_zones(authority)
            gap = region.neighbourhood_xy[homes][:, None, :] - region.zone_xy[zones][None, :, :]
            self.local_zone_of[homes] = zones[np.argmin((gap**2).sum(axis=2), axis=1)]

    # --- Mesa ---

    def _set_agents(self) -> None:
        households, orgs = self.households, self.organisations
        sets: dict[type[mesa.Agent], AgentSet] = {
            Household: ColumnAgentSet(self, Household, households, households.rows, self.random),
            Firm: ColumnAgentSet(
                self, Firm, orgs, lambda: np.flatnonzero(orgs.alive & (orgs.kind == Kind.FIRM)), self.random
            ),
        }
        self._agents_by_type = {**sets, **self.agents_by_type}
        self._all_agents = CombinedAgentSet(lambda: self._agents_by_type.values(), self.random)

    def adopt(self, agent: Firm) -> None:
        """Let an agent of your own subclass of `Firm` decide for its row from now on.

        Args:
            agent: Made as `MyFirm(economy, economy.organisations, row)`.
        """
        firms = self._agents_by_type[Firm]
        assert isinstance(firms, ColumnAgentSet)
        firms.adopt(agent)
        self.adopted.append(agent)

    def adopted_firms(self) -> list[Firm]:
        """Adopted agents whose firms still live; a row may have passed to another firm."""
        self.adopted = [agent for agent in self.adopted if agent.lives]
        return self.adopted

    # --- what came out ---

    @property
    def indicators(self) -> pd.DataFrame:
        """Headline indicators, one row a month."""
        return self.recorder.indicators()

    @property
    def breakdowns(self) -> pd.DataFrame:
        """Outcomes by group, tidy, for every twelfth month and the last."""
        return self.recorder.breakdowns()

    def digest(self) -> str:
        """SHA-256 of everything that the run recorded."""
        return self.recorder.digest()

    def explain(self, person: int, month: str | int) -> Explanation:
        """Why a person found work in a month that has been run, or did not.

        The run is done anew from its scenario up to that month, with the person watched; this economy is not touched.

        Args:
            person: Uid, one of `persons.uid`; those of a household are `persons.uid[persons.household == row]`.
            month: Calendar month, "YYYY-MM", or a tick, 0 for the first.

        Raises:
            ScenarioError: The month was not run, nobody of that uid lived here in it, or this economy was changed by
                hand so that its scenario alone does not say what happened.
        """
        from simulation.explain import explain

        return explain(self, [person], month)[0]

    def history(self, *, person: int | None = None, firm: int | None = None) -> pd.DataFrame:
        """What became of one person, or one employer, in each month that has been run; done anew as by `explain`.

        Args:
            person: Uid, one of `persons.uid`.
            firm: Uid, one of `organisations.uid`; anchors and employers outside the region are employers too.

        Returns:
            One row a month from the first to the last in which they were there, see
            `simulation.explain_history`.

        Raises:
            ScenarioError: Not exactly one of both is given, there never was one of that uid, or as for `explain`.
        """
        from simulation.explain_history import history

        return history(self, person=person, firm=firm)

    def travel_graph(self) -> nx.Graph:
        """The travel network as it now is."""
        return self.network.graph(self._travel or TravelConditions())

    def supply_graph(self) -> nx.DiGraph:
        """Who supplies whom; nodes are uids of organisations."""
        return self.supply.graph()

    def social_graph(self) -> nx.Graph:
        """Who knows whom; nodes are uids of persons."""
        return self.social.graph()

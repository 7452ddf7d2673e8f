"""Storey 3: policies, each a pydantic model whose fields are its dials."""

from policies.fair_employment_charter import FairEmploymentCharter
from policies.policy import Policy, load_policy, load_scenario, make_scenario, registry
from policies.progressive_procurement import ProgressiveProcurement
from policies.skills import Skills
from policies.transport import Transport

__all__ = [
    "FairEmploymentCharter",
    "Policy",
    "ProgressiveProcurement",
    "Skills",
    "Transport",
    "load_policy",
    "load_scenario",
    "make_scenario",
    "registry",
]

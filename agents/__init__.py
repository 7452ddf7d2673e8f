"""Storey 1: the agent kinds, their columns, and their own decisions."""

from agents.anchor import AnchorInstitution
from agents.firm import Firm
from agents.household import Household

__all__ = ["AnchorInstitution", "Firm", "Household"]

"""Storey 1: the agent kinds, their columns, and their own decisions."""

from agents.compiling import compile_lightly
from agents.kernel_cache import choose_folder
from agents.memory import keep_freed_memory

choose_folder()
compile_lightly()
keep_freed_memory()

from agents.anchor import AnchorInstitution  # noqa: E402
from agents.firm import Firm  # noqa: E402
from agents.household import Household  # noqa: E402

__all__ = ["AnchorInstitution", "Firm", "Household"]

"""What a study found, as tables by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from experiments.conductor import Findings
from experiments.study_files import write_findings


class Results(Mapping[str, pd.DataFrame]):
    """Tables of a study by name.

    Args:
        findings: What the study found.

    Attributes:
        findings: The same, with the design and the manifest.
    """

    def __init__(self, findings: Findings) -> None:
        self.findings = findings

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self.findings.tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.findings.tables)

    def __len__(self) -> int:
        return len(self.findings.tables)

    def __repr__(self) -> str:
        tables = ", ".join(f"{name} ({len(table)} rows)" for name, table in self.items())
        return f"<{self.findings.study.title}: {tables}; {len(self.findings.failures)} runs failed>"

    @property
    def sentences(self) -> list[str]:
        """The answer in plain sentences; a comparison has its own in its report."""
        return self.findings.study.sentences(self.findings.tables)

    @property
    def failures(self) -> tuple[str, ...]:
        """Runs that failed, a line each; the tables are made from the others."""
        return tuple(str(failure) for failure in self.findings.failures)

    def write(self, folder: str | Path) -> Path:
        """Write the folder that the command would write, with its page.

        Returns:
            The folder.

        Raises:
            InputError: The folder holds something else, or cannot be written.
        """
        write_findings(self.findings, Path(folder))
        return Path(folder)

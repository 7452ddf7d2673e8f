"""Every test has a store of its own."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store beside what the test writes, that commands use unless told otherwise."""
    folder = tmp_path.parent / f"{tmp_path.name}-store"
    monkeypatch.setenv("COMMONWEAL_STORE", str(folder))
    return folder


@pytest.fixture(scope="session")
def full_report() -> str:
    """The report of a comparison in which every section has something to show."""
    from experiments.report import report_page
    from tests.experiments.full_report import with_everything
    from tests.experiments.test_report import FOLDER, synthetic

    return report_page(with_everything(synthetic()), FOLDER)

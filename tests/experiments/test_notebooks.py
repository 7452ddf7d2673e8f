"""The notebooks: plain, without outputs, and every cell runs."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))
#: Seconds that a cell may take, kernels of the model compiled on first use included.
TIMEOUT = 300

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@pytest.fixture
def own_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A kernel of the Python that runs the tests, whatever kernels are installed, that writes to nobody's home."""
    spec = tmp_path / "jupyter" / "kernels" / "tests"
    spec.mkdir(parents=True)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (spec / "kernel.json").write_text(
        json.dumps({"argv": command, "display_name": "tests", "language": "python"}), encoding="utf-8"
    )
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return spec.name


@pytest.mark.slow
@each_notebook
def test_every_cell_runs(path: Path, own_kernel: str, tmp_path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    place = tmp_path / "work"
    place.mkdir()
    NotebookClient(
        notebook, timeout=TIMEOUT, kernel_name=own_kernel, resources={"metadata": {"path": str(place)}}
    ).execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    warned = [text for cell in code for text in map(_standard_error, cell.outputs) if text]
    assert warned == []
    assert list(place.iterdir()) == [], "a reader's folder is left as it was"


def _standard_error(output: nbformat.NotebookNode) -> str:
    return str(output.text) if output.output_type == "stream" and output.name == "stderr" else ""


@each_notebook
def test_a_notebook_is_small_plain_and_without_outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert path.stat().st_size < 15_000
    assert notebook.cells[0].cell_type == "markdown"
    assert notebook.cells[0].source.startswith("# ")
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None)
            assert not cell.source.lstrip().startswith(("!", "%")), "plain Python"

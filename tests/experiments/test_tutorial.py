"""The first tutorial, as a reader follows it: its blocks are taken from the page and run as they stand."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tutorial.md"
POLICY = "my-policies/warm_homes.py"
#: Most lines of a first policy.
MOST_LINES = 40
#: Prints what a run of the policy is kept under, and what its baseline is.
KEYS = """
from experiments.run_key import RunKeys
from policies import load_scenario
scenario = load_scenario("my.toml", scale=1000, seed=7)
keys = RunKeys()
print(keys(scenario), keys(scenario.with_(policies=())))
"""

pytestmark = pytest.mark.slow


def blocks() -> list[tuple[str, str, str]]:
    """Language, file that it is to be written to if any, and text of each block of the page."""
    found = re.findall(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert len(found) == PAGE.read_text("utf-8").count("```") / 2
    return found


def as_script() -> str:
    """The page as one session in a shell: files are written where they are shown, commands given as they stand."""
    parts = ["set -e"]
    for language, file, text in blocks():
        if file:
            parts.append(f"cat > '{file}' <<'END OF FILE'\n{text}END OF FILE")
        else:
            assert language == "bash", f"a block that is neither a file nor commands: {text}"
            parts.append(text)
    return "\n".join(parts)


def make_clone(folder: Path) -> None:
    """Stand for what `make env` leaves: `.venv` with Commonweal, its packages and pip, which installs into it alone."""
    venv.create(folder / ".venv", with_pip=False, symlinks=True)
    programs = folder / ".venv" / "bin"
    python = programs / "python"
    library = next((folder / ".venv" / "lib").glob("python*")) / "site-packages"
    there = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    (library / "commonweal.pth").write_text("\n".join([str(ROOT), *there]) + "\n", encoding="utf-8")
    call = "import sys\nfrom {} import main\nif __name__ == '__main__':\n    sys.exit(main())\n"
    for name, module in (("commonweal", "experiments.cli"), ("pip", "pip._internal.cli.main")):
        (programs / name).write_text(f"#!{python}\n{call.format(module)}", encoding="utf-8")
        (programs / name).chmod(0o755)


def shell(folder: Path, script: str) -> str:
    """Run a script there as a user would, without a network to install from; its standard output."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "COMMONWEAL_STORE")}
    ran = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={**kept, "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    return ran.stdout


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder in which the page was followed, and what its commands printed."""
    folder = tmp_path_factory.mktemp("clone")
    make_clone(folder)
    return folder, shell(folder, as_script())


def test_the_policy_is_short(followed: tuple[Path, str]) -> None:
    assert (followed[0] / POLICY).read_text(encoding="utf-8").count("\n") < MOST_LINES


def test_the_policy_is_listed(followed: tuple[Path, str]) -> None:
    folder, printed = followed
    assert 'type = "warm_homes"' in printed
    listed = {row["type"]: row for row in json.loads(shell(folder, ".venv/bin/commonweal policies --json"))}
    policy = listed["warm_homes"]
    assert policy["title"] == "Warm homes"
    assert {dial["name"] for dial in policy["dials"]} == {"homes", "home_cost", "places", "strength"}
    assert all(dial["source"] and dial["unit"] for dial in policy["dials"] if dial["name"] != "strength")
    assert [channel["name"] for channel in policy["channels"]] == ["apprentices", "cost"]


def test_the_comparison_has_it_in_its_tables_and_on_its_page(followed: tuple[Path, str]) -> None:
    folder, printed = followed
    results = folder / "results" / "warm-homes"
    assert "Report in results/warm-homes/report.html" in printed
    effects = pd.read_csv(results / "effects.csv")
    assert set(effects["arm"]) == {"warm-homes"}
    assumptions = pd.read_csv(results / "assumptions.csv").set_index("name")
    each = assumptions.loc["course_cost_apprenticeship", "value"]
    cost = effects[(effects["outcome"] == "public_policy_cost") & (effects["window"] == "final year")].iloc[0]
    assert cost["effect"] == pytest.approx((800 * 8000 + 100 * each) / 1e6, rel=1e-4), "as the scenario sets it"
    assert cost["verdict"] == "raises"
    page = (results / "report.html").read_text(encoding="utf-8")
    for text in ("Warm homes", "warm-homes", "Homes that are insulated", "course_cost_apprenticeship"):
        assert text in page


def test_a_change_of_the_policy_is_a_change_of_its_runs_alone(followed: tuple[Path, str]) -> None:
    folder, _ = followed
    kept = {path.stem for path in (folder / "results" / "store").rglob("*.parquet")}
    assert len(kept) == 6
    file = folder / POLICY
    file.write_text(file.read_text(encoding="utf-8").replace("8000.0", "9000.0"), encoding="utf-8")
    changed, baseline = shell(folder, f".venv/bin/python -c '{KEYS}'").split()
    assert baseline in kept, "it is taken from the store"
    assert changed not in kept, "it is run anew"


def test_what_was_run_is_this_code(followed: tuple[Path, str]) -> None:
    found = shell(
        followed[0], ".venv/bin/python -c 'import sys, experiments; print(sys.version, experiments.__file__)'"
    )
    assert found.split() == [*sys.version.split(), str(ROOT / "experiments" / "__init__.py")]

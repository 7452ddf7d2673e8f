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

from tests.experiments.chromium import chromium

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


def test_the_page_works_as_it_is_written(tmp_path: Path) -> None:
    """One test, so that the page is followed once however tests are shared out."""
    make_clone(tmp_path)
    printed = shell(tmp_path, as_script())
    said = shell(tmp_path, ".venv/bin/python -c 'import experiments; print(experiments.__file__)'")
    assert Path(said.strip()) == ROOT / "experiments" / "__init__.py", "what was run is this code"
    assert (tmp_path / POLICY).read_text(encoding="utf-8").count("\n") < MOST_LINES
    assert 'type = "warm_homes"' in printed
    check_that_it_is_listed(shell(tmp_path, ".venv/bin/commonweal policies --json"))
    assert "Report in results/warm-homes/report.html" in printed
    check_what_was_compared(tmp_path / "results" / "warm-homes")
    check_that_the_dashboard_has_it(tmp_path)
    check_what_a_change_changes(tmp_path)


def check_that_it_is_listed(printed: str) -> None:
    """The policy is in the list of policies, with its dials, their sources and its channels."""
    policy = {row["type"]: row for row in json.loads(printed)}["warm_homes"]
    assert policy["title"] == "Warm homes"
    assert {dial["name"] for dial in policy["dials"]} == {"homes", "home_cost", "places", "strength"}
    assert all(dial["source"] and dial["unit"] for dial in policy["dials"] if dial["name"] != "strength")
    assert [channel["name"] for channel in policy["channels"]] == ["apprentices", "cost"]


def check_what_was_compared(results: Path) -> None:
    """The policy is in the tables, costs what the scenario has it cost, and is on the page."""
    effects = pd.read_csv(results / "effects.csv")
    assert set(effects["arm"]) == {"warm-homes"}
    each = pd.read_csv(results / "assumptions.csv").set_index("name").loc["course_cost_apprenticeship", "value"]
    cost = effects[(effects["outcome"] == "public_policy_cost") & (effects["window"] == "final year")].iloc[0]
    assert cost["effect"] == pytest.approx((800 * 8000 + 100 * each) / 1e6, rel=1e-4)
    assert cost["verdict"] == "raises"
    page = (results / "report.html").read_text(encoding="utf-8")
    for text in ("Warm homes", "warm-homes", "Homes that are insulated", "course_cost_apprenticeship"):
        assert text in page


def check_that_the_dashboard_has_it(folder: Path) -> None:
    """The policy stands on the dashboard's page, switched on and set as the scenario says, and is run."""
    command = [".venv/bin/commonweal", "dashboard", "my.toml", "--scale", "1000", "--port", "0"]
    # What Solara's own packages have put beside the libraries that the stand-in borrows.
    jupyter = {"JUPYTER_PATH": f"{sys.prefix}/share/jupyter", "JUPYTER_CONFIG_PATH": f"{sys.prefix}/etc/jupyter"}
    process = subprocess.Popen(
        command, cwd=folder, env={**os.environ, **jupyter}, stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    try:
        assert process.stdout is not None
        address = process.stdout.readline().split(" at ")[1].strip()
        with chromium() as browser:
            page = browser.new_page()
            page.goto(address)
            policy = page.locator("article.policy", has_text="Warm homes")
            assert policy.get_by_role("checkbox").is_checked()
            assert policy.locator('[data-key$=".homes"]').input_value() == "800"
            page.click('[data-do="step"]')
            page.wait_for_function("document.querySelector('#done')?.innerText === '1'", timeout=60_000)
    finally:
        process.terminate()
        process.communicate()


def check_what_a_change_changes(folder: Path) -> None:
    """With another default in its file the policy is run anew; the baseline is taken from the store."""
    kept = {path.stem for path in (folder / "results" / "store").rglob("*.parquet")}
    assert len(kept) == 6
    file = folder / POLICY
    file.write_text(file.read_text(encoding="utf-8").replace("8000.0", "9000.0"), encoding="utf-8")
    changed, baseline = shell(folder, f".venv/bin/python -c '{KEYS}'").split()
    assert baseline in kept
    assert changed not in kept

"""Folders of results are whole or not there."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.errors import InputError
from experiments.folders import (
    MANIFEST,
    check_file,
    check_target,
    json_bytes,
    plain,
    whole_folder,
    write_json,
    write_whole,
)
from experiments.study_files import load_findings
from experiments.tables import read_tables, write_tables


def ours(folder: Path, text: str = "old") -> Path:
    folder.mkdir()
    write_json(folder / MANIFEST, {"program": "commonweal", "kind": "sweep", "tables": ["effects"]})
    (folder / "effects.csv").write_text(text)
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_folder_appears_whole(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "results"
    with whole_folder(target) as place:
        (place / "a").write_text("x")
        assert not target.exists()
    assert names(target) == ["a"]
    assert names(target.parent) == ["results"]


def test_earlier_results_are_replaced_only_at_the_end(tmp_path: Path) -> None:
    target = ours(tmp_path / "results")
    with whole_folder(target) as place:
        (place / "new").write_text("x")
        assert (target / "effects.csv").read_text() == "old"
    assert names(target) == ["new"]
    assert names(tmp_path) == ["results"]


def test_after_a_failure_all_is_as_it_was(tmp_path: Path) -> None:
    target = ours(tmp_path / "results")
    with pytest.raises(ZeroDivisionError), whole_folder(target) as place:  # noqa: PT012
        (place / "new").write_text("x")
        raise ZeroDivisionError
    assert names(target) == ["effects.csv", MANIFEST]
    assert names(tmp_path) == ["results"]
    with pytest.raises(ZeroDivisionError), whole_folder(tmp_path / "fresh"):
        raise ZeroDivisionError
    assert names(tmp_path) == ["results"]


@pytest.mark.parametrize("manifest", [None, "{}", "not json", '{"program": "other"}', "[1]"])
def test_a_folder_of_someone_else_is_left_alone(tmp_path: Path, manifest: str | None) -> None:
    target = tmp_path / "precious"
    target.mkdir()
    (target / "thesis.txt").write_text("years of work")
    if manifest is not None:
        (target / MANIFEST).write_text(manifest)
    with pytest.raises(InputError, match=r"precious: --out: holds files"):
        check_target(target)
    with pytest.raises(InputError), whole_folder(target):
        pass
    assert (target / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize("other", ["store", "notes.txt", "effects.csv.bak"])
def test_what_is_not_of_earlier_results_is_never_taken_away(tmp_path: Path, other: str) -> None:
    target = ours(tmp_path / "results")
    check_target(target)
    path = target / other
    path.mkdir() if other == "store" else path.write_text("mine")
    with pytest.raises(InputError, match=f"results: --out: holds {other}, which its manifest.json does not name"):
        check_target(target)
    path.rmdir() if other == "store" else path.unlink()
    with pytest.raises(InputError, match=f"holds {other}"), whole_folder(target):
        path.mkdir()  # while the results were being made
    assert names(target) == sorted(["effects.csv", MANIFEST, other])
    assert names(tmp_path) == ["results"]


def test_results_never_go_round_their_store_or_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for store in ("results", "results/store", "results/a/b"):
        with pytest.raises(InputError, match=r"the store .* lies in it"):
            check_target(tmp_path / "results", store=tmp_path / store)
    check_target(tmp_path / "results", store=tmp_path / "store")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for folder in (".", "..", "x/..", str(tmp_path)):
        with pytest.raises(InputError, match="--out: is the working directory or round it"):
            check_target(Path(folder))
    for folder in ("x" * 250, "/proc/x", f"new/{'x' * 250}/out"):
        with pytest.raises(InputError, match="cannot be written to"):
            check_target(Path(folder))
    assert names(tmp_path / "here") == []


def test_a_file_or_a_link_is_no_target(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    link = tmp_path / "link"
    link.symlink_to(ours(tmp_path / "real"))
    for target in (file, link, file / "below"):
        with pytest.raises(InputError, match="--out"):
            check_target(target)
    assert file.read_text() == "x"


def test_an_empty_folder_will_do(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with whole_folder(tmp_path / "empty") as place:
        (place / "a").write_text("x")
    assert names(tmp_path / "empty") == ["a"]


def test_plain_data_is_json_that_any_reader_accepts() -> None:
    data = {
        "nan": float("nan"),
        "inf": np.inf,
        "numpy": np.float64(0.5),
        "whole": np.int64(3),
        "flag": np.bool_(True),
        "pair": (1, "a"),
        "table": pd.DataFrame({"x": [1.5, np.nan]}),
        4: None,
    }
    expected = {
        "nan": None,
        "inf": None,
        "numpy": 0.5,
        "whole": 3,
        "flag": True,
        "pair": [1, "a"],
        "table": [{"x": 1.5}, {"x": None}],
        "4": None,
    }
    assert plain(data) == expected
    assert json.loads(json.dumps(plain(data), allow_nan=False)) == expected


def test_a_json_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_whole(path, json_bytes({"x": 1}))
    assert json.loads(path.read_text()) == {"x": 1}
    assert names(tmp_path) == ["a.json"]
    for wrong in (tmp_path / "none" / "a.json", path / "below.json", tmp_path):
        with pytest.raises(InputError, match="--csv: cannot be written"):
            write_whole(wrong, b"{}", "--csv")
        with pytest.raises(InputError, match="--csv: cannot be written"):
            check_file(wrong, "--csv")
    assert names(tmp_path) == ["a.json"]


@pytest.mark.parametrize("manifest", [None, "{}", '{"program": "commonweal", "kind": "run"}', "not json"])
def test_only_our_studies_are_read_back(tmp_path: Path, manifest: str | None) -> None:
    if manifest is not None:
        (tmp_path / MANIFEST).write_text(manifest)
    with pytest.raises(InputError, match=rf"{MANIFEST}: (started: Field required; )?allowed is a manifest"):
        load_findings(tmp_path)


def test_a_table_that_was_changed_is_not_believed(tmp_path: Path) -> None:
    table = pd.DataFrame({"arm": ["NA", "None", ""], "policy": ["a", "nan", "NULL"], "effect": [0.5, np.nan, 1.0]})
    hashes = write_tables({"effects": table}, tmp_path)
    pd.testing.assert_frame_equal(read_tables(["effects"], tmp_path, hashes)["effects"], table)
    path = tmp_path / "effects.csv"
    path.write_text(path.read_text().replace("0.5", "0.6"))
    with pytest.raises(InputError, match=r"effects.csv: is not as it was written"):
        read_tables(["effects"], tmp_path, hashes)
    path.unlink()
    with pytest.raises(InputError, match=r"effects.csv: cannot be read"):
        read_tables(["effects"], tmp_path, hashes)

"""Adds to the site the pages that are made from the model's data, the commands and the notebooks."""

from __future__ import annotations

from typing import Any

from mkdocs.structure.files import File, Files

from experiments.docs_pages import pages


def on_files(files: Files, *, config: Any) -> Files:
    """Put the made pages beside those that are written."""
    for path, text in pages().items():
        files.append(File.generated(config, path, content=text))
    return files

"""Executes notebooks, as the test and the documents' pictures need it; the files stay as they are.

    python notebooks/execute.py notebooks/01-first-look.ipynb …

Where the data and the cluster are is said by the variables that helpers.py reads.
"""

import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

CELL_SECONDS_MAX = 300


def pictures_of(notebook):
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return sum("image/png" in output.get("data", {}) for output in outputs)


def execute(path):
    began = time.monotonic()
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    kept = [cell for cell in notebook.cells if cell.get("outputs") or cell.get("execution_count")]
    if kept:
        sys.exit(f"{path} was committed with outputs: clear them, they are made anew each time")
    here = {"metadata": {"path": path.parent}}
    # The kernel listens on loopback for as long as it takes, and warns of that each time.
    quiet = ["--IPKernelApp.log_level=ERROR"]
    client = NotebookClient(notebook, timeout=CELL_SECONDS_MAX, resources=here, extra_arguments=quiet)
    try:
        client.execute()
    except CellExecutionError as error:
        sys.exit(f"{path}: {error}")
    pictures = pictures_of(notebook)
    if pictures == 0:
        sys.exit(f"{path} drew nothing")
    print(f"{path.name}: {len(notebook.cells)} cells, {pictures} pictures, {time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for name in sys.argv[1:]:
        execute(Path(name))

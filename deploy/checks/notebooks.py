"""Notebooks: no outputs, code that compiles, pinned packages.

Outputs are made anew by whoever runs them; committed ones are large, and get old.
"""

import json
import re


def check(root):
    folder = root / "notebooks"
    found = sorted(folder.glob("*.ipynb"))
    if len(found) < 3:
        yield "the notebooks are not found"
    for path in found:
        for number, cell in enumerate(json.loads(path.read_text())["cells"], 1):
            if cell["cell_type"] != "code":
                continue
            if cell.get("outputs") or cell.get("execution_count"):
                yield f"{path.name}, cell {number}: has outputs"
            try:
                compile("".join(cell["source"]), f"{path.name}, cell {number}", "exec")
            except SyntaxError as error:
                yield f"{path.name}, cell {number}: {error}"
    for path in folder.glob("requirements*.txt"):
        for line in path.read_text().splitlines():
            if line and not line.startswith(("#", "-r ")) and not re.match(r"^[\w.-]+==[\w.]+$", line):
                yield f"{path.name}: {line} is not pinned"

"""Scripts, units, compose: as their own tools read them.

Each of these is used where it is installed.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

TOKENS = {"JUPYTER_TOKEN": "for-this-check-only", "DASHBOARD_TOKEN": "for-this-check-only"}


def check(root):
    yield from shell(root)
    yield from units(root)
    yield from composes(root)
    yield from alerts(root)


def run(command, root, **variables):
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, env={**os.environ, **variables})
    said = (done.stdout + done.stderr).strip()
    return [] if done.returncode == 0 else [f"{command[0]}: {line}" for line in said.splitlines()[-10:]]


def skipped(what):
    print(f"   ({what} is not installed: skipped)")


def shell(root):
    scripts = [str(p) for p in [*(root / "deploy").rglob("*.sh"), *(root / "notebooks").glob("*.sh")]]
    for script in scripts:
        yield from run(["bash", "-n", script], root)
    if shutil.which("shellcheck"):
        yield from run(["shellcheck", "--severity=warning", "--shell=bash", "--exclude=SC2034,SC2154,SC2046", *scripts], root)
    else:
        skipped("shellcheck")


def units(root):
    if not shutil.which("systemd-analyze"):
        return skipped("systemd")
    with tempfile.TemporaryDirectory() as place:
        copies = []
        for unit in sorted((root / "deploy/systemd").glob("*.service")):
            # The program is where it will be, and not here.
            text = unit.read_text().replace("/usr/local/bin/sluicebox", shutil.which("true"))
            copies.append(str(Path(place) / unit.name))
            Path(copies[-1]).write_text(text)
        yield from run(["systemd-analyze", "verify", *copies], root)


def composes(root):
    plugin = shutil.which("docker") and not run(["docker", "compose", "version"], root)
    if plugin:
        command = ["docker", "compose"]
    elif shutil.which("docker-compose"):
        command = ["docker-compose"]
    else:
        return skipped("docker compose")
    files = ["-f", "deploy/compose.yaml"]
    for more in ([], ["-f", "deploy/compose.secured.yaml"]):
        yield from run([*command, *files, *more, "config", "-q"], root, **TOKENS)
    for token in TOKENS:
        if not run([*command, "-f", "deploy/compose.yaml", "config", "-q"], root, **{**TOKENS, token: ""}):
            yield f"the project starts without {token}"


def alerts(root):
    if not shutil.which("promtool"):
        return skipped("promtool")
    folder = root / "deploy/monitoring"
    yield from run(["promtool", "check", "rules", "prometheus-alerts.yml"], folder)
    yield from run(["promtool", "test", "rules", "prometheus-alerts.test.yml"], folder)

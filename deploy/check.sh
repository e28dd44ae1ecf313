#!/usr/bin/env bash
# Checks the files of a deployment without starting anything: compose file, image, manifests, units,
# notebooks, scripts. Needs python3 with venv; what else it can use (docker compose, systemd, shellcheck, promtool)
# it uses where it is installed, and says so where it is not.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${CARGO_TARGET_DIR:-target}/deploy-check
if ! "$venv/bin/python" -c 'import yaml, kubernetes_validate' 2>/dev/null; then
    mkdir -p "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install -q --disable-pip-version-check -r deploy/checks/requirements.txt
fi
exec "$venv/bin/python" -B deploy/checks/main.py

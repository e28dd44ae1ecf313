"""Runs every check, prints what it found, and exits with 1 if that is anything."""

import sys
from pathlib import Path

import compose
import images
import kubernetes
import notebooks
import planted
import secrets_inside
import secured
import tools

ROOT = Path(__file__).resolve().parents[2]


def main():
    count = 0
    for part in (compose, images, kubernetes, notebooks, secrets_inside, secured, tools, planted):
        findings = list(part.check(ROOT))
        count += len(findings)
        print(f"{part.__doc__.splitlines()[0].rstrip('.')}: {'good' if not findings else f'{len(findings)} findings'}")
        for finding in findings:
            print("  ", finding)
    return 1 if count else 0


sys.exit(main())

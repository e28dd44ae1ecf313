"""Secrets: none in the files that are committed.

Keys and passwords are made where they are used, by deploy/secured/make-certificates.sh or by the user.
"""

import re
import subprocess

MARKS = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|(?i:password|secret)\s*[=:]\s*[\"']?(?!/)[A-Za-z0-9+/]{12,}")
FILES = re.compile(r"\.(key|pem|p12|jks|crt)$|(^|/)\.env$")


def check(root):
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "deploy", "notebooks"],
                            cwd=root, capture_output=True, check=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        if FILES.search(name):
            yield f"{name} looks like a secret"
        elif (root / name).is_file() and MARKS.search((root / name).read_text(errors="replace")):
            yield f"{name} has a secret in it"

"""Whether running containers are as confined as the compose file says: reads `docker inspect` from stdin."""

import json
import sys

findings = []
for container in json.load(sys.stdin):
    name, host = container["Name"], container["HostConfig"]
    user = container["Config"]["User"].split(":")[0]
    wanted = {
        "runs as root": user not in ("", "0", "root"),
        "can write to its root file system": host["ReadonlyRootfs"],
        "has capabilities": "ALL" in (host["CapDrop"] or []) and not host["CapAdd"],
        "can gain privileges": any(o.startswith("no-new-privileges") for o in host["SecurityOpt"] or []),
        "has no memory limit": host["Memory"] > 0,
        "does not come back": host["RestartPolicy"]["Name"] == "unless-stopped",
    }
    findings += [f"{name} {what}" for what, good in wanted.items() if not good]
    for bindings in (host["PortBindings"] or {}).values():
        findings += [f"{name} is published on {b['HostIp'] or 'all addresses'}" for b in bindings if b["HostIp"] != "127.0.0.1"]
    print(f"{name}: user {user}, {host['Memory'] >> 20} MiB at most")
if findings:
    sys.exit("\n".join(findings))

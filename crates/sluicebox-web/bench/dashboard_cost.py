#!/usr/bin/env python3
"""What ten open dashboards cost the pipeline, and how long a page takes.

    cargo build --release
    python3 crates/sluicebox-web/bench/dashboard_cost.py target/release/sluicebox --pairs 20 --records 2000000

Interleaved pairs in one run: the whole program makes, processes and writes the records with nobody looking
and with ten dashboards open, in changing order. Compared are the CPU seconds of that process alone (user
and system, from the kernel), so what this script spends on reading does not count. The dashboards are ten
readers that fetch the page and take in its live part all the time, as a browser does.

The same work costs more while others use the host of a virtual machine. So a pair has --repeats runs of each
kind, of which the cheapest counts, and nobody looks in two kinds: what these two differ by is the noise.

With --invalid-ratio, the page of dead letters has something to read: of datagen's bad records one in a
thousand has a megabyte.
"""

import argparse
import glob
import http.client
import os
import random
import re
import shutil
import statistics
import subprocess
import tempfile
import threading
import time

# What each of the ten shows: the home page most of all.
PAGES = [("/", "/live/flow")] * 5 + [
    ("/data/sensor", "/live/data/sensor"), ("/data/activity", "/live/data/activity"), ("/letters", "/live/letters"),
    ("/groups", "/live/groups"), ("/groups/processor-group", "/live/groups/processor-group")]
TIMED = ["/", "/data/sensor", "/topics", "/topics/processed_data", "/groups", "/letters", "/lineage"]


class Viewer(threading.Thread):
    """Fetches a page, then takes in its live part until the program ends. Counts what came."""

    def __init__(self, port, page, live):
        super().__init__(daemon=True)
        self.port, self.page, self.live, self.versions = port, page, live, 0

    def run(self):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            connection.request("GET", self.page, headers={"Accept": "text/html"})
            connection.getresponse().read()
            connection.request("GET", self.live, headers={"Accept": "text/event-stream"})
            answer = connection.getresponse()
            while line := answer.readline():
                self.versions += line.startswith(b"event:")
        except OSError:
            pass  # the program has ended
        except http.client.HTTPException:
            pass


class OwnThreads(threading.Thread):
    """What the dashboard's own threads take of the CPU, to the nanosecond; the client library's do not count."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.tasks, self.taken = f"/proc/{pid}/task", {}

    def run(self):
        while os.path.exists(self.tasks):
            for task in glob.glob(f"{self.tasks}/*"):
                try:
                    if open(f"{task}/comm").read().startswith(("web", "tokio")):
                        self.taken[task] = int(open(f"{task}/schedstat").read().split()[0])
                except (OSError, IndexError):
                    pass  # the thread has ended
            time.sleep(0.1)

    def seconds(self):
        return sum(self.taken.values()) / 1e9


def run(program, records, invalid, viewers):
    """One run: CPU seconds, those of the dashboard's own threads, wall seconds, versions that the viewers saw."""
    directory = tempfile.mkdtemp(prefix="sluicebox-bench-")
    try:
        began = time.monotonic()
        log = open(os.path.join(directory, "log"), "w+b")
        process = subprocess.Popen(
            [program, "run", "--records", str(records), "--rate", "max", "--invalid-ratio", str(invalid), "--http-listen",
             "127.0.0.1:0", "--output-dir", os.path.join(directory, "data")], stdout=log, stderr=subprocess.STDOUT)
        own = OwnThreads(process.pid)
        own.start()
        port, watching = port_of(log.name), []
        if viewers:
            watching = [Viewer(port, *pages) for pages in PAGES]
            for viewer in watching:
                viewer.start()
        _, status, used = os.wait4(process.pid, 0)
        took = time.monotonic() - began
        if status != 0:
            raise SystemExit(f"the run failed:\n{open(log.name, errors='replace').read()[-2000:]}")
        return used.ru_utime + used.ru_stime, own.seconds(), took, sum(viewer.versions for viewer in watching)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def port_of(log):
    for _ in range(500):
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", open(log, errors="replace").read())
        if found:
            return int(found[1])
        time.sleep(0.02)
    raise SystemExit(f"no dashboard within 10 s:\n{open(log, errors='replace').read()[-2000:]}")


ALONE, AGAIN, WATCHED = "nobody looks", "nobody, again", "ten dashboards"


def pairs(program, count, repeats, records, invalid):
    costs, owned, chance = {AGAIN: [], WATCHED: []}, [], random.Random(1)
    for number in range(count):
        order = [ALONE, AGAIN, WATCHED] * repeats
        chance.shuffle(order)
        taken = {kind: [] for kind in (ALONE, AGAIN, WATCHED)}
        for kind in order:
            taken[kind].append(run(program, records, invalid, kind == WATCHED))
        cpu = {kind: min(used for used, *_ in runs) for kind, runs in taken.items()}
        owned += [100 * own / used for used, own, *_ in taken[WATCHED]]
        for kind, those in costs.items():
            those.append(100 * (cpu[kind] / cpu[ALONE] - 1))
        of_kind = ", ".join(f"{kind} {used / records * 1e6:.3f}" for kind, used in cpu.items())
        walls = ", ".join(f"{min(wall for *_, wall, _ in runs):.1f}" for runs in taken.values())
        seen = min(versions for *_, versions in taken[WATCHED])
        print(f"pair {number + 1:2}: CPU s per million: {of_kind} ({costs[AGAIN][-1]:+.2f} %, {costs[WATCHED][-1]:+.2f} %); "
              f"{walls} s; {seen} versions seen", flush=True)
    for kind, those in costs.items():
        say(kind, those)
    say("its own threads, of all CPU", owned)


def say(kind, costs):
    quarters = statistics.quantiles(costs, n=4) if len(costs) > 1 else costs * 3
    print(f"{kind}: median {statistics.median(costs):+.2f} %, middle half {quarters[0]:+.2f} to {quarters[2]:+.2f} %, "
          f"all {min(costs):+.2f} to {max(costs):+.2f} %")


def pages(program):
    """Time from the request to the last byte, and size, while records flow at 1,000/s."""
    directory = tempfile.mkdtemp(prefix="sluicebox-bench-")
    log = open(os.path.join(directory, "log"), "w+b")
    process = subprocess.Popen([program, "run", "--rate", "1000", "--invalid-ratio", "0.01", "--http-listen", "127.0.0.1:0",
                                "--output-dir", os.path.join(directory, "data")], stdout=log, stderr=subprocess.STDOUT)
    try:
        port = port_of(log.name)
        time.sleep(10)
        print("| page | bytes | ms, median of 50 | ms, slowest |\n|---|---|---|---|")
        for page in TIMED:
            times, size = [], 0
            for _ in range(50):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                began = time.monotonic()
                connection.request("GET", page, headers={"Accept": "text/html"})
                size = len(connection.getresponse().read())
                times.append(1000 * (time.monotonic() - began))
                connection.close()
            print(f"| `{page}` | {size:,} | {statistics.median(times):.1f} | {max(times):.1f} |")
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(directory, ignore_errors=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("program")
    arguments.add_argument("--pairs", type=int, default=20)
    arguments.add_argument("--repeats", type=int, default=2)
    arguments.add_argument("--records", type=int, default=2_000_000)
    arguments.add_argument("--invalid-ratio", type=float, default=0.0)
    given = arguments.parse_args()
    pages(given.program)
    pairs(given.program, given.pairs, given.repeats, given.records, given.invalid_ratio)


main()

#!/usr/bin/env python3
"""What ten open dashboards cost the pipeline, and how long a page takes.

    cargo build --release
    python3 crates/sluicebox-web/bench/dashboard_cost.py target/release/sluicebox --pairs 20 --records 2000000

Interleaved pairs in one run: the whole program makes, processes and writes the records once with nobody
looking and once with ten dashboards open, in changing order. Compared are the CPU seconds of that process
alone (user and system, from the kernel), so what this script spends on reading does not count. The
dashboards are ten readers that fetch the page and take in its live part all the time, as a browser does.

With --invalid-ratio, the page of dead letters has something to read: all of them, and of datagen's bad
records one in thirty has a megabyte.
"""

import argparse
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


def run(program, records, invalid, viewers):
    """One run: CPU seconds, wall seconds, versions that the viewers saw."""
    directory = tempfile.mkdtemp(prefix="sluicebox-bench-")
    try:
        began = time.monotonic()
        log = open(os.path.join(directory, "log"), "w+b")
        process = subprocess.Popen(
            [program, "run", "--records", str(records), "--rate", "max", "--invalid-ratio", str(invalid), "--http-listen",
             "127.0.0.1:0", "--output-dir", os.path.join(directory, "data")], stdout=log, stderr=subprocess.STDOUT)
        port, watching = port_of(log.name), []
        if viewers:
            watching = [Viewer(port, *pages) for pages in PAGES]
            for viewer in watching:
                viewer.start()
        _, status, used = os.wait4(process.pid, 0)
        took = time.monotonic() - began
        if status != 0:
            raise SystemExit(f"the run failed:\n{open(log.name, errors='replace').read()[-2000:]}")
        return used.ru_utime + used.ru_stime, took, sum(viewer.versions for viewer in watching)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def port_of(log):
    for _ in range(500):
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", open(log, errors="replace").read())
        if found:
            return int(found[1])
        time.sleep(0.02)
    raise SystemExit(f"no dashboard within 10 s:\n{open(log, errors='replace').read()[-2000:]}")


def pairs(program, count, records, invalid):
    costs, chance = [], random.Random(1)
    for number in range(count):
        order = [False, True]
        chance.shuffle(order)
        taken = {viewers: run(program, records, invalid, viewers) for viewers in order}
        (alone, wall_alone, _), (watched, wall_watched, versions) = taken[False], taken[True]
        costs.append(100 * (watched / alone - 1))
        print(f"pair {number + 1:2}: {alone / records * 1e6:.3f} and {watched / records * 1e6:.3f} CPU s per million, {costs[-1]:+.2f} %; "
              f"{wall_alone:.1f} and {wall_watched:.1f} s; {versions} versions seen", flush=True)
    ordered = sorted(costs)
    middle = statistics.median(costs)
    quarters = statistics.quantiles(costs, n=4) if count > 1 else [middle] * 3
    print(f"ten dashboards: median {middle:+.2f} %, middle half {quarters[0]:+.2f} to {quarters[2]:+.2f} %, all {ordered[0]:+.2f} to {ordered[-1]:+.2f} %")


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
    arguments.add_argument("--records", type=int, default=2_000_000)
    arguments.add_argument("--invalid-ratio", type=float, default=0.0)
    given = arguments.parse_args()
    pages(given.program)
    pairs(given.program, given.pairs, given.records, given.invalid_ratio)


main()

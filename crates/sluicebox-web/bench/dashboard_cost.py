#!/usr/bin/env python3
"""What ten open dashboards cost the pipeline, and how long a page takes.

    cargo build --release
    python3 crates/sluicebox-web/bench/dashboard_cost.py target/release/sluicebox --pairs 20 --records 1000000

Pairs in one run: two whole programs make, process and write the same records at the same time, each on a core
of its own, one with nobody looking and one with ten dashboards open; the cores change with every pair.
Compared are the CPU seconds of the two processes (user and system, from the kernel), so what this script spends on
reading does not count. The dashboards are ten readers that fetch the page and take in its live part all the time,
as a browser does.

At the same time, because the same work costs up to a third more while others use the host of a virtual machine.
Between the pairs are as many in which nobody looks at either: what those differ by is the noise. A program that has one
core takes longer for its records than one that has two, and dashboards cost by the second: the number is rather too
large than too small.

With --invalid-ratio, the page of dead letters has something to read: of datagen's bad records one in a
thousand has a megabyte.
"""

import argparse
import glob
import http.client
import math
import os
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


class Program:
    """The whole program on one core, at its highest rate."""

    def __init__(self, path, records, invalid, core):
        self.directory = tempfile.mkdtemp(prefix="sluicebox-bench-")
        self.log = open(os.path.join(self.directory, "log"), "w+b")
        self.process = subprocess.Popen(
            ["taskset", "-c", str(core), path, "run", "--records", str(records), "--rate", "max", "--invalid-ratio",
             str(invalid), "--http-listen", "127.0.0.1:0", "--output-dir", os.path.join(self.directory, "data")],
            stdout=self.log, stderr=subprocess.STDOUT)
        self.own, self.watching = OwnThreads(self.process.pid), []
        self.own.start()

    def watch(self):
        port = port_of(self.log.name)
        self.watching = [Viewer(port, *pages) for pages in PAGES]
        for viewer in self.watching:
            viewer.start()

    def ends(self):
        """CPU seconds."""
        _, status, used = os.wait4(self.process.pid, 0)
        if status != 0:
            raise SystemExit(f"the run failed:\n{open(self.log.name, errors='replace').read()[-2000:]}")
        shutil.rmtree(self.directory, ignore_errors=True)
        return used.ru_utime + used.ru_stime


def together(program, records, invalid, watched, core):
    """What the second of two programs takes more than the first, in percent; CPU seconds; own threads; versions."""
    first = Program(program, records, invalid, core)
    second = Program(program, records, invalid, 1 - core)
    if watched:
        second.watch()
    cpu = first.ends(), second.ends()
    share = 100 * second.own.seconds() / cpu[1]
    return 100 * math.log(cpu[1] / cpu[0]), cpu, share, sum(viewer.versions for viewer in second.watching)


def port_of(log):
    for _ in range(500):
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", open(log, errors="replace").read())
        if found:
            return int(found[1])
        time.sleep(0.02)
    raise SystemExit(f"no dashboard within 10 s:\n{open(log, errors='replace').read()[-2000:]}")


NOBODY, WATCHED = "nobody looks at either", "ten dashboards"


def pairs(program, count, records, invalid):
    costs, owned = {NOBODY: [], WATCHED: []}, []
    for number in range(count):
        for kind, those in costs.items():
            cost, cpu, own, seen = together(program, records, invalid, kind == WATCHED, number % 2)
            those.append(cost)
            if kind == WATCHED:
                owned.append(own)
            million = " and ".join(f"{used / records * 1e6:.3f}" for used in cpu)
            print(f"pair {number + 1:2}, {kind}: CPU s per million: {million} ({cost:+.2f} %); {seen} versions seen", flush=True)
    for kind, those in costs.items():
        say(kind, those)
    say("its own threads, of all CPU", owned)


def say(kind, costs):
    mean, half = statistics.mean(costs), 0
    if len(costs) > 1:
        half = 2 * statistics.stdev(costs) / math.sqrt(len(costs))
    print(f"{kind}: mean {mean:+.2f} %, 95 % of it {mean - half:+.2f} to {mean + half:+.2f} %; median "
          f"{statistics.median(costs):+.2f} %, all {min(costs):+.2f} to {max(costs):+.2f} %")


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
    arguments.add_argument("--records", type=int, default=1_000_000)
    arguments.add_argument("--invalid-ratio", type=float, default=0.0)
    given = arguments.parse_args()
    pages(given.program)
    pairs(given.program, given.pairs, given.records, given.invalid_ratio)


main()

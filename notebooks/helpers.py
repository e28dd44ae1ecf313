"""What the notebooks share: where the data is, how pictures look."""

import json
import os
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd

HERE = Path(__file__).parent

# One meaning, one colour, in every picture.
INK, QUIET, GRID = "#22303c", "#7b8794", "#e4e7eb"
BLUE, TEAL, VIOLET = "#2f6f9f", "#2a9d8f", "#7a5195"
STATUS = {"normal": "#9fb8cc", "warning": "#f0a830", "critical": "#c8374a"}
LETTER = STATUS["critical"]


def data_dir():
    """The output directory: SLUICEBOX_OUTPUT_DIR, else `data` beside the notebooks' folder."""
    directory = Path(os.environ.get("SLUICEBOX_OUTPUT_DIR", HERE.parent / "data"))
    if not (directory / "manifest.sluicebox").exists():
        raise SystemExit(
            f"There are no files of Sluicebox in {directory} yet. Let `sluicebox run` make some, or "
            "name another directory in the variable SLUICEBOX_OUTPUT_DIR."
        )
    return directory


def bootstrap_servers():
    """The cluster: SLUICEBOX_BOOTSTRAP_SERVERS, else the embedded broker of the output directory."""
    if servers := os.environ.get("SLUICEBOX_BOOTSTRAP_SERVERS"):
        return servers.split(",")
    told = data_dir() / "broker" / "broker.json"
    if told.exists():
        return [json.loads(told.read_text())["address"]]
    return ["127.0.0.1:9092"]


def kafka_options():
    """How kafka-python reaches the cluster; with a login where the same variables as the program's say so."""
    options = {"bootstrap_servers": bootstrap_servers()}
    said = {name: os.environ.get(f"SLUICEBOX_KAFKA_{name}") for name in
            ["SECURITY_PROTOCOL", "SSL_CA_LOCATION", "SASL_MECHANISM", "SASL_USERNAME", "SASL_PASSWORD_FILE"]}
    if said["SECURITY_PROTOCOL"]:
        options |= {"security_protocol": said["SECURITY_PROTOCOL"], "ssl_cafile": said["SSL_CA_LOCATION"]}
    if said["SASL_MECHANISM"]:
        password = Path(said["SASL_PASSWORD_FILE"]).read_text().rstrip("\n")
        options |= {"sasl_mechanism": said["SASL_MECHANISM"], "sasl_plain_username": said["SASL_USERNAME"],
                    "sasl_plain_password": password}
    return options


def whole_lines(path):
    """How many bytes of a file that grows are whole lines.

    A sink may be in the middle of appending. What it has committed always ends with a line, so a reader
    that stops at the last line end sees no half row.
    """
    size, step = path.stat().st_size, 1 << 16
    with path.open("rb") as file:
        while size > 0:
            begin = max(0, size - step)
            file.seek(begin)
            found = file.read(size - begin).rfind(b"\n")
            if found >= 0:
                return begin + found + 1
            size = begin
    return 0


def steps(times, most=60):
    """A width for the steps of a plot over time, and its name: at most so many of them."""
    span = times.max() - times.min()
    for width, name in [
        ("1ms", "millisecond"), ("10ms", "10 ms"), ("100ms", "100 ms"), ("1s", "second"),
        ("10s", "10 seconds"), ("1min", "minute"), ("5min", "5 minutes"), ("15min", "15 minutes"),
        ("1h", "hour"), ("6h", "6 hours"),
    ]:
        if span <= most * pd.Timedelta(width):
            return width, name
    return "1D", "day"


def dress():
    """Sets how pictures look; called once at the top of a notebook."""
    mpl.rcParams.update({
        "figure.dpi": 100, "figure.constrained_layout.use": True, "figure.facecolor": "white",
        "font.size": 10, "text.color": INK, "axes.labelcolor": QUIET, "axes.edgecolor": GRID,
        "axes.titlesize": 12, "axes.titleweight": "bold", "axes.titlelocation": "left",
        "axes.titlepad": 12, "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True,
        "axes.axisbelow": True, "grid.color": GRID, "grid.linewidth": 0.8, "xtick.color": QUIET,
        "ytick.color": QUIET, "xtick.major.size": 0, "ytick.major.size": 0, "legend.frameon": False,
    })


def clock(axis, times, labels=8):
    """Names at most so many moments on a time axis, in as few words as they need."""
    locator = mpl.dates.AutoDateLocator(minticks=2, maxticks=labels)
    axis.xaxis.set_major_locator(locator)
    axis.xaxis.set_major_formatter(mpl.dates.ConciseDateFormatter(locator))
    if times.max() > times.min():
        axis.set_xlim(times.min(), times.max())


def show(figure, name):
    """Shows a picture, and keeps it as a file where NOTEBOOK_PICTURES says so."""
    if directory := os.environ.get("NOTEBOOK_PICTURES"):
        figure.savefig(Path(directory) / f"{name}.png", dpi=110)
    plt.show()

"""Draws what was measured as SVG, light and dark: plots.py MEASUREMENTS FOLDER, in the environment of matplotlib."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.ticker import NullFormatter

Run = dict[str, Any]
NAMES: Final = {
    "tap": "tap-intercom, 1.4",
    "tap-2.16": "tap-intercom, 2.16",
    "singer-io": "singer-io 2.2.5",
    "airbyte": "Airbyte 0.8.3",
    "sdk": "singer-sdk tap",
    "loop": "requests loop",
    "loop-1.4": "requests loop, 1.4",
}
COLOURS: Final = dict(
    zip(NAMES, ("#1f77ff", "#17a2a2", "#d62778", "#e07b00", "#8a63d2", "#7f8c8d", "#b0b8b9"), strict=True)
)
INK: Final = {"": "#24292f", "-dark": "#d0d7de"}
ENOUGH: Final = 2  # points make a line


def main(measurements: Path, folder: Path) -> None:
    """Draw every plot for which there is something."""
    record = json.loads(measurements.read_text())
    for suffix, ink in INK.items():
        style = dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), ink)
        with mpl.rc_context({**style, "font.size": 11, "svg.hashsalt": "bench", "legend.frameon": False}):
            for name, draw in PLOTS.items():
                runs = [run for run in record["runs"] if run["point"]["experiment"] == name and run["code"] == 0]
                if runs:
                    figure = draw(runs)
                    path = folder / f"{name}{suffix}.svg"
                    figure.savefig(path, transparent=True, bbox_inches="tight", metadata={"Date": None})
                    plt.close(figure)


def lines(
    runs: list[Run], across: str, figure: Callable[[Run], float]
) -> Iterator[tuple[str, list[float], list[float]]]:
    """Give for each contestant where it was measured, and the medians there."""
    for name in NAMES:
        mine = [run for run in runs if run["contestant"] == name]
        places = sorted({run["point"][across] for run in mine})
        if places:
            yield (
                name,
                places,
                [median(figure(run) for run in mine if run["point"][across] == place) for place in places],
            )


def latency(runs: list[Run]) -> Any:
    """Draw wall time over latency, logarithmic."""
    figure, axes = plt.subplots(figsize=(7.5, 4))
    for name, places, values in lines(runs, "latency_ms", lambda run: float(run["wall_seconds"])):
        axes.plot(places, values, marker="o", color=COLOURS[name], label=NAMES[name])
    axes.set(yscale="log", xlabel="latency of an answer, ms", ylabel="seconds")
    axes.grid(visible=True, alpha=0.25)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def quota(runs: list[Run]) -> Any:
    """Draw the requests of each window against what was granted."""
    figure, axes = plt.subplots(figsize=(7.5, 4))
    for number, run in enumerate(runs):
        point = run["point"]
        used = [window["requests"] / point["quota"] * 100 for window in run["windows"]]
        label = f"{point['quota']:,} at {point['latency_ms']} ms" + (
            f", share {point['share']}" if point["share"] < 1 else ""
        )
        axes.plot(
            range(1, len(used) + 1), used, marker="o", color=list(COLOURS.values())[number % len(COLOURS)], label=label
        )
    axes.set(ylim=(0, 105), xlabel="window of 10 s", ylabel="% of the quota")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(visible=True, alpha=0.25)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def readme(runs: list[Run]) -> Any:
    """Draw processor time for 1,000 records, a bar for each contestant."""
    figure, axes = plt.subplots(figsize=(7.5, 3))
    found = list(lines(runs, "scale", lambda run: run["processor_seconds"] / run["records"] * 1000))[::-1]
    bars = axes.barh(
        [NAMES[name] for name, _, _ in found],
        [values[-1] for _, _, values in found],
        color=[COLOURS[name] for name, _, _ in found],
    )
    axes.bar_label(bars, fmt="%.3f", padding=4, color=mpl.rcParams["text.color"])
    axes.set(xlabel="processor seconds for 1,000 records")
    axes.margins(x=0.12)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def growth(runs: list[Run]) -> Any:
    """Draw processor time and memory over the records, with the line of a growth in proportion."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
    listed = [run for run in runs if run["point"]["workload"] == "lists"]
    counts = {run["point"]["scale"]: run["records"] for run in listed if run["contestant"] == "tap"}
    for axes, label, measure in (
        (left, "processor seconds", lambda run: run["processor_seconds"]),
        (right, "MiB at most", lambda run: run["peak_bytes"] / 2**20),
    ):
        for name, places, values in lines(listed, "scale", measure):
            axes.plot([counts[place] for place in places], values, marker="o", color=COLOURS[name], label=NAMES[name])
            if name == "tap" and axes is left and len(places) >= ENOUGH:
                axes.plot(
                    *_fit([counts[place] for place in places], values),
                    "--",
                    color="#999999",
                    label="fit of 1.4: a line",
                )
        axes.set(xscale="log", xlabel="records", ylabel=label)
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.grid(visible=True, alpha=0.25)
    left.set_yscale("log")
    right.set_ylim(bottom=0)
    handles, labels = left.get_legend_handles_labels()
    right.legend(handles, labels, loc="center left", bbox_to_anchor=(1, 0.5))
    figure.tight_layout()
    return figure


def _fit(counts: list[float], values: list[float]) -> tuple[list[float], list[float]]:
    """Fit start-up and a time for each record, the same everywhere; give the line, which a logarithmic plot bends."""
    slope, start = np.polyfit(counts, values, 1, w=[1 / value for value in values])
    places = [float(place) for place in np.geomspace(min(counts), max(counts), 50)]
    return places, [start + slope * place for place in places]


PLOTS: Final = {"latency": latency, "quota": quota, "readme": readme, "growth": growth}

if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

"""What trained runs reached, those that differ in nothing but their seed together.

    for seed in 0 1 2; do mnistkit train --architecture fast --seed $seed; done
    python tests/benchmarks/recipes.py runs/*

Prints a line for each way of training: parameters, epochs, seconds of training (the median epoch
times their number, since other work of a machine disturbs some), the size of the exported file, and
the test accuracy of the last epoch, of several runs their mean and their least and largest.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from statistics import mean, median

from mnistkit.core.models import run_folder
from mnistkit.core.models.run_folder import Run


def main(paths: list[str]) -> None:
    """Print the table."""
    alike: dict[str, list[Run]] = defaultdict(list)
    for path in paths:
        run = run_folder.read(Path(path))
        settings = {**run.record.to_json()["settings"], "seed": None}
        alike[json.dumps(settings, sort_keys=True)].append(run)
    print(
        f"{'architecture':<13}{'dataset':<15}{'parameters':>10}{'epochs':>8}{'seconds':>9}"
        f"{'ONNX kB':>9}  test accuracy"
    )
    for group in alike.values():
        settings = group[0].record.to_json()["settings"]
        parameters = sum(layer.parameters for layer in group[0].record.layers)
        seconds = mean(_seconds(run) for run in group)
        kilobytes = group[0].exported.stat().st_size / 1000
        accuracies = [run.record.metrics.test.accuracy for run in group]
        spread = (
            f", {min(accuracies):.2%} to {max(accuracies):.2%} of {len(group)} seeds"
            if len(group) > 1
            else ""
        )
        print(
            f"{settings['architecture']:<13}{settings['dataset']:<15}{parameters:>10,}"
            f"{len(group[0].record.history):>8}{seconds:>9,.0f}{kilobytes:>9,.0f}"
            f"  {mean(accuracies):.2%}{spread}"
        )


def _seconds(run: Run) -> float:
    """Of training, by the median epoch."""
    epochs = [row.seconds for row in run.record.history]
    return len(epochs) * median(epochs)


if __name__ == "__main__":
    main(sys.argv[1:])

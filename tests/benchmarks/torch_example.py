"""PyTorch's own example, `examples/mnist`, until it has 99 % of the test images.

    python tests/benchmarks/torch_example.py DIR

DIR holds mnist's files, as for `--data-dir`; needs `pip install torch`. Network, batch size,
optimizer and schedule are the example's; its data loader, which decodes each image anew, is
replaced by slices of one tensor, which is faster. Prints a JSON line an epoch.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import torch
from torch import nn

from mnistkit.data.loading import load_splits
from mnistkit.fetching.store import Store

GOAL = 0.99
EPOCHS = 14
BATCH_SIZE = 64
MEAN, DEVIATION = 0.1307, 0.3081


def main(folder: str) -> None:
    """Train an epoch at a time; what is counted is the epochs alone."""
    torch.manual_seed(1)
    train, test = load_splits("mnist", ("train", "test"), Store(Path(folder)))
    images, test_images = (
        (torch.tensor(part.images)[:, None] / 255 - MEAN) / DEVIATION for part in (train, test)
    )
    labels, test_labels = (torch.tensor(part.class_indices) for part in (train, test))
    model = nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout(0.25),
        nn.Flatten(),
        nn.Linear(9216, 128),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(128, 10),
    )
    optimizer = torch.optim.Adadelta(model.parameters(), lr=1.0)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.7)
    seconds, accuracy, epoch = 0.0, 0.0, 0
    while accuracy < GOAL and epoch < EPOCHS:
        epoch += 1
        began = time.perf_counter()
        model.train()
        for batch in torch.randperm(len(images)).split(BATCH_SIZE):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
            optimizer.step()
        schedule.step()
        seconds += time.perf_counter() - began
        model.eval()
        with torch.no_grad():
            predicted = torch.cat([model(part).argmax(1) for part in test_images.split(1000)])
        accuracy = float((predicted == test_labels).float().mean())
        print(json.dumps({"epoch": epoch, "seconds": seconds, "accuracy": accuracy}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])

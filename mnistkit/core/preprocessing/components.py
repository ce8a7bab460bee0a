"""Connected components of a mask, found by their runs (horizontal stretches of pixels).

OpenCV and SciPy have this, but importing either takes longer than a prediction.

Reference:
    A. Rosenfeld, J. L. Pfaltz: Sequential operations in digital picture processing. Journal of
    the ACM 13, 1966.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Region = tuple[slice, slice]
"""A rectangle of a picture: its rows and its columns."""

Counts = NDArray[np.int64]
"""int64 (n,), one number per component or per run."""


@dataclass(frozen=True)
class Components:
    """The 8-connected components of a mask.

    Args:
        rows: Row of each run.
        starts: First column of each run.
        ends: Column after each run.
        owners: Index of the component that each run belongs to.
        top: First row of each component.
        bottom: Row after each component.
        left: First column of each component.
        right: Column after each component.
        mass: Sum of the ink of each component, float64.
    """

    rows: Counts
    starts: Counts
    ends: Counts
    owners: Counts
    top: Counts
    bottom: Counts
    left: Counts
    right: Counts
    mass: NDArray[Any]

    @property
    def extent(self) -> Counts:
        """The longer side of each component's bounding box, in pixels."""
        longer: Counts = np.maximum(self.bottom - self.top, self.right - self.left)
        return longer

    def box(self, index: int) -> Region:
        """Return the bounding box of a component."""
        rows = slice(int(self.top[index]), int(self.bottom[index]))
        return rows, slice(int(self.left[index]), int(self.right[index]))

    def share_within(self, top: int, bottom: int, left: int, right: int) -> NDArray[Any]:
        """Return the share of each component's pixels inside a box; ends are exclusive."""
        columns = np.minimum(self.ends, right) - np.maximum(self.starts, left)
        inside = np.maximum(columns, 0) * ((self.rows >= top) & (self.rows < bottom))
        shares: NDArray[Any] = self._sum(inside) / self._sum(self.ends - self.starts)
        return shares

    def mask(self, chosen: NDArray[np.bool_], shape: tuple[int, ...]) -> NDArray[np.bool_]:
        """Return a mask of the chosen components, bool of the given shape."""
        change = np.zeros((shape[0], shape[1] + 1), np.int8)
        runs = chosen[self.owners]
        change[self.rows[runs], self.starts[runs]] = 1
        change[self.rows[runs], self.ends[runs]] = -1
        covered: NDArray[np.bool_] = np.cumsum(change, axis=1, dtype=np.int8)[:, :-1] > 0
        return covered

    def _sum(self, values: Counts) -> NDArray[Any]:
        return np.bincount(self.owners, values, len(self.top))


def find_components(mask: NDArray[np.bool_], ink: NDArray[np.float32]) -> Components:
    """Return the 8-connected components of a mask.

    Args:
        mask: bool (height, width), at least one True.
        ink: float32 (height, width), summed over each component.
    """
    padded = np.zeros((mask.shape[0], mask.shape[1] + 2), np.int8)
    padded[:, 1:-1] = mask
    change = np.diff(padded, axis=1)
    rows, starts = np.nonzero(change == 1)
    ends = np.nonzero(change == -1)[1]
    owners = _owners(rows.tolist(), starts.tolist(), ends.tolist())
    count = int(owners.max()) + 1
    sums = np.zeros((mask.shape[0], mask.shape[1] + 1))
    np.cumsum(ink, axis=1, out=sums[:, 1:])
    top, bottom = np.full(count, mask.shape[0]), np.zeros(count, np.int64)
    left, right = np.full(count, mask.shape[1]), np.zeros(count, np.int64)
    np.minimum.at(top, owners, rows)
    np.maximum.at(bottom, owners, rows + 1)
    np.minimum.at(left, owners, starts)
    np.maximum.at(right, owners, ends)
    mass = np.bincount(owners, sums[rows, ends] - sums[rows, starts], count)
    return Components(rows, starts, ends, owners, top, bottom, left, right, mass)


def _owners(rows: list[int], starts: list[int], ends: list[int]) -> Counts:
    """Return each run's component, by joining it with the runs it touches in the row above."""
    parents = list(range(len(rows)))

    def root(run: int) -> int:
        while parents[run] != run:
            parents[run] = parents[parents[run]]
            run = parents[run]
        return run

    above = 0
    for run, (row, start, end) in enumerate(zip(rows, starts, ends, strict=True)):
        while rows[above] < row - 1 or (rows[above] == row - 1 and ends[above] < start):
            above += 1
        touching = above
        while rows[touching] == row - 1 and starts[touching] <= end:
            parents[root(touching)] = root(run)
            touching += 1
    roots = [root(run) for run in range(len(rows))]
    return np.unique(roots, return_inverse=True)[1]

"""A stage of work, and what is told of it in a line."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

BYTES = "bytes"
MEGABYTE = 10**6
MINUTE = 60
# From so many in a second, the decimals say nothing.
FAST = 10
# Moments of which the count is known, to tell a rate.
FEWEST = 2


@dataclass
class Stage:
    """A stage of work.

    Args:
        name: What is done.
        total: How much there is to do; None if unknown.
        unit: What is counted, such as `images`; `bytes` are shown as MB.
        done: How much is done.
        detail: What else is told.
        counts: Whether the count is told; without it, the rate names the unit.
        window: The last seconds that the rate is a mean over.
        find_total: Finds the total, which takes time; called only for a stage that is shown.
        began: When it began, in seconds.
    """

    name: str
    total: float | None = None
    unit: str = ""
    done: float = 0
    detail: str = ""
    counts: bool = True
    window: float = 30.0
    find_total: Callable[[], int | None] | None = None
    began: float = field(default_factory=monotonic)
    _seen: deque[tuple[float, float]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self._seen.append((self.began, self.done))

    def figures(self, now: float) -> str:
        """Return count, rate, time and detail, as far as they are known."""
        rate = self._rate(now)
        parts = (self._count(), self._rate_text(rate), self._time(now, rate), self.detail)
        return "  ".join(filter(None, parts))

    def _rate(self, now: float) -> float:
        """Return how much is done in a second, lately; 0 if unknown."""
        if self.done != self._seen[-1][1]:
            self._seen.append((now, self.done))
        while len(self._seen) > FEWEST and self._seen[0][0] < now - self.window:
            self._seen.popleft()
        (first, before), (last, after) = self._seen[0], self._seen[-1]
        return (after - before) / (last - first) if last > first else 0.0

    def _count(self) -> str:
        if not self.counts or not (self.done or self.total):
            return ""
        if self.unit == BYTES:
            whole = f" of {self.total / MEGABYTE:.1f}" if self.total else ""
            return f"{self.done / MEGABYTE:.1f}{whole} MB"
        whole = f" of {self.total:,.0f}" if self.total else ""
        return f"{int(self.done):,}{whole} {self.unit}".rstrip()

    def _rate_text(self, rate: float) -> str:
        if not rate:
            return ""
        if self.unit == BYTES:
            return f"{rate / MEGABYTE:.1f} MB/s"
        if rate < 1:
            each = 1 / rate
            return f"{each:.1f} s each" if each < MINUTE else f"{_clock(each)} each"
        pace = f"{rate:,.0f}" if rate >= FAST else f"{rate:.1f}"
        return f"{pace}/s" if self.counts else f"{pace} {self.unit}/s"

    def _time(self, now: float, rate: float) -> str:
        """Return the time left, or the time since the beginning if it is not known."""
        if not self.total or not rate:
            return _clock(now - self.began)
        since = now - self._seen[-1][0]
        return f"{_clock(max((self.total - self.done) / rate - since, 0))} left"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"

"""Log streams of containers: lines that a test tells of, or that a process writes, as CloudWatch answers them."""

from __future__ import annotations

import codecs
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

from moto.core.utils import get_service_model, unix_time_millis, utcnow
from moto.logs.exceptions import InvalidParameterException, ResourceNotFoundException
from moto.logs.models import LogGroup, LogStream, logs_backends
from moto.logs.responses import LogsResponse

from emulation.answers import LOCK, check
from emulation.patch import replaced
from emulation.told import Log

# When a line was written, in milliseconds, and its text.
Event = tuple[int, str]

# Limits of an answer of GetLogEvents: events, bytes, and the bytes that each event counts on top of its text.
MOST_EVENTS, MOST_BYTES, EVENT_BYTES = 10_000, 1_048_576, 26


def _each(error: UnicodeError) -> tuple[str, int]:
    """Docker's driver is written in Go, which puts a replacement character for each byte that is not UTF-8."""
    return "\ufffd" * (error.end - error.start), error.end


codecs.register_error("emulation.each", _each)


def text(line: bytes) -> str:
    """A line as CloudWatch stores it."""
    return line.decode("utf-8", "emulation.each")


class Lines(Sequence[Event]):
    """The lines of a story. They are made when they are asked for: a million of them need no room."""

    def __init__(self, story: Log, begin: int) -> None:
        self._story, self._begin = story, begin
        self._texts = [text(bytes.fromhex(line["hex"])) if isinstance(line, dict) else line for line in story.lines]

    def __len__(self) -> int:
        return len(self._texts) if self._story.count is None else self._story.count

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        line = self._texts[index] if self._story.count is None else self._texts[0].replace("{number}", str(index))
        return self._begin + index * 1000 // self._story.per_second, line


class TaskStream(LogStream):
    """The stream of one container of one task."""

    def __init__(self, group: Any, name: str, story: Log) -> None:
        super().__init__(group, name)
        begin = int(unix_time_millis(utcnow()))
        self.written: list[Event] = []
        self._lines: Sequence[Event] = Lines(story, begin) if story.lines else self.written
        self._story, self._asked = story, 0

    def write(self, line: bytes) -> None:
        """A process has written a line; lines of the same millisecond keep their order."""
        self.written.append((int(unix_time_millis(utcnow())), text(line)))

    def get_log_events(  # type: ignore[override]
        self, start_time: int, end_time: int, limit: int, next_token: str | None, start_from_head: bool
    ) -> tuple[list[dict[str, Any]], str, str]:
        """A page, and the tokens backward and forward; the one of an end that was reached is the same again."""
        self._asked += 1
        if self._asked <= self._story.absent:
            raise ResourceNotFoundException("The specified log stream does not exist.")
        low = bisect_left(self._lines, start_time, key=_when) if start_time else 0
        high = bisect_left(self._lines, end_time, key=_when) if end_time else len(self._lines)
        if self._asked <= self._story.absent + self._story.late:
            high = low
        most = min(limit or MOST_EVENTS, self._story.page or MOST_EVENTS)
        direction, at, gap = _read(next_token)
        if direction == "f" or (not direction and start_from_head):
            first = max(at, low)
            if gap < self._story.gaps and first < high:
                return [], _token("b", first), _token("f", first, gap + 1)
            last = min(first + most, max(high, first))
        else:
            last = min(at, high) if direction else high
            first, gap = max(last - most, low), self._story.gaps
        events = _fitting(self._lines[first:last])
        last = min(last, first + len(events))
        answered = [{"ingestionTime": when, "message": line, "timestamp": when} for when, line in events]
        # One line of code has made them all, and there may be many.
        check(answered[:1], _shape())
        return answered, _token("b", first), _token("f", last, gap)

    def filter_log_events(self, start_time: int, end_time: int, filter_pattern: str) -> list[dict[str, Any]]:
        """All lines of a time: moto sorts and pages them."""
        shown = [{"eventId": str(n), "logStreamName": self.log_stream_name, **e} for n, e in enumerate(self._events())]
        return [
            e for e in shown if (start_time or 0) <= e["timestamp"] and not (end_time and e["timestamp"] > end_time)
        ]

    def _events(self) -> Iterator[dict[str, Any]]:
        for when, line in self._lines:
            yield {"ingestionTime": when, "message": line, "timestamp": when}

    def to_describe_dict(self) -> dict[str, Any]:
        """Moto knows the times of its own events only."""
        shown = super().to_describe_dict()
        if not self._lines:
            return shown
        first, last = self._lines[0][0], self._lines[len(self._lines) - 1][0]
        times = {"firstEventTimestamp": first, "lastEventTimestamp": last, "lastIngestionTime": last}
        return {**shown, **times, "uploadSequenceToken": "0"}


@cache
def _shape() -> Any:
    return get_service_model("logs").operation_model("GetLogEvents").output_shape.members["events"]


def _when(event: Event) -> int:
    return event[0]


def _fitting(events: list[Event]) -> list[Event]:
    size = 0
    for number, (_, line) in enumerate(events):
        size += len(line.encode()) + EVENT_BYTES
        if size > MOST_BYTES:
            return events[:number]
    return events


def _token(direction: str, at: int, gap: int = 0) -> str:
    """A token has the direction and 56 digits; those of ours are the place of an event and how many gaps were shown."""
    return f"{direction}/{at:050d}{gap:06d}/s"


def _read(token: str | None) -> tuple[str, int, int]:
    if not token:
        return "", 0, 0
    try:
        direction, digits, _ = token.split("/")
        return direction, int(digits[:50]), int(digits[50:])
    except ValueError as error:
        raise InvalidParameterException("The specified nextToken is invalid.") from error


def opened(backend: Any, container: dict[str, Any], task: str, story: Log) -> TaskStream | None:
    """Makes the stream of a container, `PREFIX/CONTAINER/TASK`, if it writes to CloudWatch; without its group none."""
    options = _options(container)
    group = _group(backend, options)
    if group is None:
        return None
    name = f"{options['awslogs-stream-prefix']}/{container['name']}/{task}"
    stream = TaskStream(group, name, story)
    group.streams[name] = stream
    return stream


def lacks_group(backend: Any, container: dict[str, Any]) -> bool:
    """Whether a container writes to a group that nobody has made."""
    options = _options(container)
    return "awslogs-group" in options and _group(backend, options) is None


def _options(container: dict[str, Any]) -> dict[str, str]:
    configuration = container.get("logConfiguration") or {}
    return configuration.get("options") or {} if configuration.get("logDriver") == "awslogs" else {}


def _group(backend: Any, options: dict[str, str]) -> Any:
    region = options.get("awslogs-region", backend.region_name)
    return logs_backends[backend.account_id][region].groups.get(options.get("awslogs-group"))


@replaced(LogsResponse, "get_log_events")
def answer_log_events(original: Callable[..., Any], self: Any) -> Any:
    """One reader after the other: each answer is counted."""
    with LOCK:
        return original(self)


@replaced(LogGroup, "get_log_events")
def get_log_events(original: Callable[..., Any], self: Any, log_stream_name: str, *args: Any) -> Any:
    """Says that there is no such stream; moto says that there is no such group."""
    if log_stream_name not in self.streams:
        raise ResourceNotFoundException("The specified log stream does not exist.")
    return original(self, log_stream_name, *args)

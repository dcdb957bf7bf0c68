"""Log streams of containers: lines that a test tells of, or that a process writes, as CloudWatch answers them."""

from __future__ import annotations

import base64
import codecs
import heapq
import json
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import Any
from zlib import crc32

from moto.core.utils import get_service_model, unix_time_millis, utcnow
from moto.logs.exceptions import InvalidParameterException, ResourceNotFoundException
from moto.logs.models import LogGroup, LogStream, logs_backends
from moto.logs.utils import EventMessageFilter

from emulation.answers import check
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
        high = min(bisect_left(self._lines, end_time, key=_when) if end_time else len(self._lines), self._visible())
        low = min(low, high)
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
        """All lines of a time that fit, for groups in which others write too."""
        return [event for _, event in self.fitting(None, start_time, end_time, filter_pattern)]

    def fitting(
        self, begin: int | None, start_time: int | None, end_time: int | None, filter_pattern: str | None
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        """The lines of a time that fit, each with its place, as they are read."""
        self._asked += 1
        fits, visible = EventMessageFilter(filter_pattern), self._visible()
        first = bisect_left(self._lines, start_time, key=_when) if start_time and begin is None else begin or 0
        for place in range(first, visible):
            when, line = self._lines[place]
            if end_time and when > end_time:
                return
            if fits.matches(line):
                event = {"ingestionTime": when, "message": line, "timestamp": when}
                identifier = f"{crc32(self.log_stream_name.encode()):020d}{place:036d}"
                yield place, {**event, "eventId": identifier, "logStreamName": self.log_stream_name}

    def _visible(self) -> int:
        """How many lines an answer may have; none if they are late."""
        return 0 if self._asked <= self._story.absent + self._story.late else len(self._lines)

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


@replaced(LogGroup, "get_log_events")
def get_log_events(original: Callable[..., Any], self: Any, log_stream_name: str, *args: Any) -> Any:
    """Says that there is no such stream; moto says that there is no such group."""
    if log_stream_name not in self.streams:
        raise ResourceNotFoundException("The specified log stream does not exist.")
    return original(self, log_stream_name, *args)


@replaced(LogGroup, "filter_log_events")
def filter_log_events(
    original: Callable[..., Any],
    self: Any,
    log_group_name: str,
    log_stream_names: list[str],
    start_time: int | None,
    end_time: int | None,
    limit: int | None,
    next_token: str | None,
    filter_pattern: str | None,
    interleaved: bool,
) -> Any:
    """Reads the streams of tasks together as far as an answer goes, not all of them each time."""
    streams = {name: each for name, each in self.streams.items() if not log_stream_names or name in log_stream_names}
    if not all(isinstance(each, TaskStream) for each in streams.values()):
        asked = (log_group_name, log_stream_names, start_time, end_time, limit, next_token, filter_pattern)
        return original(self, *asked, interleaved)
    places = json.loads(base64.b64decode(next_token)) if next_token else {}
    found = [each.fitting(places.get(name), start_time, end_time, filter_pattern) for name, each in streams.items()]
    merged = heapq.merge(*found, key=lambda event: event[1]["timestamp"])
    page = list(islice(merged, limit or MOST_EVENTS))
    places |= {event["logStreamName"]: place + 1 for place, event in page}
    token = base64.b64encode(json.dumps(places).encode()).decode() if next(merged, None) else None
    searched = [{"logStreamName": name, "searchedCompletely": True} for name in streams]
    return [event for _, event in page], token, searched

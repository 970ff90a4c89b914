"""What the command says: progress bars, and trouble as a sentence with an exit code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

STOPPED = 130
# A log has no edge: the width is for terminals.
out = Console(width=None if Console().is_terminal else 120)
err = Console(stderr=True)


class Bars:
    """Progress bars: one for each step that is named."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, step: str, share: float) -> None:
        if step not in self._tasks:
            self._tasks[step] = self._bars.add_task(escape(step), total=1.0)
        self._bars.update(self._tasks[step], completed=share)


@contextmanager
def bars() -> Iterator[Bars]:
    """Bars on standard error, so that standard output can be piped; none where nobody watches."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, disable=not err.is_terminal) as shown:
        yield Bars(shown)


@contextmanager
def plainly(expected: tuple[type[Exception], ...], codes: Mapping[type[Exception], int]) -> Iterator[None]:
    """Trouble as a sentence and an exit code; no traceback, and no message that could quote the data.

    ``expected`` carry sentences fit to be shown and exit with 1, unless ``codes`` says otherwise.
    """
    try:
        yield
    except (typer.Exit, typer.Abort):
        raise
    except expected as trouble:
        raise _stop(str(trouble), codes.get(type(trouble), 1)) from None
    except KeyboardInterrupt:
        raise _stop("Stopped. What was published before still serves.", STOPPED) from None
    except OSError as trouble:
        raise _stop(f"{trouble.filename or 'A file'}: {trouble.strerror or 'cannot be used'}.", 1) from None
    except Exception as trouble:
        raise _stop(f"This should not happen: {_where(trouble)}. What was published before still serves.", 1) from None


def _stop(sentence: str, code: int) -> typer.Exit:
    err.print(sentence, markup=False, highlight=False, soft_wrap=True, style="red")
    return typer.Exit(code)


def _where(trouble: Exception) -> str:
    """The kind of trouble and the place in this software, never its message: it may quote a value."""
    place, step = "", trouble.__traceback__
    while step:
        module = step.tb_frame.f_globals.get("__name__", "")
        if module.split(".")[0] in ("etl", "dashboard"):
            place = f" in {module}, line {step.tb_lineno}"
        step = step.tb_next
    return f"{type(trouble).__name__}{place}"

"""Progress on stderr: a spinner on a terminal, nothing otherwise."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """A function that shows what is being done now, for as long as the block runs."""
    from rich.console import Console  # noqa: PLC0415  (`martlet --help` must not pay for it)
    from rich.text import Text  # noqa: PLC0415

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda message: None
        return
    with console.status("starting") as spinner:
        yield lambda message: spinner.update(Text(message))

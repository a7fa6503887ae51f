"""The one error that the command line turns into a clear line and exit code 2 (or 1, where the data is at fault)."""


class MartletError(Exception):
    """Something the user can mend: a missing file, a bad setting, a locked warehouse. One line, no traceback."""

    exit_code = 2


class DataError(MartletError):
    """The data failed a contract, a dbt test or a check."""

    exit_code = 1


def one_line(error: Exception) -> str:
    """What an error says, as one line."""
    return str(error).strip().splitlines()[0]

"""The report as a file."""

from pathlib import Path

from martlet.exporting import draft_of, make_folder
from martlet.project import Project
from martlet.report.page import render
from martlet.report.read import read_facts

REPORT = "report.html"


def write_report(project: Project, path: Path | None = None) -> Path:
    """Write the page of what is published to `path`, exports/report.html by default, and return where it is.

    Raises MartletError if nothing is published or the file cannot be written; a report that stood there then stays.
    """
    page = render(read_facts(project))
    path = path or project.exports_dir / REPORT
    make_folder(path.parent)
    with draft_of(path) as draft:
        draft.write_text(page, encoding="utf-8", newline="\n")
    return path

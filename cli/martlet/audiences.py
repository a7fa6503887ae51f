"""A campaign's audience as a file for Klaviyo or Mailchimp: keyed hashes, or e-mail addresses if somebody insists."""

import csv
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from martlet import warehouse
from martlet.errors import MartletError
from martlet.exporting import make_folder, slug
from martlet.project import Project
from martlet.rendering import cell
from martlet.workshop import query_workshop

#: The headings that each service reads people by, as their import pages name them.
PERSON = {
    "klaviyo": ("Email", "First Name", "Last Name"),
    "mailchimp": ("Email Address", "First Name", "Last Name"),
}
#: What both take as properties of a person; Mailchimp's own column for tags is Tags.
PROPERTIES = (
    *("campaign_type", "content_theme", "offer", "last_category", "days_since_last_order", "orders", "net_sales"),
    *("value_at_risk_90d",),
)
ONLY_THE_OWNER = 0o600
HASHED = ("customer_key", "email_hash")
_HASH = "left(sha256(concat((select max(pii_key) from ops.pii_key), '|', lower(trim(email)))), 32)"
_ADDRESS = "email, coalesce(first_name, ''), coalesce(last_name, '')"
# An account by its id, a guest by the same keyed hash that staging makes (macro pii_hash).
_PEOPLE = """
with people as (
    select
        'customer-' || cast(id as varchar) as customer_key,
        trim(email) as email,
        first_name,
        last_name,
        {loaded} as loaded
    from {schema}.customers where nullif(trim(email), '') is not null
    union all
    select distinct 'guest-' || {hash}, lower(trim(email)), null, null, null
    from {schema}.orders where nullif(trim(email), '') is not null
)
select customer_key, {chosen} from people
qualify row_number() over (partition by customer_key order by loaded desc, email, first_name, last_name) = 1
"""


@dataclass(frozen=True)
class Audience:
    """The file written, people in it, and people of the audience whose address no load holds."""

    path: Path
    people: int
    without_address: int


def write_audience(project: Project, campaign: str, service: str, with_pii: bool, path: Path | None) -> Audience:
    """Write the included people of a published campaign. Raises MartletError for a campaign that is not proposed.

    with_pii : join e-mail addresses and names from raw data. Without, people are a keyed hash of their address, which
    joins with nothing outside this warehouse. Either file is its owner's alone.
    """
    columns = ("customer_key", *PROPERTIES)
    _, rows = warehouse.query_published(
        project,
        f"select {', '.join(columns)} from shortlists.campaign_audience where campaign_type = ? and is_included"
        " order by value_at_risk_90d desc, customer_key",
        [campaign],
    )
    if not rows:
        _, campaigns = warehouse.query_published(
            project, "select distinct campaign_type from shortlists.campaign_audience order by all"
        )
        proposed = ", ".join(name for (name,) in campaigns) or "none"
        raise MartletError(f"no campaign '{campaign}' is proposed; there are: {proposed}")
    people: list[dict[str, Any]] = [dict(zip(columns, row, strict=True)) for row in rows]
    target = path or project.exports_dir / "audiences" / f"{slug(campaign)}-{service}.csv"
    make_folder(target.parent)
    names = PERSON[service] if with_pii else HASHED
    known = _people(project, with_pii)
    records = [
        dict(zip(names, known[person["customer_key"]], strict=True)) | _record(person, service)
        for person in people
        if person["customer_key"] in known
    ]
    _write(target, (*names, *_properties(service)), records)
    return Audience(target, len(records), len(people) - len(records))


def _people(project: Project, with_pii: bool) -> dict[str, tuple[str, ...]]:
    """The cells of HASHED, or of PERSON, of everyone who has an address, by customer_key."""
    is_mock = project.source_modes()["shopify"] == "mock"
    source = (
        {"schema": "mock_shopify", "loaded": "null"} if is_mock else {"schema": "raw_shopify", "loaded": "_loaded_at"}
    )
    chosen = _ADDRESS if with_pii else f"customer_key, {_HASH}"
    rows = query_workshop(project, _PEOPLE.format(**source, chosen=chosen, hash=_HASH))
    return {row[0]: tuple(row[1:]) for row in rows}


def _properties(service: str) -> tuple[str, ...]:
    return (*PROPERTIES, "Tags") if service == "mailchimp" else PROPERTIES


def _record(person: Mapping[str, Any], service: str) -> dict[str, Any]:
    tags = {"Tags": f"{person['campaign_type']},{person['content_theme']}"} if service == "mailchimp" else {}
    return {**person, **tags}


def _write(path: Path, names: Sequence[str], records: Sequence[Mapping[str, Any]]) -> None:
    """CSV that only its owner may read from its first byte on."""
    try:
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, ONLY_THE_OWNER)
    except OSError as error:
        raise MartletError(f"{path}: cannot be written ({error.strerror})") from None
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([[cell(record.get(name)) for name in names] for record in records])

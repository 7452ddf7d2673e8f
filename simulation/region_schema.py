"""What a region pack must hold, as data.

One :class:`Table` for each file, one :class:`Column` for each of its columns. :mod:`simulation.region_files`
reads these and does the checking; nothing here does any work.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["AGE_BANDS", "OUTSIDE", "SETTINGS", "TABLES", "Column", "Setting", "Share", "Table"]

OUTSIDE = "outside"
"""The word that stands in place of an authority for what lies outside the region."""
AGE_BANDS = ("age_0_15", "age_16_24", "age_25_34", "age_35_49", "age_50_64", "age_65plus")
"""Columns of authorities.csv that sum to its population."""


@dataclass(frozen=True)
class Column:
    """One column of a file.

    Attributes:
        name: The heading.
        kind: ``text``, ``int``, ``number``, ``date`` (ISO, to the month or the day) or ``ids`` (names
            separated by spaces).
        low: Least value allowed, for numbers.
        high: Greatest value allowed, for numbers.
        above: A value that numbers must exceed.
        allowed: The only texts allowed.
        refers: ``table.column`` where the text must be found; ``settings.key`` for a list in region.toml.
        also: Texts allowed besides those that ``refers`` finds.
        unique: No value may come twice.
        optional: The whole column may be left out.
        blank: A cell may be empty: absent from the source, never zero.
    """

    name: str
    kind: str = "text"
    low: float | None = None
    high: float | None = None
    above: float | None = None
    allowed: tuple[str, ...] = ()
    refers: str = ""
    also: tuple[str, ...] = ()
    unique: bool = False
    optional: bool = False
    blank: bool = False


@dataclass(frozen=True)
class Share:
    """Numbers in a column that must sum to a total, within each value of another column.

    Attributes:
        column: The numbers.
        by: The column that groups them; empty for the whole file.
        total: What they sum to.
        tolerance: How far from it they may be.
    """

    column: str
    by: str = ""
    total: float = 1.0
    tolerance: float = 1e-6


@dataclass(frozen=True)
class Table:
    """One file of the pack.

    Attributes:
        name: File name without ``.csv``, and the table's name in :attr:`Region.tables`.
        columns: Its columns.
        required: Whether a pack must have it.
        unique: Columns that together may not repeat.
        shares: Sums that must come out.
        ordered: Columns whose values must not decrease from left to right in any row.
        row_shares: Columns whose values sum to one in each row.
        complete: Columns in each of which every value referred to must come.
        extra: Whether columns that are not listed are allowed.
        empty: Whether the file may hold no rows.
    """

    name: str
    columns: tuple[Column, ...]
    required: bool = True
    unique: tuple[str, ...] = ()
    shares: tuple[Share, ...] = ()
    ordered: tuple[str, ...] = ()
    row_shares: tuple[str, ...] = ()
    complete: tuple[str, ...] = ()
    extra: bool = False
    empty: bool = False


@dataclass(frozen=True)
class Setting:
    """One key of region.toml: its dotted name, its type and whether it may be left out."""

    name: str
    kind: str
    optional: bool = False


_SOURCE = Column("source")
_EASTING = Column("easting_m", "number", low=0, high=1_000_000)
_NORTHING = Column("northing_m", "number", low=0, high=1_300_000)
_AUTHORITY = Column("authority", refers="authorities.name")
_AUTHORITY_OR_OUTSIDE = Column("authority", refers="authorities.name", also=(OUTSIDE,))

_SECTOR = Column("sector", refers="settings.sectors")


def _share(name: str) -> Column:
    """A column of shares, each from 0 to 1."""
    return Column(name, "number", low=0, high=1)


JOB_LEVELS = ("q0", "q1", "q2", "q3", "q4")
"""Columns that share a sector's or an anchor's jobs among the five levels of qualification."""
QUALIFICATIONS = ("none", "nvq1", "nvq2", "nvq3", "nvq4plus")
INACTIVITY_REASONS = ("long_term_sick", "carer", "student", "retired", "discouraged")

SETTINGS = (
    Setting("name", "text"),
    Setting("title", "text"),
    Setting("base_year", "int"),
    Setting("currency", "text"),
    Setting("crs", "text"),
    Setting("working_age", "two ints"),
    Setting("sectors", "texts"),
    Setting("source", "text"),
    Setting("places.mixing", "share", optional=True),
    Setting("places.source", "text", optional=True),
)

ZONE_KINDS = (
    "city_centre",
    "town_centre",
    "business_park",
    "port",
    "airport",
    "hospital",
    "campus",
    "retail_park",
    "local",
    OUTSIDE,
)

TABLES = (
    Table(
        "authorities",
        (
            Column("code", unique=True),
            Column("name", unique=True),
            _EASTING,
            _NORTHING,
            Column("area_km2", "number", above=0),
            Column("population_2019", "int", low=1),
            *(Column(band, "int", low=0) for band in AGE_BANDS),
            Column("households", "int", low=1),
            Column("share_no_car", "number", low=0, high=1),
            Column("workplace_commuters_2021", "int", low=0),
            _SOURCE,
        ),
    ),
    Table(
        "neighbourhoods",
        (
            Column("id", unique=True),
            _AUTHORITY,
            Column("settlement"),
            Column("imd_decile", "int", low=1, high=10),
            Column("population", "int", low=1),
            Column("working_age", "int", low=0),
            _EASTING,
            _NORTHING,
            _SOURCE,
        ),
        complete=("authority",),
    ),
    Table(
        "zones",
        (
            Column("id", unique=True),
            Column("name"),
            _AUTHORITY_OR_OUTSIDE,
            Column("kind", allowed=ZONE_KINDS),
            _EASTING,
            _NORTHING,
            Column("job_weight", "number", low=0, high=1),
            Column("retail_weight", "number", low=0),
            Column("parking_pence_day", "number", low=0),
            _SOURCE,
        ),
        shares=(Share("job_weight", by="authority"),),
        complete=("authority",),
    ),
    Table(
        "stops",
        (
            Column("id", unique=True),
            Column("name"),
            Column("kind", allowed=("hub", "station")),
            _AUTHORITY_OR_OUTSIDE,
            _EASTING,
            _NORTHING,
            _SOURCE,
        ),
    ),
    Table(
        "lines",
        (
            Column("id", unique=True),
            Column("name"),
            Column("mode", allowed=("bus", "rail")),
            Column("headway_minutes", "number", above=0, high=240),
            Column("reliability_minutes", "number", low=0, high=60),
            Column("speed_kmh", "number", above=0, high=300),
            Column("stops", "ids", refers="stops.id"),
            _SOURCE,
        ),
    ),
    Table(
        "barriers",
        (Column("barrier"), Column("sequence", "int", low=1), _EASTING, _NORTHING, _SOURCE),
        required=False,
        unique=("barrier", "sequence"),
    ),
    Table(
        "crossings",
        (
            Column("name", unique=True),
            Column("barrier", refers="barriers.barrier"),
            _EASTING,
            _NORTHING,
            Column("toll_pence", "number", low=0),
            Column("toll_free_authority", refers="authorities.name", also=("none",)),
            Column("delay_minutes", "number", low=0),
            Column("active", "int", low=0, high=1),
            _SOURCE,
        ),
        required=False,
    ),
    Table(
        "neighbourhood_counts",
        (
            _AUTHORITY,
            Column("imd_decile", "int", low=1, high=10),
            Column("neighbourhoods", "int", low=0),
            Column("population_2015", "int", low=0),
            Column("working_age_2015", "int", low=0),
            _SOURCE,
        ),
        required=False,
        unique=("authority", "imd_decile"),
    ),
    Table(
        "settlements",
        (
            _AUTHORITY,
            Column("name"),
            _EASTING,
            _NORTHING,
            Column("radius_m", "number", above=0),
            Column("deprivation_rank", "int", low=1),
            Column("neighbourhoods", "int", low=0),
            _SOURCE,
        ),
        required=False,
        unique=("authority", "name"),
    ),
    # The economy. These files may carry further columns for a reader's use.
    Table(
        "sectors",
        (
            Column("id", refers="settings.sectors", unique=True),
            Column("name"),
            Column("sic"),
            Column("jobs", "number", above=0),
            _share("national_job_share"),
            Column("output_per_worker", "number", above=0),
            _share("value_added_share"),
            _share("household_spend_share"),
            _share("investment_spend_share"),
            Column("wage_premium", "number", low=-1, high=1),
            *(_share(level) for level in JOB_LEVELS),
            _share("part_time_share"),
            _share("insecure_share"),
            _share("external_share"),
            _share("social_share"),
            _share("exporting_share"),
            _SOURCE,
        ),
        shares=(Share("national_job_share", tolerance=1e-3), Share("investment_spend_share")),
        row_shares=JOB_LEVELS,
        complete=("id",),
        extra=True,
    ),
    Table(
        "labour_market",
        (
            _AUTHORITY,
            *(Column(name, "number", low=0) for name in ("pop16_64", "employed", "employees", "self_employed")),
            *(Column(name, "number", low=0) for name in ("unemployed", "inactive")),
            _SOURCE,
        ),
        unique=("authority",),
        complete=("authority",),
        extra=True,
    ),
    Table(
        "qualifications",
        (_AUTHORITY, Column("level", allowed=QUALIFICATIONS), _share("share"), _SOURCE),
        unique=("authority", "level"),
        shares=(Share("share", by="authority", tolerance=1e-4),),
        complete=("authority",),
        extra=True,
    ),
    Table(
        "commuting",
        (
            Column("origin", refers="authorities.name"),
            Column("destination", refers="authorities.name", also=(OUTSIDE,)),
            Column("commuters", "number", low=0),
            _share("share"),
            _SOURCE,
        ),
        unique=("origin", "destination"),
        shares=(Share("share", by="origin", tolerance=1e-4),),
        complete=("origin", "destination"),
        extra=True,
    ),
    Table(
        "incommuting",
        (_AUTHORITY, Column("commuters", "number", low=0), _SOURCE),
        unique=("authority",),
        complete=("authority",),
        extra=True,
    ),
    Table(
        "pay",
        (_AUTHORITY, Column("median_weekly_pounds", "number", above=0), _SOURCE),
        unique=("authority",),
        complete=("authority",),
        extra=True,
    ),
    Table(
        "inactivity_reasons",
        (Column("reason", allowed=INACTIVITY_REASONS, unique=True), _share("share"), _SOURCE),
        shares=(Share("share", tolerance=1e-4),),
        extra=True,
    ),
    Table(
        "enterprises",
        (
            _AUTHORITY,
            _SECTOR,
            Column("size_band", refers="enterprise_sizes.size_band"),
            Column("count", "number", low=0),
            _SOURCE,
        ),
        unique=("authority", "sector", "size_band"),
        complete=("authority", "sector"),
        extra=True,
    ),
    Table(
        "enterprise_sizes",
        (
            Column("size_band", unique=True),
            Column("low", "int", low=0),
            Column("high", "int", low=0),
            Column("mean_jobs", "number", above=0),
            _SOURCE,
        ),
        ordered=("low", "mean_jobs", "high"),
        extra=True,
    ),
    Table(
        "business_demography",
        (_AUTHORITY, _share("birth_rate"), _share("death_rate"), Column("active", "number", low=0), _SOURCE),
        unique=("authority",),
        complete=("authority",),
        extra=True,
    ),
    Table(
        "anchors",
        (
            Column("id", unique=True),
            Column("name"),
            Column("type", refers="anchor_jobs.type"),
            _AUTHORITY,
            Column("zone", refers="zones.id"),
            Column("headcount", "number", above=0),
            Column("procurement", "number", low=0),
            _SOURCE,
        ),
        extra=True,
    ),
    Table(
        "anchor_jobs",
        (
            Column("type", unique=True),
            *(_share(level) for level in JOB_LEVELS),
            _share("part_time_share"),
            _share("insecure_share"),
            Column("wage_premium", "number", low=-1, high=1),
            _SOURCE,
        ),
        row_shares=JOB_LEVELS,
        extra=True,
    ),
    Table(
        "anchor_procurement",
        (Column("type", refers="anchor_jobs.type"), _SECTOR, _share("share"), _SOURCE),
        unique=("type", "sector"),
        shares=(Share("share", by="type"),),
        complete=("type",),
        extra=True,
    ),
    Table(
        "io_coefficients",
        (
            Column("supplier", refers="settings.sectors"),
            Column("user", refers="settings.sectors"),
            Column("coefficient", "number", low=0, high=1),
            _SOURCE,
        ),
        unique=("supplier", "user"),
        complete=("supplier", "user"),
        extra=True,
    ),
    Table(
        "tax_benefit",
        (Column("name"), Column("from", "date"), Column("value", "number", low=0), Column("unit"), _SOURCE),
        unique=("name", "from"),
        extra=True,
    ),
    Table(
        "targets",
        (
            Column("id", unique=True),
            Column("authority", refers="authorities.name", also=("region",)),
            Column("quantity"),
            Column("when", allowed=("opening", "panel", "run")),
            Column("role", allowed=("fit", "held_out")),
            Column("target", "number"),
            Column("half_width", "number", low=0),
            Column("unit"),
            _SOURCE,
            Column("why", blank=True),
        ),
        extra=True,
    ),
    # Official figures over the years: the back-test reads them, the model never does.
    Table(
        "history",
        (
            Column("authority", refers="authorities.name", also=("region", "national")),
            Column("year", "int", low=1990, high=2060),
            Column("quantity"),
            Column("value", "number", low=0),
            Column("low", "number", low=0, blank=True),
            Column("high", "number", low=0, blank=True),
            Column("unit"),
            _SOURCE,
        ),
        required=False,
        unique=("authority", "year", "quantity"),
    ),
    Table(
        "calibration",
        (Column("assumption", refers="assumptions.name", unique=True), Column("why"), _SOURCE),
        required=False,
    ),
    Table(
        "ensemble",
        (
            Column("member", "int", low=1),
            Column("distance", "number", low=0),
            Column("assumption", refers="assumptions.name"),
            Column("value", "number"),
            _SOURCE,
        ),
        required=False,
        unique=("member", "assumption"),
    ),
    Table(
        "assumptions",
        (
            Column("name", unique=True),
            Column("value", "number"),
            Column("low", "number"),
            Column("high", "number"),
            Column("unit"),
            _SOURCE,
            Column("note", blank=True),
        ),
        ordered=("low", "value", "high"),
    ),
)

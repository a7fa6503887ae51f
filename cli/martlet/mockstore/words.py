"""Words the catalogue, the customers and the pages are made of. All names are invented."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Category:
    """A product type: its code in SKUs, page handle, median price, nouns with their price factor, and kinds."""

    name: str
    code: str
    handle: str
    median_price: float
    nouns: tuple[tuple[str, float], ...]
    qualifiers: tuple[str, ...]
    option_name: str
    options: tuple[str, str, str, str]


@dataclass(frozen=True)
class Vendor:
    """A supplier: mean lead time and its standard deviation in days, service level, smallest order in dollars."""

    name: str
    code: str
    lead_time_days: float
    lead_time_sd_days: float
    service_level: float
    minimum_order_value: int


VENDORS = (
    Vendor("Ironvale Speed", "IRVS", 12.0, 3.0, 0.95, 250),
    Vendor("Cobalt Ridge Racing", "COBR", 18.0, 5.0, 0.95, 500),
    Vendor("Dry Lake Fabrication", "DRYL", 32.0, 9.0, 0.9, 1000),
    Vendor("Halfmoon Chassis", "HALF", 24.0, 6.0, 0.95, 500),
    Vendor("Redline Foundry", "REDF", 35.0, 10.0, 0.9, 1500),
    Vendor("Summit Creek Supply", "SUMC", 6.0, 1.5, 0.97, 100),
    Vendor("Bluebird Electric", "BLUB", 9.0, 2.0, 0.95, 150),
    Vendor("Kessler & Vane", "KESV", 21.0, 6.0, 0.95, 400),
    Vendor("Tumbleweed Trim", "TUMB", 15.0, 4.0, 0.92, 200),
    Vendor("Old Mill Brake Co", "OLDM", 10.0, 2.5, 0.97, 200),
    Vendor("Northfork Cooling", "NORF", 14.0, 4.0, 0.95, 300),
    Vendor("Quarter Mile Wheel", "QMWL", 28.0, 8.0, 0.9, 800),
)

FITMENTS = (
    "Small Block", "Big Block", "Flathead V8", "Inline Six", "32 Roadster", "34 Coupe", "40 Pickup", "49 Sedan",
    "55 Wagon", "57 Hardtop", "66 Fastback", "T-Bucket",
)  # fmt: skip

_FINISH = ("Black", "Chrome", "Raw", "Red")
_SIZE = ("Small", "Medium", "Large", "XL")

CATEGORIES = (
    Category(
        "Engine & Drivetrain", "ENG", "engine-drivetrain", 120.0,
        (
            ("Crankshaft", 4.5), ("Piston Set", 3.0), ("Camshaft", 2.2), ("Valve Cover Pair", 0.9),
            ("Timing Chain Kit", 0.7), ("Oil Pan", 0.9), ("Gasket Set", 0.4), ("Flywheel", 1.8),
            ("Clutch Kit", 2.4), ("Oil Filter", 0.12),
        ),
        ("Forged", "Cast", "Billet", "Street", "Race", "Stock", "Heavy Duty"),
        "Bore", (".000 Over", ".030 Over", ".040 Over", ".060 Over"),
    ),
    Category(
        "Suspension & Steering", "SUS", "suspension-steering", 140.0,
        (
            ("Coilover Kit", 4.0), ("Leaf Spring", 1.1), ("Shock Pair", 1.0), ("Steering Column", 2.2),
            ("Drop Axle", 2.8), ("Tie Rod Kit", 0.6), ("Bushing Kit", 0.3), ("Sway Bar", 1.3),
            ("Spindle Pair", 1.7), ("Pitman Arm", 0.5),
        ),
        ("Adjustable", "Tubular", "Forged", "Dropped", "Heavy Duty", "Polished", "Street"),
        "Drop", ("Stock", "2 in", "3 in", "4 in"),
    ),
    Category(
        "Brakes", "BRK", "brakes", 85.0,
        (
            ("Disc Kit", 4.2), ("Drum Pair", 1.5), ("Master Cylinder", 1.4), ("Caliper Pair", 1.8),
            ("Pad Set", 0.5), ("Line Kit", 0.8), ("Proportioning Valve", 0.6), ("Booster", 2.0),
            ("Pedal Assembly", 1.6), ("Shoe Set", 0.4),
        ),
        ("Vented", "Slotted", "Stainless", "Power", "Manual", "Street", "Race"),
        "Finish", _FINISH,
    ),
    Category(
        "Fuel & Air", "FUE", "fuel-air", 95.0,
        (
            ("Carburetor", 3.6), ("Intake Manifold", 2.6), ("Air Cleaner", 0.6), ("Fuel Pump", 0.9),
            ("Fuel Tank", 2.4), ("Fuel Line Kit", 0.5), ("Regulator", 0.6), ("Throttle Linkage", 0.4),
            ("Scoop", 0.9), ("Fuel Filter", 0.15),
        ),
        ("Dual Plane", "Tri-Power", "High Flow", "Mechanical", "Louvered", "Polished", "Street"),
        "Finish", _FINISH,
    ),
    Category(
        "Exhaust", "EXH", "exhaust", 130.0,
        (
            ("Header Pair", 2.6), ("Muffler", 0.8), ("Lakes Pipe Pair", 1.7), ("Manifold Pair", 1.5),
            ("Collector", 0.4), ("Cutout Kit", 0.9), ("Tailpipe Kit", 1.1), ("Clamp Set", 0.14),
            ("Wrap Roll", 0.28), ("Hanger Kit", 0.18),
        ),
        ("Ceramic", "Stainless", "Aluminized", "Ram Horn", "Full Length", "Shorty", "Turbo"),
        "Diameter", ("2 in", "2.25 in", "2.5 in", "3 in"),
    ),
    Category(
        "Electrical & Ignition", "ELE", "electrical-ignition", 70.0,
        (
            ("Distributor", 2.6), ("Wiring Harness", 4.0), ("Alternator", 2.2), ("Starter", 2.0), ("Coil", 0.7),
            ("Spark Plug Set", 0.4), ("Plug Wire Set", 0.9), ("Gauge Kit", 4.0), ("Headlight Pair", 1.6),
            ("Switch Panel", 0.8),
        ),
        ("Electronic", "Points", "High Output", "Gear Reduction", "Vintage", "Cloth Wrapped", "Street"),
        "Finish", _FINISH,
    ),
    Category(
        "Wheels & Tires", "WHE", "wheels-tires", 170.0,
        (
            ("Steel Wheel", 0.8), ("Alloy Wheel", 1.5), ("Whitewall Tire", 1.3), ("Cheater Slick", 1.6),
            ("Hubcap Set", 0.7), ("Lug Nut Set", 0.2), ("Wheel Spacer Pair", 0.4), ("Wire Wheel", 2.6),
            ("Trim Ring Set", 0.5), ("Valve Stem Kit", 0.1),
        ),
        ("Smoothie", "Salt Flat", "Bias Look", "Radial", "Polished", "Ribbed", "Deep Dish"),
        "Diameter", ("14 in", "15 in", "16 in", "17 in"),
    ),
    Category(
        "Body & Interior", "BOD", "body-interior", 75.0,
        (
            ("Bench Seat", 6.0), ("Steering Wheel", 2.0), ("Shift Knob", 0.4), ("Grille Shell", 3.4),
            ("Door Handle Pair", 0.7), ("Carpet Kit", 2.2), ("Mirror Pair", 0.9), ("Running Board", 2.6),
            ("Hood Latch", 0.4), ("Floor Mat Set", 0.8),
        ),
        ("Tuck and Roll", "Banjo", "Bullet", "Chopped", "Smooth", "Vintage", "Custom"),
        "Color", ("Black", "Bone", "Oxblood", "Green"),
    ),
    Category(
        "Cooling", "COO", "cooling", 90.0,
        (
            ("Radiator", 4.2), ("Electric Fan", 1.5), ("Water Pump", 1.2), ("Fan Shroud", 0.9),
            ("Thermostat", 0.18), ("Hose Kit", 0.5), ("Overflow Tank", 0.7), ("Oil Cooler", 1.6),
            ("Radiator Cap", 0.16), ("Temperature Sender", 0.25),
        ),
        ("Aluminum", "Brass", "Cross Flow", "Down Flow", "High Volume", "Thin Line", "Street"),
        "Size", _SIZE,
    ),
)  # fmt: skip

WIDER_CATEGORIES = {
    "Fuel & Air": "Engine & Drivetrain",
    "Exhaust": "Engine & Drivetrain",
    "Cooling": "Engine & Drivetrain",
}

HOLIDAYS = {
    "Memorial Day": ("2025-05-26", "2026-05-25", "2027-05-31"),
    "Independence Day": ("2025-07-04", "2026-07-04", "2027-07-04"),
    "Labor Day": ("2025-09-01", "2026-09-07", "2027-09-06"),
    "Thanksgiving": ("2024-11-28", "2025-11-27", "2026-11-26"),
    "Black Friday": ("2024-11-29", "2025-11-28", "2026-11-27"),
    "Cyber Monday": ("2024-12-02", "2025-12-01", "2026-11-30"),
    "Christmas Day": ("2024-12-25", "2025-12-25", "2026-12-25"),
    "New Year's Day": ("2025-01-01", "2026-01-01", "2027-01-01"),
}

FIRST_NAMES = (
    "Ada", "Alan", "Amos", "Anna", "Arlo", "Beth", "Boyd", "Cal", "Cara", "Cleo", "Cole", "Dale", "Dana",
    "Dean", "Della", "Drew", "Earl", "Edie", "Ella", "Enid", "Ezra", "Faye", "Finn", "Gail", "Glen", "Gus",
    "Hank", "Hope", "Ida", "Ivan", "Jack", "Jade", "Joan", "Judd", "Kay", "Kent", "Lana", "Lee", "Lois", "Luke",
    "Mae", "Mark", "Milo", "Nell", "Nora", "Opal", "Otis", "Owen", "Pam", "Pete", "Ray", "Rita", "Rosa", "Ruth",
    "Sam", "Seth", "Tess", "Troy", "Vera", "Wade",
)  # fmt: skip
LAST_NAMES = (
    "Abbot", "Baird", "Banks", "Beal", "Boone", "Brandt", "Cain", "Carver", "Cobb", "Crane", "Dalton", "Dietz",
    "Dorsey", "Eads", "Ellis", "Fairley", "Finch", "Foss", "Garner", "Gentry", "Hale", "Hardin", "Hobbs",
    "Ingram", "Jarvis", "Keene", "Kirby", "Lang", "Lowry", "Mabry", "Marsh", "Mercer", "Nash", "Nolan", "Oakes",
    "Osborn", "Pace", "Petty", "Quill", "Rand", "Reyes", "Rhodes", "Sachs", "Shaw", "Soto", "Tate", "Thorn",
    "Underhill", "Vance", "Voss", "Walker", "Webb", "West", "Yates", "York", "Zimmer",
)  # fmt: skip
COMPANY_WORDS = (
    "Speed Shop", "Rod & Custom", "Garage", "Kustoms", "Restoration", "Fabrication", "Motor Works",
    "Chassis Shop",
)  # fmt: skip


@dataclass(frozen=True)
class City:
    """A place customers live in; `tax` is its sales tax in hundredths of a percent, 0 where the shop collects none."""

    name: str
    province: str
    zip: str
    country_code: str
    country: str
    tax: int


_US = ("US", "United States")
_CA = ("CA", "Canada")
CITIES = (
    City("Dallas", "TX", "75201", *_US, 825), City("Houston", "TX", "77002", *_US, 825),
    City("Austin", "TX", "78701", *_US, 825), City("Chicago", "IL", "60601", *_US, 1025),
    City("Peoria", "IL", "61602", *_US, 1000), City("Tulsa", "OK", "74103", *_US, 0),
    City("Wichita", "KS", "67202", *_US, 0), City("Omaha", "NE", "68102", *_US, 0),
    City("Denver", "CO", "80202", *_US, 881), City("Phoenix", "AZ", "85003", *_US, 860),
    City("Fresno", "CA", "93721", *_US, 835), City("Bakersfield", "CA", "93301", *_US, 825),
    City("San Diego", "CA", "92101", *_US, 775), City("Portland", "OR", "97201", *_US, 0),
    City("Tacoma", "WA", "98402", *_US, 1030), City("Boise", "ID", "83702", *_US, 0),
    City("Reno", "NV", "89501", *_US, 827), City("Des Moines", "IA", "50309", *_US, 0),
    City("Saint Paul", "MN", "55101", *_US, 0), City("Madison", "WI", "53703", *_US, 550),
    City("Detroit", "MI", "48226", *_US, 600), City("Toledo", "OH", "43604", *_US, 775),
    City("Louisville", "KY", "40202", *_US, 600), City("Nashville", "TN", "37201", *_US, 975),
    City("Mobile", "AL", "36602", *_US, 0), City("Tampa", "FL", "33602", *_US, 750),
    City("Charlotte", "NC", "28202", *_US, 725), City("Richmond", "VA", "23219", *_US, 0),
    City("Albany", "NY", "12207", *_US, 800), City("Bangor", "ME", "04401", *_US, 0),
    City("Calgary", "AB", "T2P 1J9", *_CA, 0), City("Windsor", "ON", "N9A 1A1", *_CA, 0),
)  # fmt: skip

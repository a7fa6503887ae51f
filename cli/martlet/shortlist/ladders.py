"""Ladders of products: the same thing in a higher variant, a larger pack or a larger size, by price."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: The next rung costs at least this much more.
LEAST_STEP = 1.02
#: Number of a pack or set, a measure of size, or a word of size; what is left of a title is what the thing is.
_SIZE = re.compile(
    r"\b(?:(?:set|pack|box|case|roll|pair|pcs?|pieces?)\s*(?:of|/)?\s*\d+"
    r"|\d+\s*[- ]?(?:packs?|pcs?|pieces?|pk|ct|count)"
    r"|x\s?\d+|\d+\s?x|small|medium|large|extra large|jumbo|mini|xs|xl|xxl|(?<!['\u2019])[sml])\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Rungs:
    """Neighbouring rungs (k,): SKUs `lower` and `upper` of one ladder, the upper dearer."""

    lower: NDArray[np.object_]
    upper: NDArray[np.object_]


def find_rungs(products: pd.DataFrame) -> Rungs:
    """Neighbouring rungs of every ladder. `products`: sku, product_id, product_title, variant_title, category, price.

    A ladder is a product's variants at different prices, or products of one category whose titles differ only in a
    number of pieces or a size. Of equal prices the first SKU by name stands for its rung.
    """
    known = products[products["sku"].notna() & (products["price"] > 0)].drop_duplicates("sku")
    variants = known[known["product_id"].notna()]
    by_product = variants.assign(ladder=variants["product_id"].astype(str), size=variants["sku"])
    # the same title twice is the same size twice, whatever else is dearer about one of them
    stems = known.assign(ladder=_stems(known), size=_words(known["product_title"]))
    sized = stems[stems["ladder"].notna()]
    lower, upper = [], []
    for frame in (by_product, sized):
        rungs = frame.sort_values(["ladder", "price", "sku"]).drop_duplicates(["ladder", "price"])
        same = rungs["ladder"].eq(rungs["ladder"].shift(-1)) & rungs["size"].ne(rungs["size"].shift(-1))
        steep = rungs["price"].shift(-1) >= LEAST_STEP * rungs["price"]
        at = np.flatnonzero((same & steep).to_numpy())
        lower.append(rungs["sku"].to_numpy(dtype=object)[at])
        upper.append(rungs["sku"].to_numpy(dtype=object)[at + 1])
    pairs = pd.DataFrame({"lower": np.concatenate(lower), "upper": np.concatenate(upper)})
    pairs = pairs.drop_duplicates().sort_values(["lower", "upper"])
    return Rungs(pairs["lower"].to_numpy(dtype=object), pairs["upper"].to_numpy(dtype=object))


def _stems(products: pd.DataFrame) -> pd.Series:
    """Category and title without sizes, for titles that name any; null for others."""
    title = products["product_title"].fillna("").astype(str)
    bare = _words(title.str.replace(_SIZE, " ", regex=True))
    is_sized = title.str.contains(_SIZE) & (bare != "")
    return (products["category"].astype(str) + "\x1f" + bare).where(is_sized)


def _words(title: pd.Series) -> pd.Series:
    """Titles in lower case, their words apart by one space."""
    text = title.fillna("").astype(str).str.lower()
    return text.str.replace(r"\W+", " ", regex=True).str.strip()

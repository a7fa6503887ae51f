"""Pictures as inline SVG: pure functions from numbers to markup, the same numbers to the same bytes."""

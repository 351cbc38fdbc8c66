"""Which area a point lies in, by the outlines of the areas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy.typing as npt
import shapely


def area_of(lon: npt.ArrayLike, lat: npt.ArrayLike, outlines: Mapping[str, str]) -> Sequence[str | None]:
    """The area each point lies in.

    Parameters
    ----------
    lon, lat : array-like of float, shape (n,)
        WGS-84 degrees.
    outlines : mapping
        Name of an area → its outline, a GeoJSON geometry in WGS-84 degrees.

    Returns
    -------
    sequence of str or None, length n
        Names, in the order of the points; None outside of every outline. On a border, and where outlines overlap, the first one counts.
    """
    points = shapely.points(lon, lat)
    found: list[str | None] = [None] * len(points)
    names = list(outlines)
    tree = shapely.STRtree([shapely.from_geojson(text) for text in outlines.values()])
    pairs = tree.query(points, predicate="intersects").T.tolist()
    for point, place in sorted(pairs, reverse=True):  # the first outline is written last
        found[point] = names[place]
    return found

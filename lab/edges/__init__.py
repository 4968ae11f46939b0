"""A picture, a filter, and what comes out, as the edge detection page shows it.

`EdgeSetup` is the whole truth of the screen; everything else is made from it: `compute` (the maps),
`drawing` (what the browser is sent), `starts`, the snippet and the link.
"""

from lab.edges.setup import EdgeSetup

__all__ = ["EdgeSetup"]

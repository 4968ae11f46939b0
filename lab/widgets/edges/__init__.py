"""The edge detection page's screen, part by part; the page puts the parts together."""

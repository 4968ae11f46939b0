"""components: pieces of the page with JavaScript of their own; a folder each."""

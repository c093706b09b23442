"""`bylaw serve`: the embedded policy store over HTTP. One package an API face, an outer gate around all of them."""

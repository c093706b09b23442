"""What `http-rules` documents allow, over all requests: a finite space of kinds of requests, in which rules are boxes."""

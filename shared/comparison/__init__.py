"""Whether two services agree, and what one of them has beyond the other."""

"""The desk description as people write it: YAML, read so that every mistake is reported at its
line.

The way of a file: `sources` (bytes of one file or of a folder), `document` (YAML to plain values
that know where they stand), `shape` (the models of `shared.contracts.desk` and what they find
wrong), `salvage` (so that one mistake does not hide the others), `checks_*` (whether the parts fit
each other), all joined in `load`.
"""

"""One file per command: parse options, call one function, print."""

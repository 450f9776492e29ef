"""`python -m lnlib` is `lnlib`."""

from lnlib.cli import main

main()

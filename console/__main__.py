"""`python -m console` does what `icon` does."""

from console.cli import main

main()

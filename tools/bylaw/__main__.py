"""`python -m bylaw`."""

from bylaw.cli.main import main

if __name__ == "__main__":
    main()

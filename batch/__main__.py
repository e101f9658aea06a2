"""`python -m batch`: the same program as `guayaba-batch`."""

from batch.cli.main import main

if __name__ == "__main__":
    main()

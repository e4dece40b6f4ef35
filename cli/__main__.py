"""`python -m cli`, which is what `bin/verbatim` runs."""

from .program import program

if __name__ == "__main__":
    program(prog_name="bin/verbatim")

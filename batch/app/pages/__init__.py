"""The pages, a file each for one step of the way. Functions: request in, answer out."""

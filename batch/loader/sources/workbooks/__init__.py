"""Workbooks: the cells of a sheet as the text that a person sees there, read in a process of its own."""

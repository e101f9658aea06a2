"""The Python API. `import batch` offers its names; `calls` holds what the commands do, the others what a page needs."""

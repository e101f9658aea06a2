"""From the cells of a chunk to rows that are sent or say why not."""

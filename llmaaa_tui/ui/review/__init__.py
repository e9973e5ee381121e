"""The review without its widgets: queue, clock, serving ahead, writing in order, words."""

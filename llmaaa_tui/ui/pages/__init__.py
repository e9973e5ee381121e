"""What the screens say, as lines of at most a given width."""

"""Every key of every screen, once: bindings, footer, help and command palette are made from these lists."""

"""The relisting radar: whether what was taken down is on sale again in a frame that was imported later."""

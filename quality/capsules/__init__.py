"""Evidence capsules (证据包): all that proves one sample in one ZIP, signed, to be checked by anybody, offline."""

"""The tap beside its peers and its limits, measured in one go on the simulator: `make bench`."""

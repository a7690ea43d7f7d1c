"""The same workspace as the versions 2.7 to 2.16 of the API show it."""

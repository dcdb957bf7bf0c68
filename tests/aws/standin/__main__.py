"""`python -m standin [flags] ENGINE_ADDRESS`: serves the plugin and prints its port on stdout."""

from standin.server import main

main()

"""The process: settings, wiring, clock, command line, web server, pretend workspace."""

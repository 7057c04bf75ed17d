"""The model on this machine, in a browser: forms, runs with progress, downloads, claims. Loopback only; nothing leaves the machine.

It holds no logic: pages are made of what `app` and `report` answer, and every run is a child process that calls what the
command line calls. `guard` decides who is let in, `jobs` keeps runs on disk, `job` is the child, `simulator` answers sliders.
"""

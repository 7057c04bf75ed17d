"""What a command does: read, run, word the result. Both faces (command line, web) call this room."""

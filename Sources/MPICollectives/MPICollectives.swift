// The first file of MPICollectives.

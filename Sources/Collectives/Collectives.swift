// The first file of Collectives.

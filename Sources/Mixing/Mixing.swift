// The first file of Mixing.

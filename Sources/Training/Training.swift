// The first file of Training.

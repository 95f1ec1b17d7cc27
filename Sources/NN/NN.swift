// The first file of NN.

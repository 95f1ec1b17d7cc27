// The first file of Evaluation.

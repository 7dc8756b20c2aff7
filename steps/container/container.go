// Package container is SageMaker's contract with the containers that train and serve, as far as the
// trainers "sagemaker" and "command" share it: hyperparameters as strings, the lines that a
// training logs, and the forms in which a model answers. What comes from the other side is
// untrusted.
package container

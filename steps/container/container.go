// Package container is SageMaker's contract with what trains and serves, as far as the trainers "sagemaker" and "command" share
// it: hyperparameters as texts, the lines that a training logs, and the forms in which a model answers. All that comes from the
// other side is untrusted.
package container

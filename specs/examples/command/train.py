"""Trains a small network with scikit-learn, by SageMaker's container contract."""

import json
import os
import sys
import time
import traceback

import numpy
from sklearn.neural_network import MLPClassifier

import images


def main():
    # Hyperparameters are texts.
    given = json.loads(os.environ["SM_HPS"])
    _, height, width = (int(n) for n in given["image_shape"].split(","))
    epochs, batch, classes = int(given["epochs"]), int(given["mini_batch_size"]), numpy.arange(int(given["num_classes"]))

    pictures, labels = images.channel("train", height, width)
    others, expected = images.channel("validation", height, width)

    chance = numpy.random.RandomState(int(given["seed"]))
    network = MLPClassifier(
        hidden_layer_sizes=(int(given.get("hidden_units", 64)),),
        learning_rate_init=float(given["learning_rate"]),
        batch_size=batch,
        random_state=chance.randint(2**31),
    )
    best = -1.0
    for epoch in range(epochs):
        began = time.monotonic()
        order = chance.permutation(len(pictures))
        for at in range(0, len(order), batch):
            some = order[at : at + batch]
            network.partial_fit(pictures[some], labels[some], classes=classes)
        print(f"Epoch[{epoch}] Train-accuracy={network.score(pictures, labels):.6f}")
        print(f"Epoch[{epoch}] Time cost={time.monotonic() - began:.3f}")
        accuracy = network.score(others, expected)
        print(f"Epoch[{epoch}] Validation-accuracy={accuracy:.6f}")
        if accuracy > best:  # the best epoch's model is the one to keep
            best = accuracy
            save(network, height, width)


def save(network, height, width):
    """Leaves plain numbers, which serve.py needs no scikit-learn for."""
    numbers = {f"weights{i}": w for i, w in enumerate(network.coefs_)}
    numbers.update({f"bias{i}": b for i, b in enumerate(network.intercepts_)})
    # two classes have one output; a second whose input is 0 gives the same by softmax
    if numbers["bias1"].shape == (1,):
        numbers["weights1"] = numpy.hstack([numpy.zeros_like(numbers["weights1"]), numbers["weights1"]])
        numbers["bias1"] = numpy.hstack([[0.0], numbers["bias1"]])
    folder = os.environ["SM_MODEL_DIR"]
    numpy.savez(os.path.join(folder, "network.npz"), **numbers)
    with open(os.path.join(folder, "input.json"), "w", encoding="utf-8") as file:
        json.dump({"height": height, "width": width}, file)


if __name__ == "__main__":
    try:
        main()
    except Exception as error:
        traceback.print_exc()
        with open(os.path.join(os.environ["SM_OUTPUT_DIR"], "failure"), "w", encoding="utf-8") as file:
            file.write(f"{type(error).__name__}: {error}")
        sys.exit(1)

"""Logistic regressions and linear discriminants of scikit-learn on small random points.

    pip install scikit-learn
    python make_probe_golden.py --out .
"""

import argparse
import json
import pathlib

import numpy
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression

PENALTY = 0.5
SHRINKAGE = 0.1


def logistic(points, labels, classes):
    """One label against the others, on channels of mean 0 and variance 1 / D; weights of the points as they are."""
    mean = points.mean(0)
    scale = points.std(0) * numpy.sqrt(points.shape[1])
    weights, biases = [], []
    for label in range(classes):
        fit = LogisticRegression(C=1 / PENALTY, tol=1e-12, max_iter=100000)
        fit.fit((points - mean) / scale, labels == label)
        weight = fit.coef_[0] / scale
        weights.append(weight.tolist())
        biases.append(float(fit.intercept_[0] - weight @ mean))
    return {"weights": weights, "biases": biases}


def whitened(points, labels):
    fit = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=SHRINKAGE)
    fit.fit(points, labels)
    return {"weights": fit.coef_.tolist(), "biases": fit.intercept_.tolist()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=pathlib.Path, required=True)
    out = parser.parse_args().out
    random = numpy.random.default_rng(3)
    cases = []
    for count, width, classes in [(60, 8, 3), (24, 40, 2), (45, 45, 4)]:
        labels = numpy.arange(count) % classes
        centres = random.normal(size=(classes, width))
        # Channels of very different sizes, as in a residual stream.
        points = (centres[labels] + 1.5 * random.normal(size=(count, width))) * 10 ** random.uniform(-1, 2, size=width)
        points = points.astype(numpy.float32).astype(float)
        cases.append({"points": points.tolist(), "labels": labels.tolist(), "classes": classes,
                      "logistic": logistic(points, labels, classes), "whitened": whitened(points, labels)})
    document = {"penalty": PENALTY, "shrinkage": SHRINKAGE, "cases": cases}
    (out / "probe_golden.json").write_text(json.dumps(document) + "\n")


if __name__ == "__main__":
    main()
